/// Some objects of a list, newest first, and whether there are more.
struct Page<Item> {
    var items: [Item]
    var hasMore: Bool

    func map<Other>(_ transform: (Item) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(items: try items.map(transform), hasMore: hasMore)
    }
}

extension Page: Sendable where Item: Sendable {}
extension Page: Equatable where Item: Equatable {}

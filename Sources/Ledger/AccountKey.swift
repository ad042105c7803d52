public import Money

/// Names an account among all books: a name has one account for each currency that it was used in.
public struct AccountKey: Hashable, Sendable, Comparable {
    /// The book that the account belongs to.
    public let book: BookKey
    /// The only currency that the account holds.
    public let currency: Currency
    /// The account's name in its book.
    public let name: AccountName

    /// Names the account `name` of a book in one currency.
    public init(book: BookKey, currency: Currency, name: AccountName) {
        self.book = book
        self.currency = currency
        self.name = name
    }

    /// Keys are ordered by book, then currency, then name: an order to lock rows in.
    public static func < (left: AccountKey, right: AccountKey) -> Bool {
        if left.book != right.book { return left.book < right.book }
        if left.currency != right.currency { return left.currency < right.currency }
        return left.name < right.name
    }
}

extension AccountKey: CustomStringConvertible {
    /// Reads as in "book 7, USD available".
    public var description: String { "\(book), \(currency.code) \(name)" }
}

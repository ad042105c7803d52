/// Names one merchant's book: a complete set of accounts whose balances sum to zero in each currency.
public struct BookKey: Hashable, Sendable, Comparable {
    /// The number of the merchant whose book it is.
    public let value: Int64

    /// Takes the number of a merchant.
    public init(_ value: Int64) { self.value = value }

    /// Books are ordered by number.
    public static func < (left: BookKey, right: BookKey) -> Bool { left.value < right.value }
}

extension BookKey: CustomStringConvertible {
    /// Reads as in "book 7".
    public var description: String { "book \(value)" }
}

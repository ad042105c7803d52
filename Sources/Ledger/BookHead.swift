public import Core

/// Where a book stands: what the next transaction follows.
public struct BookHead: Hashable, Sendable {
    /// Bytes of a hash in the chain.
    public static let hashLength = 32

    /// The book.
    public let book: BookKey
    /// The sequence of the last transaction, 0 if there is none.
    public internal(set) var sequence: Int64
    /// The hash of the last transaction, 32 zeros if there is none.
    public internal(set) var hash: [UInt8]
    /// How many accounts the book has: the identifier of the youngest.
    public internal(set) var accountCount: Int64
    /// When the last transaction was recorded; the epoch if there is none.
    public internal(set) var lastRecordedAt: Timestamp

    /// A head as it was stored.
    public init(book: BookKey, sequence: Int64, hash: [UInt8], accountCount: Int64, lastRecordedAt: Timestamp) {
        self.book = book
        self.sequence = sequence
        self.hash = hash
        self.accountCount = accountCount
        self.lastRecordedAt = lastRecordedAt
    }

    /// The head of a book without transactions.
    public init(emptyBook book: BookKey) {
        self.init(
            book: book, sequence: 0, hash: Self.noHash, accountCount: 0, lastRecordedAt: Timestamp(milliseconds: 0))
    }

    /// What the first transaction of a book has as its previous hash: 32 zeros.
    public static let noHash = [UInt8](repeating: 0, count: hashLength)
}

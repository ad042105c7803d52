public import Core

/// A posting as it was booked: with its place, the accounts' numbers, and what they stood at after it.
public struct RecordedPosting: Hashable, Sendable {
    /// The move.
    public let posting: Posting
    /// The place in its transaction, from 0.
    public let number: Int
    /// The identifier, within the book, of the account that gave.
    public let sourceAccount: Int64
    /// The identifier, within the book, of the account that received.
    public let destinationAccount: Int64
    /// What the source stood at after this posting.
    public let sourceBalance: Int64
    /// What the destination stood at after this posting.
    public let destinationBalance: Int64

    /// A posting as it was stored.
    public init(
        posting: Posting, number: Int, sourceAccount: Int64, destinationAccount: Int64, sourceBalance: Int64,
        destinationBalance: Int64
    ) {
        self.posting = posting
        self.number = number
        self.sourceAccount = sourceAccount
        self.destinationAccount = destinationAccount
        self.sourceBalance = sourceBalance
        self.destinationBalance = destinationBalance
    }
}

/// A transaction as it was booked, with its place in the book's chain.
public struct RecordedTransaction: Hashable, Sendable {
    /// What was proposed, without its demands (``Transaction/floors``).
    public let transaction: Transaction
    /// The place in the book: 1, 2, 3… without gaps.
    public let sequence: Int64
    /// When the ledger learnt of it; never before the book's previous one.
    public let recordedAt: Timestamp
    /// The postings as booked, in order.
    public let postings: [RecordedPosting]
    /// The hash of the book's previous transaction, 32 zeros for the first.
    public let previousHash: [UInt8]
    /// The hash over the previous hash and everything above, see ``ChainEncoder``.
    public let hash: [UInt8]

    /// A transaction as it was stored.
    ///
    /// `postings` must be the transaction's own, in their order.
    public init(
        transaction: Transaction, sequence: Int64, recordedAt: Timestamp, postings: [RecordedPosting],
        previousHash: [UInt8], hash: [UInt8]
    ) {
        assert(
            transaction.postings == postings.map(\.posting),
            "Make the transaction's postings from the recorded ones: \(transaction.id) has others")
        self.transaction = transaction
        self.sequence = sequence
        self.recordedAt = recordedAt
        self.postings = postings
        self.previousHash = previousHash
        self.hash = hash
    }
}

public import Core

/// Something in a book's hash chain that is not as it was written.
public struct ChainCulprit: Hashable, Sendable {
    /// The book.
    public let book: BookKey
    /// The place in the book: the sequence that the transaction has, or ought to have.
    public let sequence: Int64
    /// What differs there.
    public let difference: ChainDifference

    /// Names a place and what differs there.
    public init(book: BookKey, sequence: Int64, difference: ChainDifference) {
        self.book = book
        self.sequence = sequence
        self.difference = difference
    }

    /// One sentence for a person, which names the book, the sequence and the field.
    public var sentence: String {
        if case .missing(let last) = difference, last > sequence {
            return "Transactions \(sequence) to \(last) of \(book) are missing."
        }
        return "Transaction \(sequence) of \(book) \(difference.predicate)."
    }
}

/// What can differ in a book's hash chain.
public enum ChainDifference: Hashable, Sendable {
    /// The transaction, or the head, says that it belongs to another book.
    case book(found: BookKey)
    /// The transaction is in its place, but says that its sequence is another.
    case sequence(found: Int64)
    /// This transaction, and all up to this sequence, are missing.
    case missing(through: Int64)
    /// In its place stands a transaction that belongs before it.
    case outOfOrder(found: Int64)
    /// The posting in this place, counted from 0, has another number.
    case postingNumber(Int, found: Int)
    /// Its previous hash is not the hash of the transaction before it.
    case previousHash
    /// Its hash is not the one that its contents produce, and the contents are as they were written.
    case hash
    /// Its contents do not produce its hash; the field is named if one flipped bit in it explains that.
    case contents(RecordedField?)
    /// It was recorded before the transaction before it.
    case recordedAt(previous: Timestamp)
    /// The book's head ends at this sequence, before the transaction.
    case headSequence(found: Int64)
    /// The book's head has another hash for this, the last transaction.
    case headHash
    /// The book's head says that this, the last transaction, was recorded at another time.
    case headRecordedAt(Timestamp, found: Timestamp)

    fileprivate var predicate: String {
        switch self {
        case .book(let found): "says that it belongs to \(found)"
        case .sequence(let found): "says that its sequence is \(found)"
        case .missing: "is missing"
        case .outOfOrder(let found): "is not where it belongs: transaction \(found) stands there"
        case .postingNumber(let index, let found): "has posting \(index) numbered \(found)"
        case .previousHash: "does not follow the one before it: its previous hash is another"
        case .hash: "has a damaged hash; its contents are as they were written"
        case .contents(let field):
            if let field {
                "has one bit flipped in \(field)"
            } else {
                "was changed after it was written: its contents do not produce its hash"
            }
        case .recordedAt(let previous):
            "was recorded before the one before it, which was recorded at \(previous.milliseconds) ms"
        case .headSequence(let found): "is not known to the book's head, which ends at \(found)"
        case .headHash: "has another hash in the book's head"
        case .headRecordedAt(let time, let found):
            "was recorded at \(time.milliseconds) ms, but the book's head says \(found.milliseconds) ms"
        }
    }
}

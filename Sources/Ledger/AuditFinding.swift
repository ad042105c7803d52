/// Something that an audit of a book found to be wrong.
public struct AuditFinding: Hashable, Sendable {
    /// The book.
    public let book: BookKey
    /// The transaction at fault, if it is one.
    public let sequence: Int64?
    /// The account at fault, if it is one.
    public let account: AccountKey?
    /// The rule that is broken.
    public let check: AuditCheck
    /// One sentence for a person, which names the culprit.
    public let sentence: String

    /// Names what is wrong, and where.
    public init(book: BookKey, sequence: Int64?, account: AccountKey?, check: AuditCheck, sentence: String) {
        self.book = book
        self.sequence = sequence
        self.account = account
        self.check = check
        self.sentence = sentence
    }
}

/// The rules that an audit checks.
public enum AuditCheck: String, Hashable, Sendable, CaseIterable {
    /// Sequences run 1, 2, 3… without a gap up to the head's.
    case sequence
    /// Each transaction produces its hash, which the next one carries, and the head at last.
    case chain
    /// No transaction was recorded before the one before it.
    case recordedAt
    /// Each transaction is one that the ledger would not refuse for its shape.
    case shape
    /// Each balance after a posting is the one before it, less or plus the amount.
    case balanceAfter
    /// No posting that drew from an account left it below its floor.
    case floor
    /// Each account has one row, which its postings name rightly, numbered 1, 2, 3… up to the head's count.
    case account
    /// Each account's row has the balance and the last sequence that its postings lead to.
    case accountBalance
    /// In each currency, all balances of the book sum to zero.
    case currencySum
    /// There was more to find than an audit lists.
    case findingsOmitted
}

/// Why the ledger does not book a transaction.
///
/// The cases stand in order of precedence. The first six are wrong whatever the balances are and come before the last
/// two, which depend on them; see ``Transaction/validate()``. Postings are checked in their order.
///
/// That currencies do not mix and that books balance needs no case: a ``Posting`` has one currency and both sides.
public enum LedgerRefusal: Error, Hashable, Sendable {
    /// The transaction moves nothing.
    case noPostings
    /// The transaction has this many postings, more than ``LedgerLimits/postingsPerTransactionMax``.
    case tooManyPostings(Int)
    /// The id, kind or reference is not 1…255 printable ASCII characters, or the rate is no positive decimal number.
    case invalidText(TransactionText)
    /// No account may have this name, see ``AccountName``.
    case invalidAccountName(String)
    /// A posting has this account on both sides.
    case sameAccount(AccountName)
    /// A posting's amount is 0 or negative.
    case nonPositiveAmount(Int64)
    /// The balance of this account would no longer fit into 64 bits.
    case overflow(AccountKey)
    /// A posting would leave this account with `balance`, below its own floor or the transaction's.
    case belowFloor(AccountKey, floor: Int64, balance: Int64)
}

/// A text of a transaction that the ledger checks.
public enum TransactionText: String, Hashable, Sendable {
    /// ``Transaction/id``.
    case id
    /// ``Transaction/kind``.
    case kind
    /// ``Transaction/reference``.
    case reference
    /// ``Transaction/rate``.
    case rate
}

extension LedgerRefusal: CustomStringConvertible {
    /// One sentence for a log or a person; it names the account.
    public var description: String {
        switch self {
        case .noPostings: "The transaction has no postings."
        case .tooManyPostings(let count):
            "The transaction has \(count) postings; \(LedgerLimits.postingsPerTransactionMax) are allowed."
        case .invalidText(let text): "The transaction's \(text.rawValue) is not valid."
        case .invalidAccountName(let name): "No account may be named \"\(name)\"."
        case .sameAccount(let name): "A posting moves from \(name) to itself."
        case .nonPositiveAmount(let amount): "A posting moves \(amount); amounts are more than 0."
        case .overflow(let key): "The balance of \(key) would not fit into 64 bits."
        case .belowFloor(let key, let floor, let balance):
            "\(key) would stand at \(balance), below its floor of \(floor)."
        }
    }
}

/// The named maxima of the ledger.
public enum LedgerLimits {
    /// Postings of one transaction.
    public static let postingsPerTransactionMax = 32
    /// Characters of an account's name.
    public static let accountNameLengthMax = 96
    /// Characters of a transaction's id, kind and reference.
    public static let textLengthMax = 255
    /// Characters of a transaction's rate.
    public static let rateLengthMax = 64
    /// Findings and culprits that an audit keeps; those beyond are counted only.
    public static let findingsMax = 1_000
    /// Flipped bits that are tried to find the damaged field of one transaction.
    public static let flipsTriedMax = 65_536
}

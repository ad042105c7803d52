/// An account as it stands: what the store keeps as one row.
public struct Account: Hashable, Sendable {
    /// The account's name among all books.
    public let key: AccountKey
    /// The number within the book: 1, 2, 3… in the order in which the accounts were opened.
    public internal(set) var identifier: Int64
    /// What was received less what was given, in minor units: it rises as destination and falls as source.
    public internal(set) var balance: Int64
    /// The balance that no posting may take the account below; nil if it may go as low as it likes.
    public let floor: Int64?
    /// The sequence, in the book, of the last transaction that moved this account.
    public internal(set) var lastSequence: Int64

    /// An account as it was stored.
    public init(key: AccountKey, identifier: Int64, balance: Int64, floor: Int64?, lastSequence: Int64) {
        self.key = key
        self.identifier = identifier
        self.balance = balance
        self.floor = floor
        self.lastSequence = lastSequence
    }
}

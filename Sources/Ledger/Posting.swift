public import Money

/// A move of an amount of one currency from a source account to a destination account of the same book.
///
/// The two sides are one value, so debits equal credits whatever is posted.
public struct Posting: Hashable, Sendable {
    /// The currency of the amount and of both accounts.
    public var currency: Currency
    /// The account whose balance falls.
    public var source: AccountName
    /// The account whose balance rises.
    public var destination: AccountName
    /// How much moves, in minor units, more than 0.
    public var amount: Int64

    /// Proposes to move `amount` minor units.
    public init(currency: Currency, source: AccountName, destination: AccountName, amount: Int64) {
        self.currency = currency
        self.source = source
        self.destination = destination
        self.amount = amount
    }
}

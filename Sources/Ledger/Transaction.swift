public import Core

/// What a decision proposes to the ledger: postings in one book that are applied all together or not at all.
public struct Transaction: Hashable, Sendable {
    /// The name, unique in its book, such as `ltx_…`.
    ///
    /// Identifiers are drawn so that they do not repeat; nothing else checks it.
    public var id: String
    /// The book whose accounts move.
    public var book: BookKey
    /// What happened, such as `charge`, `refund` or `payout`.
    public var kind: String
    /// The object that this transaction books, such as `ch_…`.
    public var reference: String
    /// When it takes effect, which may be before or after it is recorded.
    public var effectiveAt: Timestamp
    /// The moves, 1…32, applied in this order.
    public var postings: [Posting]
    /// The exact decimal rate of an exchange, such as `1.0837`; nil if no currency was exchanged.
    public var rate: String?
    /// Lower limits for this transaction only, beyond the floors that its accounts were opened with.
    ///
    /// A payout says `["available": 0]`, so two payouts decided on the same balance cannot both be booked; a refund
    /// says nothing, and may make `available` negative. A limit is checked in every currency, each time a posting draws
    /// from that account. It is a demand, not a fact: it is not recorded.
    public var floors: [AccountName: Int64]

    /// Proposes a transaction.
    public init(
        id: String, book: BookKey, kind: String, reference: String, effectiveAt: Timestamp, postings: [Posting],
        rate: String? = nil, floors: [AccountName: Int64] = [:]
    ) {
        self.id = id
        self.book = book
        self.kind = kind
        self.reference = reference
        self.effectiveAt = effectiveAt
        self.postings = postings
        self.rate = rate
        self.floors = floors
    }

    /// The key in this transaction's book of the account that a posting draws from.
    public func source(of posting: Posting) -> AccountKey {
        AccountKey(book: book, currency: posting.currency, name: posting.source)
    }

    /// The key in this transaction's book of the account that a posting gives to.
    public func destination(of posting: Posting) -> AccountKey {
        AccountKey(book: book, currency: posting.currency, name: posting.destination)
    }

    /// Every account that the postings name, source before destination, repeated where it is named again: what has to
    /// be loaded before the transaction can be applied.
    public var accountKeys: [AccountKey] {
        var keys: [AccountKey] = []
        keys.reserveCapacity(postings.count * 2)
        for posting in postings {
            keys.append(source(of: posting))
            keys.append(destination(of: posting))
        }
        return keys
    }
}

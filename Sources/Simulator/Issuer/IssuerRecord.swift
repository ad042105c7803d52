public import Core
public import Money

/// What the issuer's book says of one authorisation or purchase.
///
/// It is written from the messages that arrived at the host and nothing else, so that it can be held against Florin's
/// ledger: for each retrieval reference the two must agree once all is answered.
public struct IssuerRecord: Hashable, Sendable {
    /// How the record came to be.
    public enum Kind: String, Sendable {
        /// By an 0100.
        case authorisation
        /// By an 0200.
        case purchase
        /// By a capture or refund of something from before the host's memory; see ``IssuerConfiguration``.
        case adopted
    }

    /// How the record came to be.
    public let kind: Kind
    /// DE37 of the message that began it.
    public let retrievalReference: String
    /// DE42.
    public let merchantIdentifier: String
    /// The last four digits of the card; the number itself is not kept.
    public let cardLastFour: String
    /// DE49.
    public let currency: Currency
    /// When the message arrived.
    public let recordedAt: Timestamp
    /// DE39 of its answer.
    public let responseCode: String
    /// What the issuer approved in all, in minor units; increments change it.
    public internal(set) var authorised: Int64
    /// What is still held on the card.
    public internal(set) var held: Int64
    /// What was taken from the card.
    public internal(set) var captured: Int64
    /// What was given back of it.
    public internal(set) var refunded: Int64
    /// Whether a reversal made it as if it had never been.
    public internal(set) var isReversed: Bool

    /// What the cardholder has paid in the end.
    public var charged: Int64 { captured - refunded }

    /// Whether nothing is held any more. A refund may still follow.
    public var isSettled: Bool { held == 0 }

    /// Appends the record as one line of JSON, with its line break.
    public func appendJSONLine(to bytes: inout [UInt8]) {
        var json = JSONWriter(style: .compact, capacity: 384)
        json.object {
            $0.field("retrieval_reference", retrievalReference)
            $0.field("kind", kind.rawValue)
            $0.field("merchant", merchantIdentifier)
            $0.field("last4", cardLastFour)
            $0.field("currency", currency.lowercased)
            $0.field("recorded_at", recordedAt.milliseconds)
            $0.field("response_code", responseCode)
            $0.field("authorised", authorised)
            $0.field("held", held)
            $0.field("captured", captured)
            $0.field("refunded", refunded)
            $0.field("reversed", isReversed)
        }
        bytes.append(contentsOf: json.bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}

/// Sums over all records of one currency, those included that the book has dropped.
public struct IssuerTotals: Hashable, Sendable {
    /// What the amounts are in.
    public let currency: Currency
    /// Authorisations and purchases that were approved.
    public internal(set) var approvals: Int64 = 0
    /// Authorisations and purchases that were declined.
    public internal(set) var declines: Int64 = 0
    /// Approvals that were reversed.
    public internal(set) var reversals: Int64 = 0
    /// What is held now, in minor units.
    public internal(set) var held: Int64 = 0
    /// What was captured, captures that were reversed not counted.
    public internal(set) var captured: Int64 = 0
    /// What was refunded, refunds that failed or were reversed not counted.
    public internal(set) var refunded: Int64 = 0
    /// What was held on records when the book dropped them.
    public internal(set) var expired: Int64 = 0

    init(currency: Currency) { self.currency = currency }
}

/// How often things happened at the host that a correct acquirer need not cause, but may.
public struct IssuerCounters: Hashable, Sendable {
    /// Messages that were booked or declined for the first time.
    public internal(set) var messages: Int64 = 0
    /// Messages that had been answered before and got the same answer again.
    public internal(set) var duplicates: Int64 = 0
    /// Reversals whose original had not arrived.
    public internal(set) var reversalsOfUnknown: Int64 = 0
    /// Originals that arrived after their reversal, or again after it, and were declined for it.
    public internal(set) var originalsAfterReversal: Int64 = 0
    /// Captures and refunds of something from before the host's memory.
    public internal(set) var adopted: Int64 = 0
    /// Records dropped because they were old or too many.
    public internal(set) var droppedRecords: Int64 = 0
}

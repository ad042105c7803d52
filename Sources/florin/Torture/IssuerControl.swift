/// The issuer that a torture run pays through: it lives in the torturing process, so its book survives every crash of
/// the server and can be held against the server's.
struct IssuerControl: Sendable {
    /// Where it listens, `host:port`, for `florin serve --issuer`.
    var address: String
    /// Cards that make it misbehave.
    var faultCards: [FaultCard]
    /// Its whole book.
    var records: @Sendable () -> [IssuerEntry]
    /// Lets some of all messages go wrong, whatever the card.
    var setFaults: @Sendable (IssuerFaultRates) -> Void
    /// Closes its port.
    var stop: @Sendable () async -> Void
}

/// A card that makes the issuer misbehave.
struct FaultCard: Sendable, Hashable {
    let number: String
    /// Whether the server has to wait for a time limit before it knows that something is wrong.
    let isSlow: Bool
}

/// How many of a thousand messages go wrong in each way.
struct IssuerFaultRates: Sendable, Hashable {
    /// The issuer acts, and its answer is lost.
    var lostAnswers = 0
    /// The issuer answers twice.
    var duplicateAnswers = 0
    /// The connection breaks, before or after the issuer has acted.
    var disconnects = 0

    static let none = IssuerFaultRates()
}

/// One authorisation or purchase in the issuer's book, in minor units.
struct IssuerEntry: Sendable, Hashable {
    var retrievalReference: String
    /// ISO 4217, lower case.
    var currency: String
    /// What was approved; 0 for a decline.
    var authorised: Int64
    var held: Int64
    var captured: Int64
    var refunded: Int64
    var isReversed: Bool

    /// What the cardholder has paid in the end.
    var taken: Int64 { captured - refunded }
}

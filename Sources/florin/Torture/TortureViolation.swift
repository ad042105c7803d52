/// Something that must never be, whatever was killed and whenever.
enum TortureViolation: Hashable, Sendable {
    /// A request has no final answer, although it was sent again and again.
    case unanswered(story: Int, step: String, tries: Int)
    /// A request ended with 5xx: it has no outcome.
    case internalError(story: Int, step: String, text: String)
    /// A request that the payment's state allows was refused.
    case legalStepRefused(story: Int, step: String, text: String)
    /// A payment that was acknowledged is not there.
    case intentMissing(story: Int, intent: String)
    /// One request made several payments.
    case intentDuplicated(story: Int, intents: [String])
    /// A payment is there that nobody asked for.
    case intentStray(intent: String, amount: Int64)
    /// A payment has another amount or currency than it was acknowledged with.
    case intentChanged(story: Int, intent: String, text: String)
    /// A payment's status cannot follow from what was acknowledged.
    case statusIllegal(story: Int, intent: String, acknowledged: StatusWord?, found: StatusWord)
    /// A payment is still being processed.
    case stillProcessing(story: Int, intent: String)
    /// The cardholder was charged twice for one payment.
    case chargedTwice(story: Int, intent: String, charges: [String])
    /// The charges do not fit the payment's status or amounts.
    case chargeWrong(story: Int, intent: String, text: String)
    /// The refunds do not fit what was acknowledged.
    case refundWrong(story: Int, intent: String, text: String)
    /// A refund is still pending.
    case refundPending(story: Int, refund: String)
    /// The issuer's record of a payment is another than ours.
    case issuerDisagrees(story: Int, ours: IssuerPosition, issuer: IssuerPosition)
    /// The issuer holds or took money for no payment of ours.
    case issuerStray(IssuerEntry)
    /// The issuer's sums are other than ours.
    case totalsDisagree(currency: String, ours: IssuerPosition, issuer: IssuerPosition)
    /// A request that was answered is answered differently the next time.
    case replayDiffers(story: Int, step: String, text: String)
    /// `florin verify` found something.
    case verifyFailed(String)
    /// The server did not come back after it was killed, or does not answer as it must.
    case serverLost(String)

    /// Whether it may be only a matter of time: the outcome is still being found out.
    var isTransient: Bool {
        switch self {
        case .stillProcessing, .refundPending, .issuerDisagrees, .issuerStray, .totalsDisagree: true
        default: false
        }
    }
}

/// What of one payment, or of all, the issuer holds and has taken, in minor units.
struct IssuerPosition: Hashable, Sendable, CustomStringConvertible {
    var held: Int64 = 0
    var taken: Int64 = 0

    static func + (left: IssuerPosition, right: IssuerPosition) -> IssuerPosition {
        IssuerPosition(held: left.held + right.held, taken: left.taken + right.taken)
    }

    var description: String { "held \(held), taken \(taken)" }
}

extension TortureViolation: CustomStringConvertible {
    var description: String {
        switch self {
        case .unanswered(let story, let step, let tries): "payment \(story): \(step) has no answer after \(tries) tries"
        case .internalError(let story, let step, let text): "payment \(story): \(step) ended with \(text)"
        case .legalStepRefused(let story, let step, let text): "payment \(story): \(step) was refused: \(text)"
        case .intentMissing(let story, let intent): "payment \(story): \(intent) was acknowledged and is not there"
        case .intentDuplicated(let story, let intents):
            "payment \(story): one request made \(intents.joined(separator: ", "))"
        case .intentStray(let intent, let amount): "\(intent) over \(amount) is there, and nobody asked for it"
        case .intentChanged(let story, let intent, let text): "payment \(story): \(intent) \(text)"
        case .statusIllegal(let story, let intent, let acknowledged, let found):
            "payment \(story): \(intent) was told \(acknowledged?.rawValue ?? "nothing") and is \(found.rawValue)"
        case .stillProcessing(let story, let intent): "payment \(story): \(intent) is still processing"
        case .chargedTwice(let story, let intent, let charges):
            "payment \(story): \(intent) was charged by \(charges.joined(separator: " and "))"
        case .chargeWrong(let story, let intent, let text): "payment \(story): the charge of \(intent) \(text)"
        case .refundWrong(let story, let intent, let text): "payment \(story): the refunds of \(intent) \(text)"
        case .refundPending(let story, let refund): "payment \(story): \(refund) is still pending"
        case .issuerDisagrees(let story, let ours, let issuer):
            "payment \(story): ours is \(ours), the issuer's \(issuer)"
        case .issuerStray(let entry):
            "the issuer's \(entry.retrievalReference) over \(entry.authorised) \(entry.currency) is no payment of ours"
        case .totalsDisagree(let currency, let ours, let issuer): "\(currency): ours is \(ours), the issuer's \(issuer)"
        case .replayDiffers(let story, let step, let text): "payment \(story): \(step) sent again: \(text)"
        case .verifyFailed(let text): "florin verify: \(text)"
        case .serverLost(let text): "the server is lost: \(text)"
        }
    }
}

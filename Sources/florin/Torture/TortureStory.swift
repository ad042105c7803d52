internal import Core

/// What happens to one payment of a torture run, from the first request to the last: what was asked for, and every
/// answer.
struct TortureStory: Sendable, Hashable {
    /// Its place in the run, from 0.
    let number: Int
    /// Minor units. No two payments of a run have the same amount, so the issuer's records can be told apart by it.
    let amount: Int64
    let currency: String
    let card: TortureCard
    /// Whether the payment is authorised first.
    let isManual: Bool
    /// What is asked for once the payment was approved; nil leaves it as it is.
    let followUp: StepKind?
    /// The requests so far: the first makes the payment.
    var steps: [TortureStep] = []

    /// The intent's id, as far as the server has told it.
    var intent: String? { steps.first?.answer?.intent }
}

/// A card of a torture run.
struct TortureCard: Sendable, Hashable {
    enum Kind: Sendable, Hashable { case good, declined, faulty }

    let number: String
    let kind: Kind
}

/// What a request asks for.
enum StepKind: Sendable, Hashable {
    case create
    case capture(Int64)
    case cancel
    case refund(Int64)

    var name: String {
        switch self {
        case .create: "create"
        case .capture: "capture"
        case .cancel: "cancel"
        case .refund: "refund"
        }
    }
}

/// One request and its answer.
struct TortureStep: Sendable, Hashable {
    let kind: StepKind
    /// The idempotency key, the same however often it is sent.
    let key: String
    /// How often it was sent, and how often nothing was heard.
    var tries = 0
    var unheard = 0
    /// How often the answer was 500.
    var internalErrors = 0
    /// From the first try to the final answer.
    var seconds = 0.0
    /// The final answer; nil as long as there is none.
    var answer: StepAnswer?
}

/// The final answer to a request.
struct StepAnswer: Sendable, Hashable {
    /// The HTTP status.
    let status: Int
    /// The intent it is about.
    var intent: String?
    /// The status that the intent has in it.
    var intentStatus: StatusWord?
    /// The refund, if it is the answer to one.
    var refund: String?
    var errorText: String?
    /// Tells bodies apart without keeping them.
    var digest: UInt64 = 0

    var isSuccess: Bool { (200..<300).contains(status) }
    /// Whether the server keeps it for repeats: what was done or declined, not what was refused as wrong.
    var isKept: Bool { isSuccess || status == 402 }
}

extension StepAnswer {
    /// Reads an answer of the API.
    init(_ answer: APIAnswer, to kind: StepKind) {
        status = answer.status
        digest = Self.digest(answer.bytes)
        errorText = answer.isSuccess ? nil : answer.errorText
        let object = answer.isSuccess ? answer.body : answer.error?["payment_intent"]
        if case .refund = kind, answer.isSuccess {
            refund = object?["id"]?.string
            intent = object?["payment_intent"]?.string
        } else {
            intent = object?["id"]?.string
            intentStatus = object?["status"]?.string.flatMap { StatusWord(rawValue: $0) }
        }
    }

    /// FNV-1a over the bytes of a body.
    static func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

@testable import florin

/// A small consistent world of payments: what was acknowledged, what the server says, what the issuer says.
struct TortureWorld {
    var stories: [TortureStory] = []
    var house = HouseSnapshot()
    var issuer: [IssuerEntry] = []

    var violations: [TortureViolation] { TortureChecker.check(stories: stories, house: house, issuer: issuer) }

    /// One payment of each kind:
    ///
    /// | story | amount | what |
    /// |---|---|---|
    /// | 0 | 1000 | taken |
    /// | 1 | 1001 | authorised, captured in part (600) |
    /// | 2 | 1002 | authorised, canceled |
    /// | 3 | 1003 | authorised, on hold |
    /// | 4 | 1004 | taken, refunded in part (300) |
    /// | 5 | 1005 | declined |
    /// | 6 | 1006 | processing when it was answered, taken in the end |
    init() {
        add(0, .create, status: .succeeded, now: .succeeded, captured: 1_000)
        add(1, .capture(600), status: .requiresCapture, then: .succeeded, now: .succeeded, captured: 600)
        add(2, .cancel, status: .requiresCapture, then: .canceled, now: .canceled, captured: 0)
        add(3, .create, status: .requiresCapture, now: .requiresCapture, captured: 0)
        add(4, .refund(300), status: .succeeded, now: .succeeded, captured: 1_004)
        house.charges[4].amountRefunded = 300
        house.refunds = [.init(id: "re_4", intent: "pi_4", amount: 300, status: "succeeded")]
        issuer[4].refunded = 300
        add(5, .create, status: .requiresPaymentMethod, http: 402, now: .requiresPaymentMethod, captured: 0)
        house.charges[5].status = "failed"
        issuer[5].authorised = 0
        add(6, .create, status: .processing, now: .succeeded, captured: 1_006)
    }

    private mutating func add(
        _ number: Int, _ last: StepKind, status: StatusWord, then: StatusWord? = nil, http: Int = 200,
        now: StatusWord, captured: Int64
    ) {
        let amount = 1_000 + Int64(number)
        let id = "pi_\(number)"
        var create = TortureStep(kind: .create, key: "k\(number)", tries: 1)
        create.answer = StepAnswer(status: http, intent: id, intentStatus: status)
        var steps = [create]
        if last != .create {
            var step = TortureStep(kind: last, key: "l\(number)", tries: 1)
            step.answer = StepAnswer(status: 200, intent: id, intentStatus: then)
            if case .refund = last { step.answer?.refund = "re_\(number)" }
            steps.append(step)
        }
        stories.append(
            TortureStory(
                number: number, amount: amount, currency: "usd", card: TortureCard(number: "4539", kind: .good),
                isManual: status == .requiresCapture, followUp: last == .create ? nil : last, steps: steps))
        house.intents.append(.init(id: id, amount: amount, currency: "usd", status: now))
        house.charges.append(
            .init(
                id: "ch_\(number)", intent: id, amount: amount, status: "succeeded", amountCaptured: captured,
                amountRefunded: 0))
        issuer.append(
            IssuerEntry(
                retrievalReference: "63271400000\(number)", currency: "usd", authorised: amount,
                held: now == .requiresCapture ? amount : 0, captured: captured, refunded: 0,
                isReversed: now == .canceled))
    }
}

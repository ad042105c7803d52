/// Holds what a server says, and what the issuer says, against what the server acknowledged.
///
/// It is a pure function over three lists, so each violation can be shown to it in a test.
struct TortureChecker: Sendable {
    private let stories: [TortureStory]
    private let intentsByID: [String: HouseSnapshot.Intent]
    private let intentsByAmount: [Int64: [HouseSnapshot.Intent]]
    private let chargesByIntent: [String: [HouseSnapshot.Charge]]
    private let refundsByIntent: [String: [HouseSnapshot.Refund]]
    private let issuer: [IssuerEntry]
    private var found: [TortureViolation] = []

    /// All that is wrong; empty if nothing is.
    ///
    /// `stories` are all payments of the round, `house` the server's from the round's first amount on, `issuer` the
    /// issuer's whole book.
    static func check(stories: [TortureStory], house: HouseSnapshot, issuer: [IssuerEntry]) -> [TortureViolation] {
        var checker = TortureChecker(stories: stories, house: house, issuer: issuer)
        for story in stories { checker.check(story) }
        checker.checkStrays()
        return checker.found
    }

    /// What is held and taken of all payments of a snapshot, by currency.
    static func totals(_ house: HouseSnapshot) -> [String: IssuerPosition] {
        let charges = Dictionary(grouping: house.charges, by: \.intent)
        var totals: [String: IssuerPosition] = [:]
        for intent in house.intents {
            totals[intent.currency, default: IssuerPosition()] =
                totals[intent.currency, default: IssuerPosition()] + position(intent, charges[intent.id] ?? [])
        }
        return totals
    }

    private init(stories: [TortureStory], house: HouseSnapshot, issuer: [IssuerEntry]) {
        self.stories = stories
        intentsByID = Dictionary(house.intents.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        intentsByAmount = Dictionary(grouping: house.intents, by: \.amount)
        chargesByIntent = Dictionary(grouping: house.charges, by: \.intent)
        refundsByIntent = Dictionary(grouping: house.refunds, by: \.intent)
        self.issuer = issuer
    }

    // MARK: One payment

    private mutating func check(_ story: TortureStory) {
        checkAnswers(story)
        let sameAmount = intentsByAmount[story.amount] ?? []
        if sameAmount.count > 1 {
            found.append(.intentDuplicated(story: story.number, intents: sameAmount.map(\.id).sorted()))
        }
        if let id = story.intent, intentsByID[id] == nil {
            found.append(.intentMissing(story: story.number, intent: id))
        }
        guard let intent = story.intent.flatMap({ intentsByID[$0] }) ?? sameAmount.first else { return }
        if intent.amount != story.amount || intent.currency != story.currency {
            let text = "has \(intent.amount) \(intent.currency), not \(story.amount) \(story.currency)"
            found.append(.intentChanged(story: story.number, intent: intent.id, text: text))
        }
        checkStatus(story, intent)
        checkCharges(story, intent)
        checkRefunds(story, intent)
    }

    private mutating func checkAnswers(_ story: TortureStory) {
        for step in story.steps {
            guard let answer = step.answer else {
                found.append(.unanswered(story: story.number, step: step.kind.name, tries: step.tries))
                continue
            }
            let text = answer.errorText ?? "status \(answer.status)"
            if answer.status >= 500 {
                found.append(.internalError(story: story.number, step: step.kind.name, text: text))
            } else if !answer.isSuccess && answer.status != 402 {
                found.append(.legalStepRefused(story: story.number, step: step.kind.name, text: text))
            } else if answer.isSuccess && answer.intent == nil {
                found.append(.internalError(story: story.number, step: step.kind.name, text: "no intent in the answer"))
            }
        }
    }

    private mutating func checkStatus(_ story: TortureStory, _ intent: HouseSnapshot.Intent) {
        guard intent.status != .processing else {
            return found.append(.stillProcessing(story: story.number, intent: intent.id))
        }
        if !Self.legalStatuses(story).contains(intent.status) {
            let acknowledged = story.steps.last { $0.answer?.intentStatus != nil }?.answer?.intentStatus
            found.append(
                .statusIllegal(
                    story: story.number, intent: intent.id, acknowledged: acknowledged, found: intent.status))
        }
    }

    /// Every status that a payment may have in the end, after what was acknowledged of it.
    static func legalStatuses(_ story: TortureStory) -> Set<StatusWord> {
        let approved: StatusWord = story.isManual ? .requiresCapture : .succeeded
        guard let first = story.steps.first?.answer else { return [approved, .requiresPaymentMethod] }
        switch first.intentStatus {
        case .processing?: return [approved, .requiresPaymentMethod]
        case .requiresCapture?: break
        case let status?: return [status]
        case nil: return [approved, .requiresPaymentMethod]
        }
        guard let step = story.steps.dropFirst().first else { return [.requiresCapture] }
        let end: StatusWord = step.kind == .cancel ? .canceled : .succeeded
        // Only an answer that says so makes the end certain.
        return step.answer?.isSuccess == true ? [end] : [.requiresCapture, end]
    }

    private mutating func checkCharges(_ story: TortureStory, _ intent: HouseSnapshot.Intent) {
        let charges = chargesByIntent[intent.id] ?? []
        let succeeded = charges.filter { $0.status == "succeeded" }
        func wrong(_ text: String) { found.append(.chargeWrong(story: story.number, intent: intent.id, text: text)) }
        if succeeded.count > 1 {
            found.append(
                .chargedTwice(story: story.number, intent: intent.id, charges: succeeded.map(\.id).sorted()))
        }
        let needsCharge = intent.status == .succeeded || intent.status == .requiresCapture
        if needsCharge && succeeded.isEmpty { wrong("is not there, though it is \(intent.status.rawValue)") }
        if intent.status == .requiresPaymentMethod, let charge = succeeded.first {
            wrong("\(charge.id) succeeded, though it was declined")
        }
        // What an attempt under way has come to is not known yet.
        guard let charge = succeeded.first, intent.status != .processing else { return }
        if charge.amount != story.amount { wrong("has \(charge.amount), not \(story.amount)") }
        let captured = Self.expectedCapture(story, intent)
        if charge.amountCaptured != captured { wrong("captured \(charge.amountCaptured), not \(captured)") }
    }

    private static func expectedCapture(_ story: TortureStory, _ intent: HouseSnapshot.Intent) -> Int64 {
        guard intent.status == .succeeded else { return 0 }
        for step in story.steps { if case .capture(let amount) = step.kind { return amount } }
        return story.amount
    }

    private mutating func checkRefunds(_ story: TortureStory, _ intent: HouseSnapshot.Intent) {
        let refunds = refundsByIntent[intent.id] ?? []
        func wrong(_ text: String) { found.append(.refundWrong(story: story.number, intent: intent.id, text: text)) }
        for refund in refunds where refund.status == "pending" {
            found.append(.refundPending(story: story.number, refund: refund.id))
        }
        let step = story.steps.first { if case .refund = $0.kind { true } else { false } }
        guard refunds.count <= 1 else { return wrong("are \(refunds.count), and one was asked for at most") }
        guard let step, case .refund(let amount) = step.kind else {
            if let refund = refunds.first { wrong("\(refund.id): nobody asked for it") }
            return
        }
        if let acknowledged = step.answer?.refund, refunds.first?.id != acknowledged {
            wrong("\(acknowledged) was acknowledged and is not there")
        }
        if let refund = refunds.first, refund.amount != amount { wrong("has \(refund.amount), not \(amount)") }
        let given = refunds.filter(\.stands).reduce(0) { $0 + $1.amount }
        let charged = (chargesByIntent[intent.id] ?? []).reduce(0) { $0 + $1.amountRefunded }
        if charged != given { wrong("add up to \(given), the charge says \(charged)") }
    }

    // MARK: All payments

    private mutating func checkStrays() {
        let amounts = Set(stories.map(\.amount))
        for intent in intentsByID.values.sorted(by: { $0.id < $1.id }) where !amounts.contains(intent.amount) {
            found.append(.intentStray(intent: intent.id, amount: intent.amount))
        }
        checkIssuer()
    }

    private struct IssuerKey: Hashable {
        var amount: Int64
        var currency: String
    }

    private mutating func checkIssuer() {
        var positions: [IssuerKey: IssuerPosition] = [:]
        let known = Set(stories.map { IssuerKey(amount: $0.amount, currency: $0.currency) })
        let first = stories.map(\.amount).min() ?? .max
        for entry in issuer where entry.authorised >= first {
            let position = IssuerPosition(held: entry.held, taken: entry.taken)
            let key = IssuerKey(amount: entry.authorised, currency: entry.currency)
            positions[key] = (positions[key] ?? IssuerPosition()) + position
            if !known.contains(key), position != IssuerPosition() { found.append(.issuerStray(entry)) }
        }
        for story in stories {
            let intent = story.intent.flatMap { intentsByID[$0] } ?? intentsByAmount[story.amount]?.first
            let ours = intent.map { Self.position($0, chargesByIntent[$0.id] ?? []) } ?? IssuerPosition()
            let theirs = positions[IssuerKey(amount: story.amount, currency: story.currency)] ?? IssuerPosition()
            if ours != theirs { found.append(.issuerDisagrees(story: story.number, ours: ours, issuer: theirs)) }
        }
    }

    /// What the issuer must hold and have taken for a payment of ours.
    private static func position(
        _ intent: HouseSnapshot.Intent, _ charges: [HouseSnapshot.Charge]
    ) -> IssuerPosition {
        charges.filter { $0.status == "succeeded" }.reduce(IssuerPosition()) { sum, charge in
            sum
                + IssuerPosition(
                    held: intent.status == .requiresCapture ? charge.amount : 0,
                    taken: charge.amountCaptured - charge.amountRefunded)
        }
    }
}

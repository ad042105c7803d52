import Core
import Ledger
import Money
import Payments
import Storage
import Testing

@Suite("Random lives of an intent")
struct LifeTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5, Environment.live.randomWord()]

    @Test(
        "whatever is decided, the balance is the sum of its lines, and no more is held or refunded than there is",
        arguments: seeds)
    func lives(seed: UInt64) throws {
        let random = SeededGenerator(seed: seed)
        var steps: [String: Int] = [:]
        for _ in 0..<150 {
            var life = try Life(random)
            for _ in 0..<(4 + random.below(12)) {
                steps[try life.step(), default: 0] += 1
                try life.check("seed \(seed)")
            }
        }
        // The run is worth something only if all of these happen in it.
        for step in Life.allSteps { #expect(steps[step, default: 0] > 0, "no \(step) with seed \(seed)") }
    }
}

/// One intent from its creation on, decided at random and committed to books in memory.
struct Life {
    static let allSteps = [
        "begin", "approved", "declined", "partial", "reversed", "notSent", "blocked", "capture", "increment", "cancel",
        "refund", "refund succeeds", "refund fails", "refused",
    ]

    private let random: SeededGenerator
    private var books = Books()
    private let intentID: PaymentIntentID
    private let methodID: PaymentMethodID
    private var refunds: [RefundID] = []
    private var references = 0
    private let merchant = Fixture.merchant()
    private let currency: Currency
    private let environment: Environment

    init(_ random: SeededGenerator) throws {
        self.random = random
        environment = Environment(now: { now }, fillRandom: { random.fill($0) })
        currency = [Currency.usd, .jpy, known("KWD")][random.below(3)]
        let command = NewIntent(
            amount: Money(Int64(50 + random.below(100_000)), currency),
            captureMethod: random.below(2) == 0 ? .automatic : .manual, paymentMethodTypes: ["card"],
            automaticPaymentMethods: nil)
        let method = Fixture.method(country: random.below(2) == 0 ? "US" : "FR")
        methodID = method.id
        var change = Change()
        let context = DecisionContext(
            merchant: merchant, now: now, requestID: nil, idempotencyKey: nil, environment: environment)
        let intent = try IntentDecision.create(command, paymentMethod: method.id, context)
        intentID = intent.id
        change.insert(intent)
        change.insert(method)
        try books.commit(change)
    }

    private var context: DecisionContext {
        DecisionContext(merchant: merchant, now: now, requestID: nil, idempotencyKey: nil, environment: environment)
    }

    private func stored<E: Entity>(_ type: E.Type, _ id: String) throws -> E {
        guard let object = try books.stored(type, id) else { throw Books.Broken.rule("\(id) is missing") }
        return object
    }

    /// Takes one step that the state allows, or one that it refuses; names it.
    mutating func step() throws -> String {
        let intent = try stored(PaymentIntent.self, intentID.text)
        do {
            switch (intent.status, random.below(6)) {
            case (.requiresPaymentMethod, 0...4), (.requiresConfirmation, 0...4): return try begin(intent)
            case (.processing, 0...4): return try settle(intent)
            case (.requiresCapture, 0...2): return try capture(intent)
            case (.requiresCapture, 3): return try increment(intent)
            case (.succeeded, 0...3): return try refund(intent)
            case (.succeeded, 4): return try endRefund()
            default: return try cancel(intent)
            }
        } catch is PaymentRefusal {
            return "refused"
        }
    }

    private mutating func begin(_ intent: PaymentIntent) throws -> String {
        let method = try stored(PaymentMethod.self, methodID.text)
        try AttemptDecision.check(method, for: intent)
        references += 1
        var attempt = AttemptDecision.begin(
            intent, method,
            reference: NetworkReference(
                transmittedAt: now, traceNumber: references, retrievalReference: "\(references)"),
            isOnFile: false, context)
        var change = Change()
        change.update(&attempt.intent)
        change.insert(attempt.charge)
        try books.commit(change)
        return "begin"
    }

    private func charge(of intent: PaymentIntent) throws -> Charge {
        try stored(Charge.self, intent.latestCharge?.text ?? "")
    }

    private mutating func settle(_ intent: PaymentIntent) throws -> String {
        let attempt = Attempt(
            intent: intent, charge: try charge(of: intent), method: try stored(PaymentMethod.self, methodID.text))
        let results: [(String, AttemptResult)] = [
            ("approved", .approved), ("approved", .approved), ("approved", .approved),
            ("declined", .declined("51", "insufficient_funds")), ("partial", .declined("10", nil)),
            ("reversed", .reversed), ("notSent", .notSent), ("blocked", .blocked),
        ]
        let (name, result) = results[random.below(results.count)]
        let (_, change) = AttemptDecision.settle(
            attempt, result, risk: .normal, fundsAtOnce: random.below(3) == 0, context)
        try books.commit(change)
        return name
    }

    private mutating func capture(_ intent: PaymentIntent) throws -> String {
        let amount: Int64? =
            random.below(2) == 0 ? nil : 1 + Int64(random.below(Int(intent.amountCapturable) + 10))
        let (_, _, _, change) = try CaptureDecision.capture(
            intent, try charge(of: intent), amountToCapture: amount, metadata: nil, statementDescriptor: nil,
            fundsAtOnce: random.below(3) == 0, context)
        try books.commit(change)
        return "capture"
    }

    private mutating func increment(_ intent: PaymentIntent) throws -> String {
        let (_, _, change) = try CaptureDecision.increment(
            intent, try charge(of: intent), to: intent.amount.amount + Int64(random.below(5_000)) - 500,
            description: nil, metadata: nil, context)
        try books.commit(change)
        return "increment"
    }

    private mutating func cancel(_ intent: PaymentIntent) throws -> String {
        let held = intent.status == .requiresCapture ? try charge(of: intent) : nil
        let (_, change, _) = try IntentDecision.cancel(intent, authorised: held, reason: nil, context)
        try books.commit(change)
        return "cancel"
    }

    private mutating func refund(_ intent: PaymentIntent) throws -> String {
        let charge = try charge(of: intent)
        let amount: Int64? = random.below(3) == 0 ? nil : 1 + Int64(random.below(Int(charge.amountCaptured)))
        references += 1
        let (refund, _, change, _) = try RefundDecision.create(
            charge, amount: amount, reason: nil, metadata: Metadata(),
            reference: NetworkReference(
                transmittedAt: now, traceNumber: references, retrievalReference: "\(references)"), context)
        try books.commit(change)
        refunds.append(refund.id)
        return "refund"
    }

    private mutating func endRefund() throws -> String {
        guard !refunds.isEmpty else { return "no refund" }
        let refund = try stored(Refund.self, refunds[random.below(refunds.count)].text)
        if random.below(2) == 0 {
            try books.commit(RefundDecision.succeed(refund, context).1)
            return "refund succeeds"
        }
        let charge = try stored(Charge.self, refund.charge.text)
        try books.commit(RefundDecision.fail(refund, charge, reason: "declined", context).1)
        return "refund fails"
    }

    /// What must hold after every step.
    func check(_ comment: Comment) throws {
        let balance = books.balance { $0 == Booking.available || $0.text.hasPrefix(Booking.pendingPrefix) }
        #expect(balance == books.lines.reduce(0) { $0 + $1.net }, comment)
        #expect(books.balance { $0 == Booking.fees } == books.lines.reduce(0) { $0 + $1.fee }, comment)
        #expect(books.balance { $0 == Booking.clearing } == -books.lines.reduce(0) { $0 + $1.amount.amount }, comment)
        #expect(books.balance { _ in true } == 0, comment)

        let intent = try stored(PaymentIntent.self, intentID.text)
        let charges = try intent.charges.map { try stored(Charge.self, $0.text) }
        let held = charges.filter { $0.status == .succeeded && !$0.isCaptured && !$0.isReleased }
        #expect(books.balance { $0 == Booking.authorised.held } == held.reduce(0) { $0 + $1.amount.amount }, comment)
        #expect(held.count == (intent.status == .requiresCapture ? 1 : 0), comment)
        #expect(charges.filter { $0.status == .succeeded }.count <= 1, comment)
        #expect(charges.filter { $0.status == .pending }.count == (intent.status == .processing ? 1 : 0), comment)

        let given = try refunds.map { try stored(Refund.self, $0.text) }.filter { $0.status != .failed }
        for charge in charges {
            #expect(charge.amountRefunded >= 0 && charge.amountRefunded <= charge.amountCaptured, comment)
            #expect(charge.amountCaptured <= charge.amount.amount, comment)
            let refunded = given.filter { $0.charge == charge.id }.reduce(0) { $0 + $1.amount.amount }
            #expect(charge.amountRefunded == refunded, comment)
        }
        if intent.status == .succeeded {
            #expect(intent.amountReceived == charges.reduce(0) { $0 + $1.amountCaptured }, comment)
        }
    }
}

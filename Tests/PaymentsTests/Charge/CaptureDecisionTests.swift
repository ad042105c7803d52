import Core
import Money
import Payments
import Storage
import Testing

@Suite("Capturing and raising an authorisation")
struct CaptureDecisionTests {
    typealias Status = PaymentIntent.Status

    private func capture(
        _ held: Attempt, _ amount: Int64?, metadata: Metadata.Update? = nil, descriptor: String? = nil,
        fundsAtOnce: Bool = false
    ) throws(PaymentRefusal) -> (PaymentIntent, Charge, BalanceTransaction, Change) {
        try CaptureDecision.capture(
            held.intent, held.charge, amountToCapture: amount, metadata: metadata, statementDescriptor: descriptor,
            fundsAtOnce: fundsAtOnce, Fixture.context(seed: 3))
    }

    private func increment(
        _ held: Attempt, to amount: Int64, metadata: Metadata.Update? = nil
    ) throws(PaymentRefusal) -> (PaymentIntent, Charge, Change) {
        try CaptureDecision.increment(
            held.intent, held.charge, to: amount, description: nil, metadata: metadata, Fixture.context(seed: 3))
    }

    // MARK: Capture

    @Test("capture: only what waits for it", arguments: Status.allCases)
    func captureStates(status: Status) {
        var held = Fixture.authorised()
        held.intent.status = status
        // Too much as well: the state comes first.
        let amount: Int64? = status == .requiresCapture ? nil : 99_999_999
        let expected = status == .requiresCapture ? nil : "unexpectedState \(status.rawValue) capture"
        #expect(refusal { () throws(PaymentRefusal) in try capture(held, amount) } == expected)
    }

    @Test(
        "capture: at most what is capturable, and that before the metadata",
        arguments: [
            (Int64(10_00), nil), (1, nil), (10_01, "captureTooLarge 1000"), (.max, "captureTooLarge 1000"),
        ] as [(Int64, String?)])
    func captureAmounts(amount: Int64, expected: String?) {
        let held = Fixture.authorised()
        #expect(refusal { () throws(PaymentRefusal) in try capture(held, amount) } == expected)
        let many = (0...Metadata.entriesMax).map { Metadata.Entry(key: "k\($0)", value: "v") }
        let refused = refusal { () throws(PaymentRefusal) in try capture(held, amount, metadata: .merge(many)) }
        #expect(refused == expected ?? "tooMuchMetadata")
    }

    @Test("capture: all of it is released and booked with its fee, and the network is told")
    func captureAll() throws {
        let (intent, charge, line, change) = try capture(Fixture.authorised(), nil)
        let advice = try #require(try change.inserted(NetworkAdvice.self).first)
        #expect(intent.status == .succeeded)
        #expect(intent.amountReceived == 10_00)
        #expect(intent.amountCapturable == 0)
        #expect(charge.isCaptured)
        #expect(charge.amountCaptured == 10_00)
        #expect(
            change.moves == [
                "release: authorised/held → authorised 1000",
                "charge: clearing/card → pending/2026-09-23 1000", "charge: pending/2026-09-23 → fees 59",
            ])
        #expect(
            change.rows == [
                "insert balance_transaction", "insert network_advice", "update charge", "update payment_intent",
            ])
        #expect(change.versions == ["charge 2", "payment_intent 2"])
        #expect(change.told == ["charge.captured", "payment_intent.succeeded"])
        #expect(advice.operation == .capture)
        #expect(advice.amount == Money(10_00, .usd))
        #expect(advice.reference == charge.network.reference)
        #expect(try change.inserted(BalanceTransaction.self) == [line])
        #expect(line.id == charge.balanceTransaction)
    }

    @Test("capture: of a part the rest is released too, and the fee is the part's")
    func capturePart() throws {
        let (intent, charge, line, change) = try capture(Fixture.authorised(), 4_00)
        #expect(intent.amountReceived == 4_00)
        #expect(intent.amount == Money(10_00, .usd))
        #expect(charge.amountCaptured == 4_00)
        #expect(charge.amount == Money(10_00, .usd))
        #expect(charge.amountRefundable == 4_00)
        #expect(
            change.moves == [
                "release: authorised/held → authorised 1000",
                "charge: clearing/card → pending/2026-09-23 400", "charge: pending/2026-09-23 → fees 42",
            ])
        #expect(line.amount == Money(4_00, .usd))
        #expect(try change.inserted(NetworkAdvice.self).map(\.amount) == [Money(4_00, .usd)])
    }

    @Test("capture: tells what the charge was before, and takes the descriptor and the metadata")
    func captureDetails() throws {
        let held = Fixture.authorised()
        let (intent, charge, _, change) = try capture(
            held, nil, metadata: .merge([.init(key: "a", value: "1")]), descriptor: "LATE NAME", fundsAtOnce: true)
        #expect(intent.metadata["a"] == "1")
        #expect(intent.statementDescriptor == "LATE NAME")
        #expect(charge.calculatedStatementDescriptor == "LATE NAME")
        #expect(change.events[0].previousDocument == held.charge.document)
        #expect(change.events[0].document == charge.document)
        #expect(change.moves[1] == "charge: clearing/card → available 1000")
    }

    // MARK: Increment

    @Test("increment: only what waits for capture", arguments: Status.allCases)
    func incrementStates(status: Status) {
        var held = Fixture.authorised()
        held.intent.status = status
        let expected = status == .requiresCapture ? nil : "unexpectedState \(status.rawValue) increment"
        // Too small as well where it is refused: the state comes first.
        let amount: Int64 = status == .requiresCapture ? 11_00 : 1
        #expect(refusal { () throws(PaymentRefusal) in try increment(held, to: amount) } == expected)
        #expect(
            refusal { () throws(PaymentRefusal) in try CaptureDecision.checkIncrement(held.intent, to: amount) }
                == expected)
    }

    @Test(
        "increment: more than it was, no more than may be charged, and that before the metadata",
        arguments: [
            (Int64(10_01), nil), (99_999_999, nil), (10_00, "incrementTooSmall 10.00 USD"),
            (1, "incrementTooSmall 10.00 USD"), (100_000_000, "amountTooLarge"),
        ] as [(Int64, String?)])
    func incrementAmounts(amount: Int64, expected: String?) {
        let held = Fixture.authorised()
        #expect(refusal { () throws(PaymentRefusal) in try increment(held, to: amount) } == expected)
        let many = (0...Metadata.entriesMax).map { Metadata.Entry(key: "k\($0)", value: "v") }
        let refused = refusal { () throws(PaymentRefusal) in try increment(held, to: amount, metadata: .merge(many)) }
        #expect(refused == expected ?? "tooMuchMetadata")
    }

    @Test("increment: holds what is more, and all of it can be captured then")
    func incrementAndCapture() throws {
        var held = Fixture.authorised()
        let (intent, charge, change) = try increment(held, to: 15_50)
        #expect(intent.amount == Money(15_50, .usd))
        #expect(intent.amountCapturable == 15_50)
        #expect(charge.amount == Money(15_50, .usd))
        #expect(change.moves == ["authorisation: authorised → authorised/held 550"])
        #expect(change.rows == ["update charge", "update payment_intent"])
        #expect(change.versions == ["charge 2", "payment_intent 2"])
        #expect(change.told == ["charge.updated", "payment_intent.amount_capturable_updated"])
        held.intent = intent
        held.charge = charge
        let (_, _, _, captured) = try capture(held, nil)
        #expect(captured.moves.first == "release: authorised/held → authorised 1550")
        #expect(captured.versions == ["charge 3", "payment_intent 3"])
    }
}

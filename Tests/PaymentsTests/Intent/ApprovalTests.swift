import Core
import Money
import Payments
import Storage
import Testing

@Suite("An approved attempt")
struct ApprovalTests {
    private func settle(
        _ attempt: Attempt, risk: RiskAssessment = .normal, fundsAtOnce: Bool = false, delayDays: Int64 = 2
    ) -> (Attempt, Change) {
        AttemptDecision.settle(
            attempt, .approved, risk: risk, fundsAtOnce: fundsAtOnce,
            Fixture.context(Fixture.merchant(delayDays: delayDays), seed: 2))
    }

    @Test("with automatic capture books the whole amount and its fee, and tells of both")
    func automatic() throws {
        let (settled, change) = settle(Fixture.attempt())
        #expect(settled.intent.status == .succeeded)
        #expect(settled.intent.amountReceived == 10_00)
        #expect(settled.intent.amountCapturable == 0)
        #expect(settled.charge.status == .succeeded)
        #expect(settled.charge.isCaptured)
        #expect(settled.charge.amountCaptured == 10_00)
        #expect(settled.charge.card.checks == AttemptResult.checks)
        #expect(settled.charge.network.approvalCode == "A1B2C3")
        #expect(settled.charge.network.networkTransactionID == "nt_1")
        #expect(
            settled.charge.outcome
                == ChargeOutcome(
                    type: "authorized", networkStatus: "approved_by_network", reason: nil, riskLevel: "normal",
                    riskScore: 20,
                    sellerMessage: "Payment complete.", adviceCode: nil, networkDeclineCode: nil))
        #expect(
            change.moves == [
                "charge: clearing/card → pending/2026-09-23 1000", "charge: pending/2026-09-23 → fees 59",
            ])
        #expect(
            change.rows == [
                "insert balance_transaction", "update payment_method", "update charge", "update payment_intent",
            ])
        #expect(change.versions == ["payment_method 1", "charge 1", "payment_intent 1"])
        #expect(change.told == ["charge.succeeded", "payment_intent.succeeded"])
        let line = try #require(try change.inserted(BalanceTransaction.self).first)
        #expect(line == settled.line)
        #expect(line.id == settled.charge.balanceTransaction)
        #expect(line.type == .charge)
        #expect(line.amount == Money(10_00, .usd))
        #expect(line.fee == 59)
        #expect(line.net == 9_41)
        #expect(line.source == settled.charge.id.text)
        #expect(line.availableOn == now.adding(days: 2).startOfDay)
    }

    @Test("with manual capture holds the amount, and books nothing yet")
    func manual() throws {
        let (settled, change) = settle(Fixture.attempt(capture: .manual))
        #expect(settled.intent.status == .requiresCapture)
        #expect(settled.intent.amountCapturable == 10_00)
        #expect(settled.intent.amountReceived == 0)
        #expect(settled.charge.status == .succeeded)
        #expect(!settled.charge.isCaptured)
        #expect(settled.charge.balanceTransaction == nil)
        #expect(settled.line == nil)
        #expect(change.moves == ["authorisation: authorised → authorised/held 1000"])
        #expect(change.rows == ["update payment_method", "update charge", "update payment_intent"])
        #expect(change.told == ["charge.succeeded", "payment_intent.amount_capturable_updated"])
    }

    @Test(
        "is available at once, after the merchant's days, or never before midnight of its day",
        arguments: [
            (false, Int64(2), "pending/2026-09-23", "2026-09-23"), (false, 7, "pending/2026-09-28", "2026-09-28"),
            (true, 2, "available", "now"), (false, 0, "available", "now"),
        ])
    func availability(atOnce: Bool, delayDays: Int64, account: String, day: String) throws {
        let (_, change) = settle(Fixture.attempt(), fundsAtOnce: atOnce, delayDays: delayDays)
        #expect(change.moves == ["charge: clearing/card → \(account) 1000", "charge: \(account) → fees 59"])
        let line = try #require(try change.inserted(BalanceTransaction.self).first)
        let expected = day == "now" ? now : now.adding(days: delayDays).startOfDay
        #expect(line.availableOn == expected)
    }

    @Test("on a card of another country pays the higher fee")
    func crossBorder() throws {
        let (_, change) = settle(Fixture.attempt(method: Fixture.method(country: "FR")))
        #expect(change.moves.last == "charge: pending/2026-09-23 → fees 69")
    }

    @Test("all of which the fee takes still balances")
    func feeTakesAll() throws {
        let (_, change) = settle(Fixture.attempt(Money(1, known("KWD"))))
        #expect(
            change.moves == [
                "charge: clearing/card → pending/2026-09-23 1", "charge: pending/2026-09-23 → fees 1",
            ])
        #expect(try change.inserted(BalanceTransaction.self).map(\.net) == [0])
    }

    @Test("of elevated risk asks for a review")
    func elevated() {
        let risk = RiskAssessment(level: .elevated, score: 71, isBlocked: false)
        let outcome = settle(Fixture.attempt(), risk: risk).0.charge.outcome
        #expect(outcome?.type == "manual_review")
        #expect(outcome?.reason == "elevated_risk_level")
        #expect(outcome?.riskScore == 71)
    }

    @Test(
        "without a customer spends the method, and with future use attaches it",
        arguments: [
            // owner of the method, customer and future use of the intent, whether the method was spent by commit 1
            (nil, nil, nil, false, "update payment_method", true, nil),
            (nil, nil, nil, true, nil, true, nil),
            (nil, nil, "off_session", false, "update payment_method", true, nil),
            (nil, "cus_1", nil, false, "update payment_method", true, nil),
            (nil, "cus_1", "off_session", false, "update payment_method", false, "cus_1"),
            (nil, "cus_1", "on_session", true, "update payment_method", false, "cus_1"),
            ("cus_1", "cus_1", "off_session", false, nil, false, "cus_1"),
            ("cus_1", "cus_1", nil, false, nil, false, "cus_1"),
        ] as [(String?, String?, String?, Bool, String?, Bool, String?)])
    func method(
        owner: String?, customer: String?, usage: String?, spent: Bool, row: String?, isSpent: Bool, attachedTo: String?
    ) {
        var attempt = Fixture.attempt(method: Fixture.method(customer: owner.map { CustomerID($0) }, spent: spent))
        attempt.intent.customer = customer.map { CustomerID($0) }
        attempt.intent.setupFutureUsage = usage
        let (settled, change) = settle(attempt)
        #expect(change.rows.first { $0.hasSuffix("payment_method") } == row)
        #expect(settled.method.isSpent == isSpent)
        #expect(settled.method.customer?.text == attachedTo)
        let isAttached = owner == nil && attachedTo != nil
        #expect(change.told.contains("payment_method.attached") == isAttached)
        if isAttached { #expect(settled.method.card.checks == AttemptResult.checks) }
    }

    @Test("of a hidden intent is told of as a charge only")
    func hidden() {
        var attempt = Fixture.attempt()
        attempt.intent.isHidden = true
        #expect(settle(attempt).1.told == ["charge.succeeded"])
    }

    @Test("approves with the response codes 00, 08 and 11, and with no other")
    func responseCodes() {
        let approving = (0..<100).map { $0 < 10 ? "0\($0)" : "\($0)" }.filter { code in
            CardAnswer(
                responseCode: code, approvalCode: nil, networkTransactionID: nil, checks: AttemptResult.checks
            ).isApproved
        }
        #expect(approving == ["00", "08", "11"])
    }

    @Test("events hold the objects as they are after the Change, and the request that caused them")
    func events() throws {
        let (settled, change) = settle(Fixture.attempt())
        #expect(change.events.map(\.document) == [settled.charge.document, settled.intent.document])
        #expect(change.events.map(\.objectID) == [settled.charge.id.text, settled.intent.id.text])
        #expect(change.events.allSatisfy { $0.requestID == "req_1" && $0.idempotencyKey == "key-1" })
        #expect(change.events.allSatisfy { $0.merchant == shop && $0.createdAt == now })
    }
}

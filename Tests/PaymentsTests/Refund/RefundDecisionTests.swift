import Core
import Money
import Payments
import Storage
import Testing

@Suite("Giving money back")
struct RefundDecisionTests {
    static let reference = NetworkReference(transmittedAt: now, traceNumber: 43, retrievalReference: "626414000002")

    private func create(
        _ charge: Charge, _ amount: Int64?, metadata: Metadata = Metadata(), seed: UInt64 = 4
    ) throws(PaymentRefusal) -> (Refund, Charge, Change, NetworkAdvice) {
        try RefundDecision.create(
            charge, amount: amount, reason: "duplicate", metadata: metadata, reference: Self.reference,
            Fixture.context(seed: seed))
    }

    @Test("create: only of what was captured, and no more than is left of it")
    func refusals() throws {
        let captured = Fixture.captured().charge
        var refunded = captured
        refunded.amountRefunded = 10_00
        var partly = captured
        partly.amountRefunded = 9_50
        var failed = captured
        failed.status = .failed
        let authorised = Fixture.authorised().charge
        let pending = Fixture.attempt().charge
        let rows: [(Charge, Int64?, String?)] = [
            (captured, nil, nil),
            (captured, 1, nil),
            (captured, 10_00, nil),
            (captured, 10_01, "refundTooLarge 10.01 USD of 10.00 USD"),
            (captured, .max, "refundTooLarge \(Money(.max, .usd)) of 10.00 USD"),
            (partly, nil, nil),
            (partly, 50, nil),
            (partly, 51, "refundTooLarge 0.51 USD of 0.50 USD"),
            (refunded, nil, "chargeAlreadyRefunded \(captured.id)"),
            (refunded, 99, "chargeAlreadyRefunded \(captured.id)"),
            (authorised, 99_00, "chargeNotRefundable \(authorised.id)"),
            (pending, nil, "chargeNotRefundable \(pending.id)"),
            (failed, nil, "chargeNotRefundable \(failed.id)"),
        ]
        for (charge, amount, expected) in rows {
            #expect(refusal { () throws(PaymentRefusal) in try create(charge, amount) } == expected)
        }
    }

    @Test("create: takes it from the balance at once, and asks the network")
    func create() throws {
        let before = Fixture.captured().charge
        let (refund, charge, change, advice) = try create(
            before, 4_00, metadata: Metadata([.init(key: "a", value: "1")]))
        #expect(refund.status == .pending)
        #expect(refund.amount == Money(4_00, .usd))
        #expect(refund.charge == before.id)
        #expect(refund.paymentIntent == before.paymentIntent)
        #expect(refund.reason == "duplicate")
        #expect(refund.metadata["a"] == "1")
        #expect(refund.reference == Self.reference)
        #expect(charge.amountRefunded == 4_00)
        #expect(charge.amountRefundable == 6_00)
        #expect(change.moves == ["refund: available → clearing/card 400"])
        #expect(
            change.rows == [
                "insert balance_transaction", "insert refund", "update charge", "insert network_advice",
            ])
        #expect(change.versions == ["charge 2"])
        #expect(change.told == ["refund.created", "charge.refunded"])
        #expect(change.events[1].previousDocument == before.document)
        let line = try #require(try change.inserted(BalanceTransaction.self).first)
        #expect(line.id == refund.balanceTransaction)
        #expect(line.amount == Money(-4_00, .usd))
        #expect(line.net == -4_00, "the fee of the charge is kept")
        #expect(line.availableOn == now)
        #expect(line.source == refund.id.text)
        #expect(advice.operation == .refund)
        #expect(advice.refund == refund.id)
        #expect(advice.reference == Self.reference)
        #expect(advice.amount == Money(4_00, .usd))
        #expect(advice.attempts == 1, "the request makes the first try itself")
        #expect(advice.dueAt == now.adding(milliseconds: 15_000))
        #expect(try change.inserted(NetworkAdvice.self) == [advice])
        #expect(try change.inserted(Refund.self) == [refund])
    }

    @Test("create: several parts make the whole")
    func parts() throws {
        var charge = Fixture.captured().charge
        for (number, amount) in [Int64?(3_00), 3_00, nil].enumerated() {
            charge = try create(charge, amount, seed: UInt64(number)).1
        }
        #expect(charge.amountRefundable == 0)
        #expect(charge.amountRefunded == 10_00)
    }

    @Test("create: an amount below one is a programmer's error")
    func nothing() async {
        await #expect(processExitsWith: .failure) {
            _ = try RefundDecision.create(
                Fixture.captured().charge, amount: 0, reason: nil, metadata: Metadata(),
                reference: RefundDecisionTests.reference, Fixture.context())
        }
    }

    // MARK: Succeed and fail

    @Test(
        "succeed: a pending refund, and no other",
        arguments: [
            (Refund.Status.pending, true), (.succeeded, false), (.failed, false), (.canceled, false),
        ])
    func succeed(status: Refund.Status, changes: Bool) throws {
        var refund = try create(Fixture.captured().charge, nil).0
        refund.status = status
        let (after, change) = RefundDecision.succeed(refund, Fixture.context())
        #expect(after.status == (changes ? .succeeded : status))
        #expect(change.rows == (changes ? ["update refund"] : []))
        #expect(change.versions == (changes ? ["refund 1"] : []))
        #expect(change.told == (changes ? ["refund.updated", "charge.refund.updated"] : []))
        #expect(change.moves.isEmpty)
    }

    @Test(
        "fail: brings the money of a pending or succeeded refund back, once",
        arguments: [
            (Refund.Status.pending, true), (.succeeded, true), (.failed, false), (.canceled, false),
        ])
    func fail(status: Refund.Status, changes: Bool) throws {
        var (refund, charge, _, _) = try create(Fixture.captured().charge, 4_00)
        refund.status = status
        let (after, change) = RefundDecision.fail(refund, charge, reason: "declined", Fixture.context(seed: 5))
        guard changes else {
            #expect(after == refund)
            #expect(change.rows.isEmpty)
            #expect(change.moves.isEmpty)
            return
        }
        #expect(after.status == .failed)
        #expect(after.failureReason == "declined")
        #expect(change.moves == ["refund_failure: clearing/card → available 400"])
        #expect(change.rows == ["insert balance_transaction", "update refund", "update charge"])
        #expect(change.versions == ["refund 1", "charge 3"])
        #expect(change.told == ["refund.failed", "charge.refund.updated"])
        let line = try #require(try change.inserted(BalanceTransaction.self).first)
        #expect(line.id == after.failureBalanceTransaction)
        #expect(line.type == .refundFailure)
        #expect(line.net == 4_00)
        charge = try Charge(row: .init(try #require(change.writes.last).values))
        #expect(charge.amountRefundable == 10_00, "it can be refunded again")
    }

    @Test("update: the metadata only, and tells what it was")
    func update() throws {
        let refund = try create(Fixture.captured().charge, nil).0
        let (after, change) = try RefundDecision.update(
            refund, metadata: .merge([.init(key: "a", value: "1")]), Fixture.context())
        #expect(after.metadata["a"] == "1")
        #expect(change.told == ["refund.updated"])
        #expect(change.events[0].previousDocument == refund.document)
        let many = (0...Metadata.entriesMax).map { Metadata.Entry(key: "k\($0)", value: "v") }
        #expect(
            refusal { () throws(PaymentRefusal) in
                try RefundDecision.update(refund, metadata: .merge(many), Fixture.context())
            } == "tooMuchMetadata")
    }
}

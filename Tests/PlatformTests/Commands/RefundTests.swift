import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Refunding")
struct RefundTests {
    @Test("takes the money, tells the network, and answers that it succeeded")
    func succeeds() async throws {
        let world = try await World(.approved, .approved)
        let payment = try await world.pay()
        let reply = try await world.refund(payment, 4_00, key: "key-1")
        #expect(reply.line == "200 succeeded")
        #expect(try await world.idempotency("key-1")?.reply == reply)
        #expect(await world.rail.lines == ["purchase 10.00 USD", "refund 4.00 USD"])
        let (sent, charge) = (await world.rail.requests[1], try await world.charge(of: payment))
        let refund = try await world.stored(Refund.self, reply.id)
        #expect(sent.reference == refund.reference)
        #expect(sent.original == OriginalMessage(operation: .purchase, reference: charge.network.reference))
        #expect(sent.card.cvc == nil)
        #expect(try await world.balances()["available"] == -4_00)
        #expect(try await world.balances()["clearing/card"] == -6_00)
        #expect(try await world.count("network_advice") == 0)
        #expect(
            try await world.events().suffix(4).map(\.type) == [
                "refund.created", "charge.refunded", "refund.updated", "charge.refund.updated",
            ])
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that the network declines gives the money back to the merchant")
    func declined() async throws {
        let world = try await World(.approved, .declined)
        let payment = try await world.pay()
        let reply = try await world.refund(payment)
        #expect(reply.line == "200 failed")
        #expect(try await world.stored(Refund.self, reply.id).failureReason == "declined")
        #expect(try await world.charge(of: payment).amountRefunded == 0)
        #expect(try await world.balances()["available"] == nil)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that the network does not answer stays pending, and is sent until it does")
    func pending() async throws {
        let world = try await World(.approved, .silent, .approved)
        let payment = try await world.pay()
        let reply = try await world.refund(payment)
        #expect(reply.line == "200 pending")
        #expect(try await world.all(NetworkAdvice.self).map(\.attempts) == [2])
        world.clock.advance(milliseconds: 2_000)
        try await world.deliverDue()
        #expect(try await world.stored(Refund.self, reply.id).status == .succeeded)
        #expect(await world.rail.lines.suffix(2) == ["refund 10.00 USD", "refund 10.00 USD again"])
        #expect(try await world.count("network_advice") == 0)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that comes back later fails once, and can be refunded again")
    func returned() async throws {
        let world = try await World(.approved, .approved, .approved)
        let payment = try await world.pay()
        let reply = try await world.refund(payment)
        let reference = try await world.stored(Refund.self, reply.id).reference
        try await world.platform.refundReturned(reference)
        try await world.platform.refundReturned(reference)
        let refund = try await world.stored(Refund.self, reply.id)
        #expect(refund.status == .failed)
        #expect(refund.failureReason == "unknown")
        #expect(try await world.events().filter { $0.type == "refund.failed" }.count == 1)
        #expect(try await world.balances()["available"] == nil)
        #expect(try await world.refund(payment).line == "200 succeeded")
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that is returned while it is pending is not taken for succeeded afterwards")
    func returnedWhilePending() async throws {
        let world = try await World(.approved, .silent, .approved)
        let reply = try await world.refund(try await world.pay())
        try await world.platform.refundReturned(try await world.stored(Refund.self, reply.id).reference)
        world.clock.advance(milliseconds: 2_000)
        try await world.deliverDue()
        #expect(try await world.stored(Refund.self, reply.id).status == .failed)
        #expect(try await world.count("network_advice") == 0)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that comes back many times at once fails once")
    func returnedAtOnce() async {
        await #expect(processExitsWith: .success) {
            for _ in 1...10 { try await RefundTests().returnAtOnce() }
        }
    }

    func returnAtOnce() async throws {
        let world = try await World(.approved, .approved)
        let payment = try await world.pay()
        let reply = try await world.refund(payment)
        let reference = try await world.stored(Refund.self, reply.id).reference
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try? await world.platform.refundReturned(reference) } }
        }
        #expect(try await world.charge(of: payment).amountRefunded == 0)
        #expect(try await world.events().filter { $0.type == "refund.failed" }.count == 1)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("a return of something unknown changes nothing")
    func unknownReturn() async throws {
        let world = try await World()
        let commits = world.store.statistics.commits
        try await world.platform.refundReturned(
            NetworkReference(transmittedAt: World.start, traceNumber: 1, retrievalReference: "000000000000"))
        #expect(world.store.statistics.commits == commits)
        await world.close()
    }

    @Test("what is not paid, too much, or given back already is refused")
    func refusals() async throws {
        let world = try await World(.approved, .approved)
        let open = try await world.openIntent()
        let payment = try await world.pay()
        let unpaid = RefundTarget.intent(open.id)
        #expect(await refusal { try await world.refund(unpaid, nil) } == "unexpectedState requires_confirmation refund")
        let intent = RefundTarget.intent(PaymentIntentID(payment.id))
        #expect(await refusal { try await world.refund(intent, 10_01) } == "refundTooLarge")
        #expect(
            await refusal { try await world.refund(.intent(PaymentIntentID("pi_no")), 1) }
                == "noSuch payment_intent pi_no payment_intent")
        #expect(await refusal { try await world.refund(.charge(ChargeID("ch_no")), 1) } == "noSuch charge ch_no charge")
        _ = try await world.refund(payment)
        #expect(await refusal { try await world.refund(intent, nil) } == "chargeAlreadyRefunded")
        #expect(try await world.count("refund") == 1)
        await world.close()
    }

    @Test("of the whole ten times at once gives it back once")
    func concurrent() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        let payment = try await world.pay()
        let results = await withTaskGroup(of: String.self) { group in
            for _ in 0..<10 {
                group.addTask { await refusal { _ = try await world.refund(payment) } ?? "refunded" }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 == "refunded" }.count == 1)
        #expect(Set(results) == ["refunded", "chargeAlreadyRefunded"])
        #expect(try await world.charge(of: payment).amountRefunded == 10_00)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("by a request that a crash cut off has made its refund, which can be told")
    func orphaned() async throws {
        let world = try await World(.approved, .approved)
        let crashed = Locked<World?>(nil)
        let payment = try await world.pay()
        await world.rail.whenAsked { _ in
            let copy = try await world.crashed(.approved)
            crashed.withLock { $0 = copy }
        }
        _ = try await world.refund(payment, key: "key-1")
        // The answer waits for the network only so long.
        while crashed.withLock({ $0 == nil }) { await Task.yield() }
        let after = try #require(crashed.withLock { $0 })
        let stored = try #require(try await after.idempotency("key-1"))
        #expect(stored.reply == nil)
        #expect(try await after.platform.orphanedRefund(stored.claim)?.status == .pending)
        try await after.deliverDue()
        #expect(await after.rail.requests.isEmpty, "the first message may be under way still")
        after.clock.advance(milliseconds: 15_000)
        try await after.deliverDue()
        #expect(await after.rail.lines == ["refund 10.00 USD again"])
        #expect(try await after.platform.orphanedRefund(stored.claim)?.status == .succeeded)
        #expect(try await after.findings().isEmpty)
        await after.close()
        await world.close()
    }
}

extension World {
    fileprivate func refund(_ target: RefundTarget, _ amount: Int64?) async throws {
        _ = try await platform.createRefund(
            of: target, amount: amount, reason: nil, metadata: Metadata(), context(), reply: { render($0) })
    }
}

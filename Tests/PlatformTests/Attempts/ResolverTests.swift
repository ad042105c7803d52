import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("What to do about silence")
struct AttemptResolutionTests {
    @Test("ask twice, first soon and then later, and reverse")
    func steps() {
        var resolution = AttemptResolution()
        #expect(resolution.next(ageMs: 0) == .ask(afterMs: 250))
        resolution.heardNothing()
        #expect(resolution.next(ageMs: 5_000) == .ask(afterMs: 1_000))
        resolution.heardNothing()
        #expect(resolution.next(ageMs: 5_000) == .reverse)
        #expect(resolution.repeats == 2)
    }

    @Test(
        "an attempt older than a minute is reversed without being asked for",
        arguments: [
            (Int64(60_000), AttemptResolution.Step.ask(afterMs: 250)), (60_001, .reverse), (.max, .reverse),
        ])
    func old(age: Int64, step: AttemptResolution.Step) {
        #expect(AttemptResolution().next(ageMs: age) == step)
    }
}

@Suite("An attempt whose outcome is unknown")
struct ResolverTests {
    @Test(
        "leaves the intent processing, answers so, and is handed to the resolver",
        arguments: [
            CardOutcome.UnknownReason.timeout, .disconnected, .garbledAnswer,
        ])
    func processing(reason: CardOutcome.UnknownReason) async throws {
        let world = try await World(.unknown(reason))
        let reply = try await world.pay(key: "key-1")
        #expect(reply.line == "200 processing")
        #expect(try await world.idempotency("key-1")?.reply == reply)
        let charge = try await world.charge(of: reply)
        #expect(charge.status == .pending)
        #expect(world.platform.background.takeAttempts() == [charge.key])
        #expect(try await world.balances().isEmpty)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("is asked for again with the same reference and content but the code, and booked once when approved")
    func approved() async throws {
        let world = try await World(.silent, .approved)
        let reply = try await world.pay(key: "key-1")
        try await world.resolveAll()
        let requests = await world.rail.requests
        try #require(requests.count == 2)
        #expect(requests[1].isRepeat)
        #expect(requests[1].reference == requests[0].reference)
        #expect(requests[1].operation == requests[0].operation)
        #expect(requests[1].amount == requests[0].amount)
        #expect(requests[1].card.vaultToken == requests[0].card.vaultToken)
        #expect(requests[0].card.cvc != nil && requests[1].card.cvc == nil, "it was never stored")
        #expect(try await world.intent(reply).status == .succeeded)
        #expect(try await world.balances()["clearing/card"] == -10_00)
        let event = try #require(try await world.events().last)
        #expect(event.type == "payment_intent.succeeded")
        #expect(event.idempotencyKey == "key-1", "the request's that made the attempt")
        #expect(event.requestID == nil)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("is declined by the answer to the repeat")
    func declined() async throws {
        let world = try await World(.silent, .declined)
        let reply = try await world.pay()
        try await world.resolveAll()
        let intent = try await world.intent(reply)
        #expect(intent.status == .requiresPaymentMethod)
        #expect(intent.lastError?.declineCode == "insufficient_funds")
        #expect(try await world.count("network_advice") == 0)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("is reversed after lasting silence, and the reversal is sent until it is answered")
    func reversed() async throws {
        let world = try await World(
            .silent, .silent, .notSent(.circuitOpen), .silent, .notSent(.noConnection), .approved)
        let reply = try await world.pay()
        try await world.resolveAll()
        #expect(try await world.intent(reply).lastError?.code == "processing_error")
        let charge = try await world.charge(of: reply)
        for attempts in Int64(0)...2 {
            let advice = try #require(try await world.all(NetworkAdvice.self).first)
            #expect(advice.attempts == attempts)
            #expect(advice.reference == charge.network.reference)
            if attempts > 0 { #expect(advice.dueAt == world.clock.now.adding(milliseconds: 1_000 << (attempts - 1))) }
            world.clock.advance(milliseconds: advice.dueAt.milliseconds - world.clock.now.milliseconds)
            try await world.deliverDue()
        }
        #expect(try await world.count("network_advice") == 0)
        #expect(
            await world.rail.lines == [
                "purchase 10.00 USD", "purchase 10.00 USD again", "purchase 10.00 USD again", "reversal 10.00 USD",
                "reversal 10.00 USD again", "reversal 10.00 USD again",
            ])
        let reversals = await world.rail.requests.suffix(3)
        for reversal in reversals {
            #expect(reversal.reference == charge.network.reference)
            #expect(reversal.original == OriginalMessage(operation: .purchase, reference: charge.network.reference))
        }
        #expect(try await world.balances().isEmpty)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("of an hour ago is reversed without being asked for")
    func old() async throws {
        let world = try await World(.silent)
        let reply = try await world.pay()
        world.clock.advance(milliseconds: 3_600_000)
        try await world.resolveAll()
        #expect(await world.rail.requests.count == 1)
        #expect(try await world.intent(reply).status == .requiresPaymentMethod)
        #expect(try await world.all(NetworkAdvice.self).map(\.operation) == [.reversal])
        await world.close()
    }

    @Test("that was settled meanwhile, or never was, needs nothing")
    func settled() async throws {
        let world = try await World(.approved)
        let charge = try await world.charge(of: try await world.pay())
        let commits = world.store.statistics.commits
        try await world.platform.resolve(charge.key)
        try await world.platform.resolve([.integer(1), .text("ch_never")])
        #expect(world.store.statistics.commits == commits)
        #expect(await world.rail.requests.count == 1)
        await world.close()
    }

    @Test("is resolved once when two resolvers hear the answer")
    func twoResolvers() async throws {
        let world = try await World(.silent, .approved, .approved)
        let reply = try await world.pay()
        let key = try await world.charge(of: reply).key
        async let first: Void = world.platform.resolve(key)
        async let second: Void = world.platform.resolve(key)
        _ = try await (first, second)
        #expect(try await world.count("balance_transaction") == 1)
        #expect(try await world.events().filter { $0.type == "charge.succeeded" }.count == 1)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("leaves a method spent that paid for something else meanwhile")
    func methodSpentMeanwhile() async throws {
        let world = try await World(.silent, .approved, .declined)
        let method = try await world.makeMethod()
        try await world.pay(with: Ask.existing(method))
        let paid = try await world.pay(with: Ask.existing(method))
        #expect(paid.line == "200 succeeded")
        #expect(try await world.stored(PaymentMethod.self, method.id.text).isSpent)
        try await world.resolveAll()
        let after = try await world.stored(PaymentMethod.self, method.id.text)
        #expect(after.isSpent)
        await world.close()
    }

    // MARK: After a crash

    @Test("by a crash between the two commits is resolved by the next process, and its request can be answered")
    func crash() async throws {
        let world = try await World(.approved)
        let crashed = Locked<World?>(nil)
        await world.rail.whenAsked { _ in
            let copy = try await world.crashed(.approved)
            crashed.withLock { $0 = copy }
        }
        try await world.pay(key: "key-1")
        let after = try #require(crashed.withLock { $0 })

        let key = try #require(try await after.idempotency("key-1"))
        #expect(key.reply == nil)
        #expect(try await after.platform.orphanedOutcome(key.claim) == nil, "not known yet")
        let charge = try #require(try await after.all(Charge.self).first)
        #expect(charge.status == .pending)
        try await after.platform.resolve(charge.key)
        #expect(await after.rail.lines == ["purchase 10.00 USD again"])
        #expect(await after.rail.requests.first?.reference == world.rail.requests.first?.reference)

        let outcome = try #require(try await after.platform.orphanedOutcome(key.claim))
        #expect(outcome.intent.status == .succeeded)
        #expect(outcome.failure == nil)
        let answer = render(outcome)
        try await after.platform.keep(answer, for: key.claim)
        try await after.platform.keep(IdempotentReply(status: 500, body: []), for: key.claim)
        #expect(try await after.idempotency("key-1")?.reply == answer, "the first answer stays")
        #expect(try await after.findings().isEmpty)
        await after.close()
        await world.close()
    }

    @Test("by a crash before the second commit, and silence: reversed, and the request is told of the failure")
    func crashAndSilence() async throws {
        let world = try await World(.approved)
        let crashed = Locked<World?>(nil)
        await world.rail.whenAsked { _ in
            let copy = try await world.crashed()
            crashed.withLock { $0 = copy }
        }
        try await world.pay(key: "key-1")
        let after = try #require(crashed.withLock { $0 })
        after.clock.advance(milliseconds: 120_000)
        let charge = try #require(try await after.all(Charge.self).first)
        try await after.platform.resolve(charge.key)
        let claim = try #require(try await after.idempotency("key-1")).claim
        let outcome = try #require(try await after.platform.orphanedOutcome(claim))
        #expect(outcome.failure?.code == "processing_error")
        #expect(try await after.all(NetworkAdvice.self).map(\.operation) == [.reversal])
        #expect(try await after.findings().isEmpty)
        await after.close()
        await world.close()
    }

    @Test("a claim that names no intent, or no object, has no outcome to tell")
    func otherClaims() async throws {
        let world = try await World()
        var claim = try #require(world.context(key: "key-1").claim)
        #expect(try await world.platform.orphanedOutcome(claim) == nil)
        #expect(try await world.platform.orphanedRefund(claim) == nil)
        claim.objectID = "re_1"
        #expect(try await world.platform.orphanedOutcome(claim) == nil)
        claim.objectID = "pi_1"
        #expect(try await world.platform.orphanedRefund(claim) == nil)
        await world.close()
    }
}

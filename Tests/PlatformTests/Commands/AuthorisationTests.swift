import Core
import Money
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Authorisations")
struct AuthorisationTests {
    private let manual = Ask.intent(Money(10_00, .usd), .manual)

    private func capture(_ world: World, _ id: String, _ amount: Int64? = nil) async throws -> IdempotentReply {
        try await world.platform.captureIntent(
            PaymentIntentID(id), amount: amount, metadata: nil, statementDescriptor: nil, world.context(),
            reply: { render($0) })
    }

    private func cancel(_ world: World, _ id: String) async throws -> IdempotentReply {
        try await world.platform.cancelIntent(
            PaymentIntentID(id), reason: "duplicate", world.context(), reply: { render($0) })
    }

    private func increment(_ world: World, _ id: String, to amount: Int64) async throws -> IdempotentReply {
        try await world.platform.incrementAuthorisation(
            PaymentIntentID(id), amount: amount, description: nil, metadata: nil, world.context(),
            reply: { render($0) })
    }

    @Test("are captured at once, and the network learns of it from a row that is sent until it is answered")
    func capture() async throws {
        let world = try await World(.approved, .silent, .approved)
        let reply = try await world.pay(manual)
        #expect(reply.line == "200 requires_capture")
        #expect(try await world.balances() == ["authorised": -10_00, "authorised/held": 10_00])
        #expect(try await capture(world, reply.id, 7_00).line == "200 succeeded")
        #expect(try await world.balances() == ["clearing/card": -7_00, "pending/2026-09-23": 6_50, "fees": 50])
        try await world.deliverDue()
        world.clock.advance(milliseconds: 1_000)
        try await world.deliverDue()
        #expect(
            await world.rail.lines == [
                "authorisation 10.00 USD", "capture 7.00 USD", "capture 7.00 USD again",
            ])
        #expect(try await world.count("network_advice") == 0)
        #expect(await refusal { _ = try await capture(world, reply.id) } == "unexpectedState succeeded capture")
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that are canceled release what they held, and are reversed")
    func cancel() async throws {
        let world = try await World(.approved, .approved)
        let reply = try await world.pay(manual)
        #expect(try await cancel(world, reply.id).line == "200 canceled")
        #expect(try await world.balances().isEmpty)
        try await world.deliverDue()
        #expect(await world.rail.lines == ["authorisation 10.00 USD", "reversal 10.00 USD"])
        #expect(try await world.charge(of: reply).isReleased)
        #expect(await refusal { _ = try await cancel(world, reply.id) } == "unexpectedState canceled cancel")
        #expect(await refusal { _ = try await capture(world, reply.id) } == "unexpectedState canceled capture")
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("are captured or canceled, never both, when both are asked for at once", arguments: 1...8)
    func race(round: Int) async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        let reply = try await world.pay(manual)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<6 {
                group.addTask {
                    await refusal {
                        _ = number % 2 == 0 ? try await capture(world, reply.id) : try await cancel(world, reply.id)
                    } == nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 1)
        #expect(try await world.count("network_advice") == 1)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("are raised after the network agreed to the whole amount")
    func increment() async throws {
        let world = try await World(.approved, .approved)
        let reply = try await world.pay(manual)
        #expect(try await increment(world, reply.id, to: 15_00).line == "200 requires_capture")
        #expect(await world.rail.lines == ["authorisation 10.00 USD", "incrementalAuthorisation 15.00 USD"])
        let charge = try await world.charge(of: reply)
        let asked = await world.rail.requests[1]
        #expect(asked.original == OriginalMessage(operation: .authorisation, reference: charge.network.reference))
        #expect(asked.reference != charge.network.reference)
        #expect(try await world.intent(reply).amountCapturable == 15_00)
        #expect(try await world.balances()["authorised/held"] == 15_00)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test(
        "stay as they were when the network does not agree to raise them, or says nothing",
        arguments: [
            (CardOutcome.declined, "cardRefused card_declined"), (.silent, "cardRefused processing_error"),
            (.notSent(.circuitOpen), "cardRefused processing_error"),
        ])
    func incrementRefused(outcome: CardOutcome, expected: String) async throws {
        let world = try await World(.approved, outcome)
        let reply = try await world.pay(manual)
        #expect(await refusal { _ = try await increment(world, reply.id, to: 15_00) } == expected)
        #expect(await refusal { _ = try await increment(world, reply.id, to: 10_00) } == "incrementTooSmall")
        #expect(try await world.intent(reply).amountCapturable == 10_00)
        #expect(try await world.balances()["authorised/held"] == 10_00)
        #expect(await world.rail.requests.count == 2, "a refusal of ours is not asked for")
        #expect(try await world.findings().isEmpty)
        await world.close()
    }
}

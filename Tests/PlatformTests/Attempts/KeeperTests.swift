import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("An attempt between its two commits")
struct KeeperTests {
    private static let blocked = RiskAssessment(level: .highest, score: 95, isBlocked: true)

    @Test("that was stopped by its risk is not sent by whoever finds it after a crash")
    func stopped() async throws {
        let world = try await World(.silent)
        let reply = try await world.pay()
        let folder = world.folder
        await world.close()
        // The same record, as a process finds it whose policy stops this card.
        let after = try await World(in: folder, risk: Self.blocked)
        try await after.platform.resolve(try await after.charge(of: reply).key)
        #expect(await after.rail.lines.isEmpty)
        let charge = try await after.charge(of: reply)
        #expect(charge.status == .failed && charge.outcome?.networkStatus == "not_sent_to_network")
        #expect(try await after.all(NetworkAdvice.self).isEmpty, "nothing is held, so nothing is reversed")
        await after.close()
    }

    @Test("is finished by its keeper alone, until somebody has taken it over")
    func foreign() async throws {
        let world = try await World(.silent, .approved)
        let reply = try await world.pay()
        var charge = try await world.charge(of: reply)
        charge.network.keeper = "9#9"
        var change = Change()
        change.update(&charge)
        _ = try await world.store.commit(change)

        try await world.platform.resolve(charge.key)
        #expect(await world.rail.requests.count == 1, "it is another's to ask for")
        #expect(try await world.platform.takeOver(charge))
        #expect(try await world.charge(of: reply).network.keeper == world.platform.seat.keeper)
        charge.network.keeper = "8#8"
        #expect(try await !world.platform.takeOver(charge), "it is not as it was read")
        try await world.platform.resolve(charge.key)
        #expect(try await world.intent(reply).status == .succeeded)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("whose approval comes when another process has settled it as failed is given back")
    func late() async throws {
        let world = try await World(.silent, .approved)
        let reply = try await world.pay()
        let key = try await world.charge(of: reply).key
        await world.rail.whenAsked { _ in
            let pending = try await world.charge(of: reply)
            guard let attempt = try await world.platform.load(pending) else { return }
            let change = AttemptDecision.settle(
                attempt, .notSent, risk: .normal, fundsAtOnce: false, world.platform.ownDecision(world.merchant)
            ).1
            _ = try await world.store.commit(change)
        }
        try await world.platform.resolve(key)
        let advices = try await world.all(NetworkAdvice.self)
        #expect(advices.map(\.operation) == [.reversal])
        #expect(advices.first?.reference == (try await world.charge(of: reply)).network.reference)
        #expect(try await world.charge(of: reply).status == .failed)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("has a reference that no earlier owner of its seat can have given")
    func otherSeat() async throws {
        let world = try await World()
        let seat = try await Seat.take(nil, in: world.store, leaseMs: 60_000, world.platform.environment)
        let references = NetworkReferences(world.platform.environment, seat)
        _ = try references.next(at: world.clock.now)
        world.clock.advance(milliseconds: 20 * 60_000)
        seat.use(Seat.Place(share: 7, keeper: "7#2", lease: nil, validUntil: nil))
        let moved = try references.next(at: world.clock.now)
        // Whoever takes the seat at this moment begins at the same count: behind all that its last owner gave.
        let fresh = try NetworkReferences(world.platform.environment, seat).next(at: world.clock.now)
        #expect(moved == fresh)
        #expect(moved.traceNumber / NetworkReferences.traceNumbers == 7)
        await world.close()
    }
}

import Core
import Logging
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Leases")
struct LeaseTests {
    private func taker(_ owner: String, _ store: Store, lifetimeMs: Int64 = 60_000) -> LeaseTaker {
        LeaseTaker(store: store, owner: owner, lifetimeMs: lifetimeMs)
    }

    /// Tries until another's lease is over.
    private func takeOver(_ taker: LeaseTaker, _ name: String) async throws -> LeaseTaker.Held {
        while true {
            if let held = try await taker.take(name) { return held }
        }
    }

    @Test("keep their epoch while they are renewed, and get the next when they change hands")
    func epochs() async throws {
        let world = try await World()
        let first = taker("first", world.store, lifetimeMs: 80)
        for _ in 1...3 { #expect(try await first.take("duty/x")?.lease.version == 1) }
        let second = try await takeOver(taker("second", world.store), "duty/x")
        #expect(second.lease.version == 2)
        #expect(second.lease.owner == "second")
        await world.close()
    }

    @Test("in a folder of one process's own need no clock, and are there for good")
    func exclusive() async throws {
        let world = try await World()
        let held = try #require(try await taker("first", world.store).take("duty/x"))
        #expect((held.validUntil == nil) == world.store.isExclusive)
        #expect(world.store.isExclusive == !TestDatabase.isUsed)
        let next = try await taker("second", world.store).take("duty/x")
        // Whoever has the folder is the only one: the last process is gone.
        #expect(next?.lease.version == (world.store.isExclusive ? 2 : nil))
        await world.close()
    }

    @Test("of several that ask at once go to one", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func race() async throws {
        let world = try await World()
        for round in 1...5 {
            let winners = try await withThrowingTaskGroup(of: LeaseTaker.Held?.self) { group in
                for number in 1...8 {
                    let taker = taker("owner \(number)", world.store)
                    group.addTask { try await taker.take("duty/\(round)") }
                }
                return try await group.reduce(into: []) { if let held = $1 { $0.append(held) } }
            }
            #expect(winners.count == 1)
        }
        await world.close()
    }

    @Test("a process that slept past the end of its lease writes nothing any more")
    func fencing() async throws {
        let world = try await World()
        let slow = try #require(try await taker("slow", world.store, lifetimeMs: 50).take("duty/x"))
        let customer = try await world.makeCustomer()
        let platform = world.platform
        let write = { @Sendable (name: String) async throws in
            try await platform.performOwn {
                var changed = try await world.stored(Customer.self, customer.id.text)
                changed.name = name
                var change = Change()
                change.update(&changed)
                return change
            }
        }
        // The lease is over, but nobody else has come: what it writes is still the only one's.
        try await Fencing.under(Fence(requirement: slow.lease.fence)) { try await write("in time") }
        let quick = try await takeOver(taker("quick", world.store), "duty/x")
        await #expect(throws: LeaseLost.self) {
            try await Fencing.under(Fence(requirement: slow.lease.fence)) { try await write("late") }
        }
        #expect(try await world.stored(Customer.self, customer.id.text).name == "in time")
        try await Fencing.under(Fence(requirement: quick.lease.fence)) { try await write("new") }
        try await write("nobody's duty")
        try await Fencing.under(Fence(requirement: nil)) { try await write("alone") }
        #expect(try await world.stored(Customer.self, customer.id.text).name == "alone")
        await world.close()
    }

    // MARK: Duties

    private func leases(_ world: World, _ duties: [Duty], lifetimeMs: Int64 = 60_000) async throws -> Leases {
        let seat = try await Seat.take(nil, in: world.store, leaseMs: 60_000, .live)
        return Leases(
            store: world.store, seat: seat, duties: duties, lifetimeMs: lifetimeMs,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test(
        "a duty is one process's until that gives it back", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func duties() async throws {
        let world = try await World()
        let first = try await leases(world, [.attempts, .daily])
        let second = try await leases(world, Duty.allCases)
        #expect(first.fence(.attempts) == nil, "not asked for yet")
        #expect(await first.renewAll())
        #expect(await second.renewAll())
        #expect(first.fence(.attempts) != nil && second.fence(.attempts) == nil)
        #expect(first.fence(.webhooks) == nil, "none of its duties")
        #expect(second.fence(.webhooks) != nil && second.fence(.advices) != nil)
        #expect(await !first.renewAll(), "nothing new")
        #expect(await !second.renewAll())

        let stopping = Task { await first.run {} }
        stopping.cancel()
        await stopping.value
        #expect(first.fence(.attempts) == nil)
        #expect(await second.renewAll())
        for duty in Duty.allCases { #expect(second.fence(duty)?.requirement != nil) }
        await world.close()
    }

    @Test(
        "a duty that was not renewed in time counts as lost", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly)
    )
    func lostDuty() async throws {
        let world = try await World()
        let first = try await leases(world, [.daily], lifetimeMs: 50)
        #expect(await first.renewAll())
        while first.fence(.daily) != nil { try await world.store.confirm() }
        let second = try await leases(world, [.daily])
        while await !second.renewAll() {}
        #expect(second.fence(.daily) != nil)
        #expect(await !first.renewAll())
        #expect(first.fence(.daily) == nil)
        await world.close()
    }

    @Test("alone in its folder, a process has every duty of its roles", .enabled(if: !TestDatabase.isUsed, "on SQLite"))
    func alone() async throws {
        let world = try await World()
        let leases = try await leases(world, [.daily])
        #expect(leases.fence(.daily).map { $0.requirement == nil } == true)
        #expect(leases.fence(.webhooks) == nil)
        await world.close()
    }
}

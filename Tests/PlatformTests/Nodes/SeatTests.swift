import Core
import Logging
import Payments
import Storage
import Testing

@testable import Platform

@Suite("The seats of processes")
struct SeatTests {
    private let environment = Environment.live
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test(
        "are different for processes that share a database, and so are their references to the network",
        .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func different() async throws {
        let world = try await World()
        var seats: [Seat] = []
        for _ in 0..<Seat.seatsMax {
            seats.append(try await Seat.take(nil, in: world.store, leaseMs: 60_000, environment))
        }
        #expect(try seats.map { try $0.place().share } == Array(0..<Seat.seatsMax))
        #expect(seats.map(\.keeper) == (0..<Seat.seatsMax).map { "\($0)#1" })
        #expect(Set(seats.map(\.owner)).count == Seat.seatsMax)
        #expect(try await world.store.read { try await $0.keepers() } == Set(seats.map(\.keeper)))
        let references = try seats.map {
            try NetworkReferences(world.clock.environment(), $0).next(at: world.clock.now)
        }
        #expect(Set(references.map(\.traceNumber)).count == Seat.seatsMax)
        #expect(Set(references.map(\.retrievalReference)).count == Seat.seatsMax)

        let error = await #expect(throws: SeatTaken.self) {
            try await Seat.take(nil, in: world.store, leaseMs: 50, environment)
        }
        #expect(error?.description == "All 10 nodes of this installation are running. Stop one first.")
        await world.close()
    }

    @Test(
        "one that another process has is refused, once that had time to leave it",
        .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func taken() async throws {
        let world = try await World()
        let first = try await Seat.take(4, in: world.store, leaseMs: 60_000, environment)
        #expect(first.keeper == "4#1")
        let error = await #expect(throws: SeatTaken.self) {
            try await Seat.take(4, in: world.store, leaseMs: 50, environment)
        }
        #expect(error?.number == 4)
        #expect(error?.description.contains("runs as node 4") == true)
        #expect(try first.place().share == 4)
        await world.close()
    }

    @Test(
        "one whose process was killed is taken over, and its old keeper lives no more",
        .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func killed() async throws {
        let world = try await World()
        let killed = try await Seat.take(0, in: world.store, leaseMs: 60, environment)
        let references = NetworkReferences(environment, killed)
        let heir = try await Seat.take(0, in: world.store, leaseMs: 500, environment)
        #expect(heir.keeper == "0#2")
        #expect(killed.keeper == "0#1")
        #expect(throws: PlatformError.self) { try killed.place() }
        #expect(throws: PlatformError.self) { try references.next(at: world.clock.now) }
        await world.close()
    }

    @Test(
        "one that was left in order is free at once",
        .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly), .timeLimit(.minutes(1)))
    func left() async throws {
        let world = try await World()
        let first = try await Seat.take(7, in: world.store, leaseMs: 60_000, environment)
        let leases = Leases(store: world.store, seat: first, duties: [], lifetimeMs: 60_000, logger: logger)
        let running = Task { await leases.run {} }
        running.cancel()
        await running.value
        #expect(try await world.store.read { try await $0.keepers() }.isEmpty)
        #expect(try await Seat.take(7, in: world.store, leaseMs: 60_000, environment).keeper == "7#2")
        await world.close()
    }

    @Test(
        "a process whose seat was taken meanwhile takes another",
        .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func moved() async throws {
        let world = try await World()
        let slept = try await Seat.take(0, in: world.store, leaseMs: 60, environment)
        _ = try await Seat.take(0, in: world.store, leaseMs: 60_000, environment)
        let leases = Leases(store: world.store, seat: slept, duties: [], lifetimeMs: 60_000, logger: logger)
        _ = await leases.renewAll()
        #expect(slept.keeper == "1#1")
        #expect(try slept.place().share == 1)
        await world.close()
    }

    @Test(
        "alone in its folder, each process takes the next share, so that a restart repeats no reference",
        .enabled(if: !TestDatabase.isUsed, "on SQLite"))
    func turns() async throws {
        let world = try await World()
        var shares: [Int] = []
        for _ in 0..<12 {
            let seat = try await Seat.take(nil, in: world.store, leaseMs: 60_000, environment)
            shares.append(try seat.place().share)
        }
        #expect(shares == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2])
        await world.close()
    }

    @Test("that no other process can want is share 0 for ever")
    func alone() throws {
        #expect(try Seat.alone.place().share == 0)
        #expect(Seat.alone.keeper == "0#0")
        #expect(Seat.alone.lease == nil)
    }
}

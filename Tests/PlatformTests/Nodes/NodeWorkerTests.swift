import AsyncHTTPClient
import Core
import Logging
import Payments
import Storage
import Testing

@testable import Platform

/// Another process on a world's installation.
private struct Node {
    let world: World
    let store: Store
    let platform: Platform

    init(_ world: World, number: Int) async throws {
        self.world = world
        let environment = world.clock.environment(seed: Environment.live.randomWord())
        store = try await world.folder.openStore(environment)
        let seat = try await Seat.take(number, in: store, leaseMs: 60_000, environment)
        platform = Platform(
            store: store, vault: world.vault, rail: world.rail,
            policy: CardPolicy(assess: { _ in .normal }, fundsAtOnce: { _ in false }), environment: environment,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), seat: seat)
    }

    /// Begins a payment whose outcome it does not hear.
    func leaveAttempt() async throws -> Charge {
        await world.rail.expect([.silent])
        let reply = try await platform.createIntent(
            Ask.intent(), method: try Ask.typedCard(), confirmation: Confirmation(method: nil), world.context(),
            reply: { render($0) })
        #expect(reply.line == "200 processing")
        return try await world.charge(of: reply)
    }

    /// The process is killed, and the time runs out for which it is believed to live.
    func die() async throws {
        guard var lease = platform.seat.lease else { return }
        lease.expiresAt = Timestamp(milliseconds: 0)
        var change = Change(requires: [lease.fence])
        change.updateOwn(lease)
        _ = try await store.commit(change)
    }

    /// Works until the task is canceled.
    func work(_ client: HTTPClient) -> Task<Void, Never> {
        let workers = Workers(platform: platform, client: client) { _, _, _ in [] }
        return Task { await workers.run() }
    }
}

@Suite(
    "Attempts that a process left", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly), .timeLimit(.minutes(1)))
struct NodeWorkerTests {
    private func pending(_ world: World) async throws -> Set<String> {
        Set(try await world.all(Charge.self).filter { $0.status == .pending }.map(\.id.text))
    }

    @Test("are resolved by another once it is dead, and left to it while it lives")
    func abandoned() async throws {
        let world = try await World()
        let living = try await Node(world, number: 1)
        let dead = try await Node(world, number: 2)
        let worker = try await Node(world, number: 3)
        let kept = try await living.leaveAttempt()
        let left = try await dead.leaveAttempt()
        #expect(kept.network.keeper == "1#1" && left.network.keeper == "2#1")
        try await dead.die()
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        await world.rail.expect([.approved])
        let working = worker.work(client)
        while try await pending(world) != [kept.id.text] { try Task.checkCancellation() }
        working.cancel()
        await working.value
        let after = try await world.stored(Charge.self, left.id.text)
        #expect(after.status == .succeeded)
        let asked = await world.rail.requests.filter(\.isRepeat)
        #expect(asked.map(\.reference) == [left.network.reference])
        #expect(try await world.count("balance_transaction") == 1)
        #expect(try await world.findings().isEmpty)
        try await client.shutdown()
        for node in [living, dead, worker] { await node.store.close() }
        await world.close()
    }

    @Test("are resolved once each by those that work beside one another, also when one of them stops")
    func together() async throws {
        let world = try await World()
        let dead = try await Node(world, number: 0)
        var left: [String] = []
        for _ in 1...8 { left.append(try await dead.leaveAttempt().id.text) }
        try await dead.die()
        let nodes = [try await Node(world, number: 1), try await Node(world, number: 2)]
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        await world.rail.answerAlways(.approved)
        let working = nodes.map { $0.work(client) }
        while try await pending(world).count == left.count { try Task.checkCancellation() }
        working[0].cancel()
        await working[0].value
        while try await !pending(world).isEmpty { try Task.checkCancellation() }
        working[1].cancel()
        await working[1].value
        #expect(try await world.count("balance_transaction") == Int64(left.count))
        let succeeded = try await world.events().filter { $0.type == "charge.succeeded" }
        #expect(succeeded.map(\.objectID).sorted() == left.sorted())
        #expect(try await world.findings().isEmpty)
        try await client.shutdown()
        for node in nodes + [dead] { await node.store.close() }
        await world.close()
    }

    @Test("by a killed process are found when its seat has a new owner already")
    func sameSeat() async throws {
        let world = try await World()
        let dead = try await Node(world, number: 5)
        let left = try await dead.leaveAttempt()
        try await dead.die()
        let heir = try await Node(world, number: 5)
        #expect(heir.platform.seat.keeper == "5#2")
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        await world.rail.expect([.declined])
        let working = heir.work(client)
        while try await !pending(world).isEmpty { try Task.checkCancellation() }
        working.cancel()
        await working.value
        #expect(try await world.stored(Charge.self, left.id.text).failure?.declineCode == "insufficient_funds")
        for node in [dead, heir] { await node.store.close() }
        try await client.shutdown()
        await world.close()
    }
}

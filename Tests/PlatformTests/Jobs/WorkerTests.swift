import AsyncHTTPClient
import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("The workers")
struct WorkerTests {
    @Test("finish what a crash left, tell of it, and stop when they are asked to")
    func afterCrash() async throws {
        let world = try await World(.approved)
        let sink = try HTTPSink()
        _ = try await world.platform.createEndpoint(
            url: sink.url, enabledEvents: ["payment_intent.succeeded"], EndpointUpdate(), world.context(),
            reply: { render($0) })
        let crashed = Locked<World?>(nil)
        await world.rail.whenAsked { _ in
            let copy = try await world.crashed(.approved)
            crashed.withLock { $0 = copy }
        }
        let reply = try await world.pay()
        await world.close()

        let after = try #require(crashed.withLock { $0 })
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let workers = Workers(platform: after.platform, client: client) { event, _, _ in Array(event.objectID.utf8) }
        try await workers.recover()
        let running = Task { await workers.run() }
        let told = await sink.arrivals.first { _ in true }
        running.cancel()
        await running.value
        #expect(told == reply.id)
        #expect(try await after.intent(reply).status == .succeeded)
        #expect(await after.rail.lines == ["purchase 10.00 USD again"])
        #expect(try await after.findings().isEmpty)
        sink.close()
        try await client.shutdown()
        await after.close()
    }

    @Test(
        "take over what the last process left, and nothing that was settled",
        .enabled(if: !TestDatabase.isUsed, "with others beside it, a process leaves that to whoever has the duty"))
    func recover() async throws {
        let world = try await World(.approved, .silent, .declined)
        for _ in 1...3 { try await world.pay() }
        let pending = try await world.all(Charge.self).filter { $0.status == .pending }
        let handedOver = world.platform.background.takeAttempts()
        #expect(handedOver == pending.map(\.key))
        for key in handedOver { world.platform.background.resolved(key) }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let workers = Workers(platform: world.platform, client: client) { _, _, _ in [] }
        try await workers.recover()
        try await workers.recover()
        #expect(world.platform.background.takeAttempts() == pending.map(\.key), "once, until it is done")
        try await client.shutdown()
        await world.close()
    }
}

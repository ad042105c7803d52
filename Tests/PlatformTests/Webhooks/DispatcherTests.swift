import AsyncHTTPClient
import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Telling endpoints of events")
struct DispatcherTests {
    /// A world with endpoints, and what they were sent.
    struct Post: Sendable {
        let world: World
        let dispatcher: WebhookDispatcher
        let client: HTTPClient

        init() async throws {
            world = try await World()
            await world.rail.answerAlways(.approved)
            client = HTTPClient(eventLoopGroupProvider: .singleton)
            dispatcher = WebhookDispatcher(
                platform: world.platform, sender: WebhookSender(client: client),
                render: { event, merchant, version in
                    Array("\(event.sequence) \(event.type) \(merchant.merchant.value) \(version)".utf8)
                })
        }

        func endpoint(_ url: String, _ events: [String] = ["*"]) async throws -> WebhookEndpoint {
            let reply = try await world.platform.createEndpoint(
                url: url, enabledEvents: events, EndpointUpdate(), world.context(), reply: { render($0) })
            return try await world.stored(WebhookEndpoint.self, reply.id)
        }

        /// Serves every endpoint once, and returns when all are done.
        func serve() async {
            await withDiscardingTaskGroup { group in
                do {
                    try await dispatcher.serveAll(in: &group, under: Fence(requirement: nil))
                } catch {
                    Issue.record("\(error)")
                }
            }
        }

        func retries() async throws -> [WebhookRetry] {
            try await world.store.read { reader in
                try await reader.select(
                    WebhookRetry.self, where: "1 = 1", [], orderBy: "merchant, sequence", limit: 1_000)
            }
        }

        func close() async throws {
            try await client.shutdown()
            await world.close()
        }
    }

    @Test("each event once, in order, signed, and none that was there before the endpoint")
    func delivers() async throws {
        let post = try await Post()
        let sink = try HTTPSink()
        try await post.world.pay()
        let endpoint = try await post.endpoint(sink.url)
        try await post.world.pay()
        await post.serve()
        await post.serve()
        #expect(
            sink.bodies == [
                "4 payment_intent.created 1 2025-10-29.clover", "5 charge.succeeded 1 2025-10-29.clover",
                "6 payment_intent.succeeded 1 2025-10-29.clover",
            ])
        let request = try #require(sink.requests.first)
        #expect(request.head.hasPrefix("POST /hooks HTTP/1.1"))
        #expect(request.header("Content-Type") == "application/json; charset=utf-8")
        let signature = WebhookSender.signature(
            of: Array(request.body.utf8), secret: endpoint.secret, at: post.world.clock.now)
        #expect(request.header("Stripe-Signature") == signature)
        #expect(try await post.retries().isEmpty)
        sink.close()
        try await post.close()
    }

    @Test("only the types that it wants, and none while it is disabled")
    func filters() async throws {
        let post = try await Post()
        let (charges, off) = (try HTTPSink(), try HTTPSink())
        _ = try await post.endpoint(charges.url, ["charge.*"])
        let disabled = try await post.endpoint(off.url)
        var update = EndpointUpdate()
        update.isDisabled = true
        _ = try await post.world.platform.updateEndpoint(
            disabled.id, update, post.world.context(), reply: { render($0) })
        try await post.world.pay()
        await post.serve()
        #expect(charges.bodies == ["2 charge.succeeded 1 2025-10-29.clover"])
        #expect(off.requests.isEmpty)
        charges.close()
        off.close()
        try await post.close()
    }

    @Test("what it does not take is kept, and sent again when its time has come, until it is taken")
    func retries() async throws {
        let post = try await Post()
        let sink = try HTTPSink(200, 500, 404, 503)
        _ = try await post.endpoint(sink.url)
        try await post.world.pay()
        await post.serve()
        let kept = try await post.retries()
        #expect(kept.map(\.sequence) == [2, 3])
        #expect(kept.map(\.attempts) == [1, 1])
        #expect(kept.allSatisfy { $0.dueAt >= post.world.clock.now.adding(milliseconds: 5_000) })
        await post.serve()
        #expect(sink.requests.count == 3, "nothing is sent before its time")

        post.world.clock.advance(milliseconds: 6_000)
        await post.serve()
        #expect(sink.requests.count == 5)
        let again = try await post.retries()
        #expect(again.map(\.attempts) == [2], "one was taken, one not")
        #expect(again.allSatisfy { $0.dueAt >= post.world.clock.now.adding(milliseconds: 30_000) })

        post.world.clock.advance(milliseconds: 36_000)
        await post.serve()
        #expect(try await post.retries().isEmpty)
        #expect(sink.requests.count == 6)
        #expect(Set(sink.bodies.suffix(3).map { $0.prefix(1) }) == ["2", "3"])
        sink.close()
        try await post.close()
    }

    @Test("what it does not take for three days is given up")
    func givenUp() async throws {
        let post = try await Post()
        let sink = try HTTPSink(500, 500, 500, 500)
        _ = try await post.endpoint(sink.url, ["charge.succeeded"])
        try await post.world.pay()
        await post.serve()
        post.world.clock.advance(milliseconds: WebhookSchedule.lifetimeMs)
        await post.serve()
        let kept = try await post.retries()
        #expect(kept.map(\.attempts) == [2], "three days old, and not more")
        post.world.clock.advance(days: 1)
        await post.serve()
        #expect(try await post.retries().isEmpty)
        #expect(sink.requests.count == 3)
        sink.close()
        try await post.close()
    }

    @Test("an endpoint that hangs up delays no other")
    func hangsUp() async throws {
        let post = try await Post()
        let (dead, alive) = (try HTTPSink(0, 0, 0, 0), try HTTPSink())
        _ = try await post.endpoint(dead.url, ["charge.succeeded"])
        _ = try await post.endpoint(alive.url, ["charge.succeeded"])
        try await post.world.pay()
        await post.serve()
        #expect(alive.requests.count == 1)
        #expect(try await post.retries().count == 1)
        let event = try #require(try await post.world.events().first { $0.type == "charge.succeeded" })
        #expect(try await post.world.store.read { try await $0.pendingWebhooks(event) } == 1)
        dead.close()
        alive.close()
        try await post.close()
    }

    @Test("pending are those that have not been told yet, or did not take it")
    func pending() async throws {
        let post = try await Post()
        let sink = try HTTPSink(500)
        _ = try await post.endpoint(sink.url, ["charge.succeeded"])
        _ = try await post.endpoint(sink.url, ["refund.*"])
        try await post.world.pay()
        let events = try await post.world.events()
        func pending(_ index: Int) async throws -> Int64 {
            let event = events[index]
            return try await post.world.store.read { try await $0.pendingWebhooks(event) }
        }
        #expect(try await pending(0) == 0, "nobody wants it")
        #expect(try await pending(1) == 1)
        await post.serve()
        #expect(try await pending(1) == 1, "it was not taken")
        post.world.clock.advance(milliseconds: 6_000)
        await post.serve()
        #expect(try await pending(1) == 0)
        sink.close()
        try await post.close()
    }

    @Test("an endpoint that was removed is told of nothing, and leaves nothing behind")
    func removed() async throws {
        let post = try await Post()
        let sink = try HTTPSink(500)
        let endpoint = try await post.endpoint(sink.url, ["charge.succeeded"])
        try await post.world.pay()
        await post.serve()
        #expect(try await post.retries().count == 1)
        _ = try await post.world.platform.deleteEndpoint(
            endpoint.id, post.world.context(), reply: { render($0) })
        #expect(try await post.world.count("webhook_endpoint") == 0)
        #expect(try await post.world.count("webhook_cursor") == 0)
        let left = try await post.retries()
        #expect(left.isEmpty)
        sink.close()
        try await post.close()
    }

    @Test("what a disabled endpoint did not take does not keep others waiting")
    func notStarved() async throws {
        let post = try await Post()
        let (off, on) = (try HTTPSink(), try HTTPSink(500))
        let disabled = try await post.endpoint(off.url, ["none.such"])
        var update = EndpointUpdate()
        update.isDisabled = true
        _ = try await post.world.platform.updateEndpoint(
            disabled.id, update, post.world.context(), reply: { render($0) })
        var change = Change()
        for sequence in Int64(1_000)..<1_256 {
            change.insert(
                WebhookRetry(
                    merchant: disabled.merchant, endpoint: disabled.id, sequence: sequence, attempts: 1,
                    dueAt: World.start))
        }
        _ = try await post.world.store.commit(change)
        _ = try await post.endpoint(on.url, ["charge.succeeded"])
        try await post.world.pay()
        await post.serve()
        post.world.clock.advance(milliseconds: 6_000)
        await post.serve()
        #expect(on.requests.count == 2)
        off.close()
        on.close()
        try await post.close()
    }
}

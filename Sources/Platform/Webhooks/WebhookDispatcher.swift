import AsyncHTTPClient
import Core
import Logging
public import Payments
public import Storage
import Synchronization

/// Renders an event as the API shows it.
public typealias EventRenderer = @Sendable (StoredEvent, Merchant, _ apiVersion: String) -> [UInt8]

/// Tells webhook endpoints of events: each endpoint has a cursor into its merchant's events, and what it did not take
/// is kept and sent again. One slow endpoint delays no other.
final class WebhookDispatcher: Sendable {
    private let platform: Platform
    private let sender: WebhookSender
    private let render: EventRenderer
    /// Endpoints that are being served.
    private let busy = Mutex<Set<WebhookEndpointID>>([])

    init(platform: Platform, sender: WebhookSender, render: @escaping EventRenderer) {
        self.platform = platform
        self.sender = sender
        self.render = render
    }

    private static let eventsPerRound = 64
    private static let endpointsMax = 10_000
    private static let retriesPerRound = 64

    /// Begins to serve every endpoint that nobody serves yet, each in a task of its own.
    func serveAll(in group: inout DiscardingTaskGroup, under fence: Fence) async throws {
        let endpoints = try await platform.read { reader in
            try await reader.select(
                WebhookEndpoint.self, where: "1 = 1", [], orderBy: "merchant, id", limit: Self.endpointsMax)
        }
        for endpoint in endpoints where endpoint.isEnabled {
            guard busy.withLock({ $0.insert(endpoint.id).inserted }) else { continue }
            group.addTask { await Fencing.under(fence) { await self.serve(endpoint) } }
        }
    }

    /// Sends an endpoint what is due and what is new. When there was more than one round's worth, or something came
    /// while it was served, the dispatcher is called again.
    private func serve(_ endpoint: WebhookEndpoint) async {
        var hasMore = false
        do {
            let merchant = try await platform.merchant(endpoint.merchant)
            let now = platform.environment.now()
            let due = try await platform.read { reader in
                try await reader.select(
                    WebhookRetry.self, where: "merchant = ? AND endpoint = ? AND due_at <= ?",
                    endpoint.key + [.integer(now.milliseconds)], orderBy: "sequence", limit: Self.retriesPerRound)
            }
            for retry in due { try await resend(retry, endpoint, merchant) }
            hasMore = try await advance(endpoint, merchant)
        } catch CommitError.conflict {
            // The endpoint was removed meanwhile.
        } catch is LeaseLost {
            // Another process goes on from the cursor.
        } catch is CancellationError {
            // The server is stopping; the cursor stays where it is.
        } catch {
            platform.logger.error("webhooks stopped", metadata: ["endpoint": "\(endpoint.id)", "error": "\(error)"])
        }
        _ = busy.withLock { $0.remove(endpoint.id) }
        if hasMore { platform.background.wake(.webhooks) }
    }

    /// Sends the events behind the cursor, in their order, and moves it.
    private func advance(_ endpoint: WebhookEndpoint, _ merchant: Merchant) async throws -> Bool {
        let (cursor, events) = try await platform.read { reader -> (WebhookCursor?, [StoredEvent]) in
            guard let cursor = try await reader.first(WebhookCursor.self, key: endpoint.key) else { return (nil, []) }
            let events = try await reader.select(
                StoredEvent.self, where: "merchant = ? AND sequence > ?",
                [.integer(endpoint.merchant.value), .integer(cursor.sequence)], orderBy: "merchant, sequence",
                limit: Self.eventsPerRound)
            return (cursor, events)
        }
        guard var cursor, let last = events.last else { return false }
        let current = try await platform.read { try await $0.first(WebhookEndpoint.self, key: endpoint.key) }
        guard let current, current.isEnabled else { return false }
        var change = Change()
        for event in events where endpoint.wants(event.type) {
            guard await deliver(event, endpoint, merchant) == false else { continue }
            change.insert(
                WebhookRetry(
                    merchant: endpoint.merchant, endpoint: endpoint.id, sequence: event.sequence, attempts: 1,
                    dueAt: next(afterAttempts: 1)))
        }
        cursor.sequence = last.sequence
        change.updateOwn(cursor)
        change.requires.append(.present(WebhookCursor.table, key: endpoint.key))
        try await platform.commit(change)
        return true
    }

    private func resend(_ retry: WebhookRetry, _ endpoint: WebhookEndpoint, _ merchant: Merchant) async throws {
        let event = try await platform.read { reader in
            try await reader.first(
                StoredEvent.self, key: [.integer(retry.merchant.value), .integer(retry.sequence)])
        }
        var change = Change()
        if let event {
            let now = platform.environment.now()
            let isTaken = await deliver(event, endpoint, merchant)
            let isTooOld = now.milliseconds - event.createdAt.milliseconds > WebhookSchedule.lifetimeMs
            if isTaken || isTooOld {
                change.delete(from: WebhookRetry.table, key: retry.key)
            } else {
                var again = retry
                again.attempts += 1
                again.dueAt = next(afterAttempts: again.attempts)
                change.updateOwn(again)
            }
        } else {
            change.delete(from: WebhookRetry.table, key: retry.key)
        }
        change.requires.append(.present(WebhookRetry.table, key: retry.key))
        try await platform.commit(change)
    }

    private func next(afterAttempts attempts: Int64) -> Timestamp {
        platform.environment.now().adding(
            milliseconds: WebhookSchedule.pauseMs(
                afterAttempts: attempts, random: platform.environment.randomWord()))
    }

    private func deliver(_ event: StoredEvent, _ endpoint: WebhookEndpoint, _ merchant: Merchant) async -> Bool {
        let body = render(event, merchant, endpoint.apiVersion ?? merchant.apiVersion)
        let status = await sender.send(
            body, to: endpoint.url, secret: endpoint.secret, at: platform.environment.now())
        let isTaken = status.map { (200..<300).contains($0) } ?? false
        if !isTaken {
            platform.logger.info(
                "webhook not taken",
                metadata: [
                    "endpoint": "\(endpoint.id)", "event": "\(event.id)",
                    "status": "\(status.map(String.init) ?? "no answer")",
                ])
        }
        return isTaken
    }
}

extension Reader {
    /// How many of a merchant's enabled endpoints have not taken an event yet.
    public func pendingWebhooks(_ event: StoredEvent) async throws -> Int64 {
        let endpoints = try await select(
            WebhookEndpoint.self, where: "merchant = ?", [.integer(event.merchant.value)], orderBy: "id", limit: 100)
        var pending: Int64 = 0
        for endpoint in endpoints
        where endpoint.isEnabled && endpoint.startSequence < event.sequence && endpoint.wants(event.type) {
            guard let cursor = try await first(WebhookCursor.self, key: endpoint.key) else { continue }
            let retry = try await first(WebhookRetry.self, key: endpoint.key + [.integer(event.sequence)])
            if cursor.sequence < event.sequence || retry != nil { pending += 1 }
        }
        return pending
    }
}

public import AsyncHTTPClient
import Core
import Logging
import Payments
import Storage

/// Everything Florin does without being asked: resolves attempts, delivers advices and webhooks, matures funds, forgets
/// old idempotency keys. Rows say what is due, so a restart goes on where the last process stopped.
public struct Workers: Sendable {
    let platform: Platform
    let dispatcher: WebhookDispatcher

    public init(platform: Platform, client: HTTPClient, render: @escaping EventRenderer) {
        self.platform = platform
        dispatcher = WebhookDispatcher(platform: platform, sender: WebhookSender(client: client), render: render)
    }

    private static let attemptsAtOnceMax = 256
    private static let advicesAtOnceMax = 64
    /// How often rows are looked at without a call.
    private static let lookEveryMs: Int64 = 1_000

    /// Runs until the task is canceled.
    public func run() async {
        platform.store.onEvents { [platform] in platform.background.wake(.webhooks) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.loop(.attempts) { try await self.resolveAttempts() } }
            group.addTask { await self.loop(.advices) { try await self.deliverAdvices() } }
            group.addTask { await self.serveWebhooks() }
            group.addTask { await self.daily() }
            group.addTask { await self.clock() }
            await group.waitForAll()
        }
    }

    /// Wakes the workers now and then: for what became due, and for what a lost call would have told.
    private func clock() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(Self.lookEveryMs))
            platform.background.wakeAll()
        }
        platform.background.wakeAll()
    }

    private func loop(_ worker: BackgroundWork.Worker, _ work: @escaping @Sendable () async throws -> Bool) async {
        while !Task.isCancelled {
            do {
                if try await work() { continue }
            } catch is CancellationError {
                return
            } catch {
                platform.logger.error("background work failed", metadata: ["worker": "\(worker)", "error": "\(error)"])
            }
            if Task.isCancelled { return }
            await platform.background.sleep(worker)
        }
    }

    private func serveWebhooks() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    try await dispatcher.serveAll(in: &group)
                } catch is CancellationError {
                    return
                } catch {
                    platform.logger.error("webhooks not looked at", metadata: ["error": "\(error)"])
                }
                await platform.background.sleep(.webhooks)
            }
        }
    }

    // MARK: Attempts

    /// Attempts that stay between their two commits for longer than this belong to nobody any more.
    private static let abandonedAfterMs: Int64 = 150_000

    /// Takes over what the last process left between its two commits. To be called before requests are taken: from then
    /// on, an attempt that is not settled may be under way.
    public func recover() async throws { try await findLeftOvers(before: platform.environment.now()) }

    private func findLeftOvers(before moment: Timestamp) async throws {
        let keys = try await platform.read { reader in
            try reader.rows(
                "SELECT merchant, id FROM charge WHERE unresolved_since IS NOT NULL AND unresolved_since <= ?",
                [.integer(moment.milliseconds)])
        }
        if !keys.isEmpty {
            platform.logger.notice("resolving what was left", metadata: ["attempts": "\(keys.count)"])
        }
        for key in keys { platform.background.resolve(key) }
    }

    private func resolveAttempts() async throws -> Bool {
        try await findLeftOvers(before: platform.environment.now().adding(milliseconds: -Self.abandonedAfterMs))
        let keys = platform.background.takeAttempts()
        await forEach(keys, atOnce: Self.attemptsAtOnceMax) { key in
            do {
                try await platform.resolve(key)
            } catch {
                platform.logger.error("attempt not resolved yet", metadata: ["error": "\(error)"])
            }
            platform.background.resolved(key)
        }
        return !keys.isEmpty
    }

    private func deliverAdvices() async throws -> Bool {
        let now = platform.environment.now()
        let due = try await platform.read { reader in
            try reader.select(
                NetworkAdvice.self, where: "due_at <= ?", [.integer(now.milliseconds)],
                orderBy: "merchant, due_at, id", limit: Self.advicesAtOnceMax)
        }
        await forEach(due, atOnce: Self.advicesAtOnceMax) { advice in
            do {
                try await platform.deliver(advice)
            } catch {
                platform.logger.error("advice not delivered", metadata: ["error": "\(error)"])
            }
        }
        return due.count == Self.advicesAtOnceMax
    }

    private func forEach<Item: Sendable>(
        _ items: [Item], atOnce: Int, _ work: @escaping @Sendable (Item) async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, item) in items.enumerated() {
                if index >= atOnce { await group.next() }
                group.addTask { await work(item) }
            }
        }
    }

    // MARK: Days

    private static let dailyEveryMs: Int64 = 60_000

    /// Rounds of ``dailyEveryMs`` between two looks for orphaned idempotency keys.
    private static let orphansEveryRounds = 60

    private func daily() async {
        var round = 0
        while !Task.isCancelled {
            do {
                try await platform.matureFunds()
                try await platform.forgetOldKeys(orphans: round % Self.orphansEveryRounds == 0)
                round += 1
            } catch is CancellationError {
                return
            } catch {
                platform.logger.error("daily work failed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(Self.dailyEveryMs))
        }
    }
}

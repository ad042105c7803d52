public import AsyncHTTPClient
import Core
import Logging
import Payments
import Storage
import Vault

/// Everything Florin does without being asked: resolves attempts, delivers advices and webhooks, matures funds, forgets
/// old idempotency keys. Rows say what is due, so a restart goes on where the last process stopped.
public struct Workers: Sendable {
    let platform: Platform
    let dispatcher: WebhookDispatcher

    private let leases: Leases

    /// - Parameter leaseMs: How long another process waits before it takes over from this one, in milliseconds.
    public init(
        platform: Platform, client: HTTPClient, roles: Set<Role> = Set(Role.allCases), leaseMs: Int64 = 10_000,
        render: @escaping EventRenderer
    ) {
        self.platform = platform
        dispatcher = WebhookDispatcher(platform: platform, sender: WebhookSender(client: client), render: render)
        leases = Leases(
            store: platform.store, seat: platform.seat, duties: Duty.allCases.filter { roles.contains($0.role) },
            lifetimeMs: leaseMs, logger: platform.logger)
    }

    private static let attemptsAtOnceMax = 256
    private static let advicesAtOnceMax = 64
    /// How often rows are looked at without a call.
    private static let lookEveryMs: Int64 = 1_000

    /// Runs until the task is canceled.
    public func run() async {
        let platform = platform
        platform.store.onEvents { platform.background.wake(.webhooks) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.loop(.attempts) { try await self.resolveAttempts() } }
            group.addTask { await self.loop(.advices) { try await self.deliverAdvices() } }
            group.addTask { await self.serveWebhooks() }
            group.addTask { await self.daily() }
            group.addTask { await self.clock() }
            group.addTask { await self.leases.run { platform.background.wakeAll() } }
            await group.waitForAll()
        }
    }

    /// Wakes the workers now and then: for what became due, and for what a lost call would have told.
    private func clock() async {
        var trouble: String?
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(Self.lookEveryMs))
            platform.background.wakeAll()
            let now = platform.store.trouble ?? platform.vault.trouble
            if let now, now != trouble {
                platform.logger.error("the database is in trouble", metadata: ["detail": "\(now)"])
            } else if now == nil, trouble != nil {
                platform.logger.notice("the database is well again")
            }
            trouble = now
        }
        platform.background.wakeAll()
    }

    private func loop(_ worker: BackgroundWork.Worker, _ work: @escaping @Sendable () async throws -> Bool) async {
        while !Task.isCancelled {
            do {
                if try await work() { continue }
            } catch is CancellationError {
                return
            } catch is LeaseLost {
                // Another process goes on with it.
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
                    if let fence = leases.fence(.webhooks) { try await dispatcher.serveAll(in: &group, under: fence) }
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

    /// Takes over what the last process left between its two commits, before requests are taken. With other nodes
    /// beside it, a process leaves that to whoever has the duty.
    public func recover() async throws {
        guard let fence = leases.fence(.attempts) else { return }
        try await Fencing.under(fence) { try await findAbandoned() }
    }

    /// Attempts that stay between their two commits for longer than this belong to nobody any more, whatever their
    /// keeper is.
    private static let abandonedAfterMs: Int64 = 150_000
    private static let attemptsSeenMax = 10_000

    /// Hands the resolver what keepers that live no more have left.
    private func findAbandoned() async throws {
        let bound = platform.environment.now().adding(milliseconds: -Self.abandonedAfterMs)
        let charges = try await platform.read { reader -> [Charge] in
            let charges = try await reader.select(
                Charge.self, where: "unresolved_since IS NOT NULL", [], orderBy: "merchant, unresolved_since, id",
                limit: Self.attemptsSeenMax)
            guard !charges.isEmpty else { return [] }
            let keepers = try await reader.keepers()
            return charges.filter { charge in
                charge.network.reference.transmittedAt <= bound
                    || charge.network.keeper.map { !keepers.contains($0) } ?? true
            }
        }
        if !charges.isEmpty {
            platform.logger.notice("resolving what was left", metadata: ["attempts": "\(charges.count)"])
        }
        await forEach(charges, atOnce: Self.attemptsAtOnceMax) { charge in
            do {
                if try await platform.takeOver(charge) { platform.background.resolve(charge.key) }
            } catch {
                platform.logger.error("attempt not taken over", metadata: ["error": "\(error)"])
            }
        }
    }

    private func resolveAttempts() async throws -> Bool {
        if let fence = leases.fence(.attempts) { try await Fencing.under(fence) { try await findAbandoned() } }
        let keys = platform.background.takeAttempts()
        await forEach(keys, atOnce: Self.attemptsAtOnceMax) { key in
            do {
                try await platform.resolve(key)
            } catch {
                platform.logger.error("attempt not resolved yet", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(Self.lookEveryMs))
                return platform.background.resolveAgain(key)
            }
            platform.background.resolved(key)
        }
        return !keys.isEmpty
    }

    private func deliverAdvices() async throws -> Bool {
        guard let fence = leases.fence(.advices) else { return false }
        return try await Fencing.under(fence) { try await deliverDue() }
    }

    private func deliverDue() async throws -> Bool {
        let now = platform.environment.now()
        let due = try await platform.read { reader in
            try await reader.select(
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
                if let fence = leases.fence(.daily) {
                    let orphans = round % Self.orphansEveryRounds == 0
                    try await Fencing.under(fence) {
                        try await platform.matureFunds()
                        try await platform.forgetOldKeys(orphans: orphans)
                    }
                    round += 1
                }
            } catch is LeaseLost {
                // Another process goes on with it.
            } catch is CancellationError {
                return
            } catch {
                platform.logger.error("daily work failed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(Self.dailyEveryMs))
        }
    }
}

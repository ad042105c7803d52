import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Daily work")
struct DailyJobTests {
    @Test("funds become available on their day, a whole day's account at a time, and once")
    func mature() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        for _ in 1...3 { try await world.pay() }
        world.clock.advance(days: 1)
        try await world.pay()
        try await world.platform.matureFunds()
        #expect(try await world.balances()["available"] == nil, "a day too early")

        world.clock.advance(days: 1)
        try await world.platform.matureFunds()
        let due: [String: Int64] = [
            "clearing/card": -40_00, "available": 3 * 9_41, "pending/2026-09-24": 9_41, "fees": 4 * 59,
        ]
        #expect(try await world.balances() == due)
        let transactions = try await world.count("ledger_transaction")
        try await world.platform.matureFunds()
        #expect(try await world.balances() == due)
        #expect(try await world.count("ledger_transaction") == transactions, "nothing is left to move")

        world.clock.advance(days: 30)
        try await world.platform.matureFunds()
        #expect(try await world.balances()["available"] == 4 * 9_41)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("funds of the day itself are due from its first moment")
    func midnight() async throws {
        let world = try await World(.approved)
        try await world.pay()
        let day = World.start.adding(days: 2).startOfDay
        world.clock.advance(milliseconds: day.milliseconds - World.start.milliseconds - 1)
        try await world.platform.matureFunds()
        #expect(try await world.balances()["available"] == nil)
        world.clock.advance(milliseconds: 1)
        try await world.platform.matureFunds()
        #expect(try await world.balances()["available"] == 9_41)
        await world.close()
    }

    @Test("keys are forgotten after a day, and not before")
    func forget() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        try await world.pay(key: "old")
        world.clock.advance(milliseconds: 3_600_000)
        let young = try await world.pay(key: "young")
        world.clock.advance(milliseconds: Limits.idempotencyWindowMs - 3_600_000)
        try await world.platform.forgetOldKeys(orphans: true)
        #expect(try await world.idempotency("old") != nil, "exactly a day old")
        world.clock.advance(milliseconds: 1)
        try await world.platform.forgetOldKeys(orphans: true)
        #expect(try await world.idempotency("old") == nil)
        #expect(try await world.idempotency("young")?.reply == young)
        #expect(try await world.count("idempotency_claim") == 1)
        #expect(try await world.count("idempotency_answer") == 1)
        #expect(try await world.pay(key: "old").line == "200 succeeded", "the key is free again")
        await world.close()
    }

    @Test("keys whose request was cut off are forgotten too")
    func forgetOrphans() async throws {
        let world = try await World()
        let claim = try #require(world.context(key: "orphan").claim)
        _ = try await world.store.commit(Change(idempotency: .claim(claim)))
        world.clock.advance(days: 30)
        try await world.platform.forgetOldKeys(orphans: true)
        let left = try await world.idempotency("orphan")
        #expect(left == nil)
        await world.close()
    }
}

@Suite("Background work")
struct BackgroundWorkTests {
    @Test("a call that comes before the worker sleeps is not lost")
    func earlyCall() async {
        let background = BackgroundWork()
        background.wake(.advices)
        background.wake(.advices)
        await background.sleep(.advices)
        background.wakeAll()
        for worker in BackgroundWork.Worker.allCases { await background.sleep(worker) }
    }

    @Test("wakes the worker that is meant, and no other")
    func rightWorker() async {
        let background = BackgroundWork()
        let woken = Locked<[BackgroundWork.Worker]>([])
        await withTaskGroup(of: Void.self) { group in
            for worker in BackgroundWork.Worker.allCases {
                group.addTask {
                    await background.sleep(worker)
                    woken.withLock { $0.append(worker) }
                }
            }
            background.wake(.webhooks)
            await group.next()
            #expect(woken.withLock { $0 } == [.webhooks])
            background.wakeAll()
        }
        #expect(Set(woken.withLock { $0 }) == Set(BackgroundWork.Worker.allCases))
    }

    @Test("attempts are handed over once, in their order, and wake their worker")
    func attempts() async {
        let background = BackgroundWork()
        background.resolve([.text("a")])
        background.resolve([.text("b")])
        await background.sleep(.attempts)
        background.resolve([.text("a")])
        #expect(background.takeAttempts() == [[.text("a")], [.text("b")]], "each once, until it is done")
        background.resolve([.text("a")])
        #expect(background.takeAttempts().isEmpty)
        background.resolved([.text("a")])
        background.resolve([.text("a")])
        #expect(background.takeAttempts() == [[.text("a")]])
    }
}

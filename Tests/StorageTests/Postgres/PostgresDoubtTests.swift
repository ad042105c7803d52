import Core
import Foundation
import Ledger
import Money
import Testing

@testable import Storage

/// A COMMIT whose answer does not come: the Change happened once or never, and its caller is told which.
@Suite(
    "A COMMIT without an answer", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly),
    .timeLimit(.minutes(2)))
struct PostgresDoubtTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    static func payment(_ id: String) -> Change {
        var change = Note(id).inserted
        change.transactions = [transaction("ltx_\(id)", [posting("clearing", "available", 1)])]
        var told = event("paid")
        told.objectID = id
        change.events = [told]
        change.idempotency = .claimAndAnswer(
            claim(id, request: "req_\(id)"), IdempotentReply(status: 200, body: Array(id.utf8)))
        return change
    }

    /// A store whose way to the server leads through a proxy.
    private func open() async throws -> (Store, CommitProxy) {
        let server = try #require(URL(string: TestDatabase.url)?.port.flatMap { UInt16(exactly: $0) })
        let proxy = try CommitProxy(server: server)
        let direct = try await TestDatabase.address(of: folder.schema, parameters: "&sslmode=disable")
        let address = try PostgresAddress(direct.text.replacing(":\(server)/", with: ":\(proxy.port)/"))
        let store = try await Store.open(
            StoreConfiguration(location: .postgres(address), readers: 2, queueMax: 10_000, batchMax: 512),
            schema: .tests, environment: TestClock().environment(seed: nextSeed()))
        return (store, proxy)
    }

    /// What is there is these, once each, and the books are right.
    private func expectExactly(_ ids: Set<String>, _ store: Store) async throws {
        #expect(Set(try await store.notes().map(\.id)) == ids)
        let events = try await store.events()
        #expect(events.map(\.objectID).sorted() == ids.sorted())
        #expect(events.map(\.sequence) == (0..<ids.count).map { Int64($0 + 1) })
        let (accounts, findings) = try await store.read { reader in
            (try await reader.accounts(of: BookKey(1)), try await reader.audit(BookKey(1)))
        }
        #expect(findings.isEmpty)
        #expect(accounts.first { $0.key.name == "available" }?.balance ?? 0 == Int64(ids.count))
    }

    @Test(
        "whether the server committed or never heard of it, ends in success, once",
        arguments: [CommitProxy.Cut.answerLost, .neverSent])
    func cut(_ cut: CommitProxy.Cut) async throws {
        let (store, proxy) = try await open()
        // The first COMMIT of a connection is prepared with it, later ones are not.
        for round in 1...4 {
            if round % 2 == 0 { proxy.arm(cut) }
            _ = try await store.commit(Self.payment("round_\(round)"))
        }
        #expect(proxy.cuts == 2)
        try await expectExactly(["round_1", "round_2", "round_3", "round_4"], store)
        #expect(store.trouble == nil)
        await store.close()
        proxy.close()
    }

    @Test(
        "answers each Change of its batch as it was decided",
        arguments: [CommitProxy.Cut.answerLost, .neverSent])
    func batch(_ cut: CommitProxy.Cut) async throws {
        let (store, proxy) = try await open()
        _ = try await store.commit(Self.payment("first"))
        let key = Note("first").key
        var stale = Self.payment("stale")
        stale.requires = [.absent(Note.table, key: key)]
        var overdrawn = Self.payment("overdrawn")
        overdrawn.transactions.append(transaction("ltx_release", [.release(5, .usd, of: "authorised")]))
        var repeated = Note("repeated").inserted
        repeated.idempotency = .claim(claim("a"))
        let gate = try await Gate(store)
        var tasks: [Task<Result<Receipt, CommitError>, Never>] = []
        for change in [Self.payment("a"), stale, overdrawn, repeated, Self.payment("b")] {
            tasks.append(await gate.commit(change))
        }
        // The gate's own COMMIT comes first.
        proxy.arm(cut, after: 1)
        gate.open()
        var failures: [CommitError?] = []
        for task in tasks { failures.append(await task.value.failure) }
        let held = AccountKey(book: BookKey(1), currency: .usd, name: "authorised/held")
        #expect(
            failures == [
                nil, .conflict(stale.requires[0]), .refused(.belowFloor(held, floor: 0, balance: -5)),
                .idempotencyKeyInUse, nil,
            ])
        #expect(proxy.cuts == 1)
        try await expectExactly(["first", "a", "b"], store)
        await store.close()
        proxy.close()
    }

    @Test("is waited for when it is still under way, and not done a second time")
    func late() async throws {
        let (store, proxy) = try await open()
        _ = try await store.commit(Self.payment("first"))
        proxy.arm(.late)
        let committing = Task { try await store.commit(Self.payment("late")) }
        // The void row waits for the row of the commit.
        try await waitForSettlement(waiting: "Lock")
        proxy.release()
        _ = try await committing.value
        try await expectExactly(["first", "late"], store)
        await store.close()
        proxy.close()
    }

    /// Waits until a session that asks for an outcome waits for something itself.
    private func waitForSettlement(waiting kind: String) async throws {
        let waiting =
            "SELECT 1 FROM pg_stat_activity WHERE application_name = '\(folder.schema)' "
            + "AND wait_event_type = '\(kind)' AND query LIKE 'INSERT INTO group_commit%'"
        while try await TestDatabase.run(waiting).isEmpty { try Task.checkCancellation() }
    }

    @Test("of many under load, cut off again and again in all ways, loses and doubles nothing")
    func underLoad() async throws {
        let (store, proxy) = try await open()
        let random = SeededGenerator(seed: 3)
        let acknowledged = Locked<Set<String>>([])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<40 {
                        if random.below(12) == 0 { proxy.arm([.answerLost, .neverSent][random.below(2)]) }
                        let id = "\(task)_\(number)"
                        do {
                            _ = try await store.commit(Self.payment(id))
                            acknowledged.withLock { _ = $0.insert(id) }
                        } catch {
                            Issue.record("\(id): \(error)")
                        }
                    }
                }
            }
        }
        let kept = acknowledged.withLock { $0 }
        #expect(kept.count == 320)
        #expect(proxy.cuts > 5)
        try await expectExactly(kept, store)
        await store.close()
        proxy.close()
    }

    @Test(
        "because the server ends sessions at any moment: what was acknowledged is there once, what was refused is not")
    func terminated() async throws {
        let store = try await folder.open()
        let outcomes = Locked<[String: CommitError?]>([:])
        let isOver = Locked(false)
        let killer = Task {
            var kills = 0
            while !isOver.withLock({ $0 }) {
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
                kills += try await TestDatabase.run(sql + "'\(folder.schema)' AND query NOT LIKE 'SELECT step%'").count
                // Some commits between two kills.
                let before = outcomes.withLock { $0.count }
                while outcomes.withLock({ $0.count }) < before + 10, !isOver.withLock({ $0 }) { await Task.yield() }
            }
            return kills
        }
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<50 {
                        let id = "\(task)_\(number)"
                        let outcome = await store.outcome(of: Self.payment(id))
                        outcomes.withLock { $0[id] = outcome }
                    }
                }
            }
        }
        isOver.withLock { $0 = true }
        #expect(try await killer.value > 5)
        let all = outcomes.withLock { $0 }
        let fresh = try await folder.open()
        try await expectExactly(Set(all.filter { $0.value == nil }.keys), fresh)
        for (id, error) in all where error != nil { #expect(error?.isUnavailable == true, "\(id)") }
        #expect(all.filter { $0.value == nil }.count > 200)
        await store.close()
        await fresh.close()
    }

    // MARK: Settling

    @Test("that is settled as void can never happen any more")
    func void() async throws {
        let store = try await folder.open()
        let committer = try await TestDatabase.session(folder.schema)
        let asker = try await TestDatabase.session(folder.schema)
        let record = GroupCommitRecord(committer: 1, id: "gc_1", createdAt: Timestamp(seconds: 1))
        let settle = PostgresStatement(
            GroupCommitRecord.settle, [.integer(1), .text(record.id), .integer(record.createdAt.milliseconds)])
        #expect(try await asker.run([settle])[0].rows == [[.integer(1)]])
        #expect(try await asker.run([settle])[0].rows == [[.integer(1)]], "and it stays so")
        let table = GroupCommitRecord.table
        let insert = PostgresStatement(PostgresSQL.insert(table), table.columns, rows: [record.row])
        let note = PostgresStatement(PostgresSQL.insert(Note.table), Note.table.columns, rows: [Note("never").row])
        let error = await #expect(throws: PostgresFailure.self) {
            try await committer.run([PostgresStatement("BEGIN"), note, insert, PostgresStatement("COMMIT")])
        }
        #expect(error?.isDuplicateKey == true)
        try await committer.run("ROLLBACK")
        #expect(try await store.notes().isEmpty)

        // And one that happened stays happened, however often it is asked for.
        let other = GroupCommitRecord(committer: 1, id: "gc_2", createdAt: Timestamp(seconds: 1))
        _ = try await committer.run([PostgresStatement(PostgresSQL.insert(table), table.columns, rows: [other.row])])
        for _ in 1...2 {
            let ask = PostgresStatement(
                GroupCommitRecord.settle, [.integer(1), .text(other.id), .integer(other.createdAt.milliseconds)])
            #expect(try await asker.run([ask])[0].rows == [[.integer(0)]])
        }
        await store.close()
    }

    @Test("that was canceled while it waited for a standby is in doubt until the standby has it")
    func standby() async throws {
        let server = try await PrivateServer.start()
        defer { server.stop() }
        let address = try PostgresAddress(server.url)
        let store = try await Store.open(
            StoreConfiguration(location: .postgres(address), readers: 2, queueMax: 100, batchMax: 100),
            schema: .tests, environment: .live)
        _ = try await store.commit(Self.payment("first"))
        let admin = try await PostgresConnection.open(address)
        try await admin.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
        let waiting =
            "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name <> 'probe'"
        // The server takes the setting on when it comes to it.
        let probe = try await PostgresConnection.open(PostgresAddress(server.url + "?application_name=probe"))
        let isOn = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'probe'"
        while try await admin.run(isOn).isEmpty {
            probe.post([PostgresStatement("UPDATE florin_schema SET number = number", isPrepared: false)])
        }
        let isAnswered = Locked(false)
        let committing = Task {
            let result = await store.outcome(of: Self.payment("second"))
            isAnswered.withLock { $0 = true }
            return result
        }
        func waiter(otherThan known: SQLValue?) async throws -> SQLValue {
            while true {
                let found = try await admin.run(waiting).first { $0.first != known }
                if let pid = found?.first { return pid }
                try Task.checkCancellation()
            }
        }
        let commit = try await waiter(otherThan: nil)
        guard case .integer(let pid) = commit else { return }
        try await admin.run("SELECT pg_cancel_backend(\(pid))")
        // The session that asks for the outcome writes, and waits for the standby in its turn.
        _ = try await waiter(otherThan: commit)
        #expect(!isAnswered.withLock { $0 })
        try await admin.run("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        #expect(await committing.value == nil)
        try await expectExactly(["first", "second"], store)
        await store.close()
    }
}

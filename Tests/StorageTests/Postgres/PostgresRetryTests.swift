import Core
import Ledger
import Testing

@testable import Storage

@Suite(
    "A PostgreSQL server that refuses for now", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly),
    .timeLimit(.minutes(2)))
struct PostgresRetryTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func open(_ options: String...) async throws -> Store {
        let address = try await TestDatabase.address(of: folder.schema, options: options.joined(separator: " "))
        return try await open(at: address)
    }

    private func open(at address: PostgresAddress, environment: Environment? = nil) async throws -> Store {
        try await Store.open(
            StoreConfiguration(location: .postgres(address), readers: 2, queueMax: 100, batchMax: 100),
            schema: .tests, environment: environment ?? TestClock().environment(seed: nextSeed()))
    }

    private func told(_ id: String, _ merchants: MerchantKey...) -> Change {
        var change = Change(events: merchants.map { event(id, of: $0) })
        for merchant in merchants { change.insert(Note(id, of: merchant)) }
        return change
    }

    /// Waits until a session of the store's waits for a lock.
    private func waitForLock() async throws {
        let waiting =
            "SELECT 1 FROM pg_stat_activity WHERE application_name = '\(folder.schema)' AND wait_event_type = 'Lock'"
        while try await TestDatabase.run(waiting).isEmpty { try Task.checkCancellation() }
    }

    @Test("as the victim of a deadlock is asked again, and nobody notices")
    func deadlock() async throws {
        let store = try await open("-cdeadlock_timeout=1000")
        _ = try await store.commit(told("first", shop, otherShop))
        let other = try await TestDatabase.session(folder.schema)
        let lock = "SELECT 1 FROM event_head WHERE merchant = "
        try await other.run("SET deadlock_timeout = '60s'", "BEGIN", lock + "\(otherShop.value) FOR UPDATE")
        let committing = Task { await store.outcome(of: told("second", shop, otherShop)) }
        // It holds the row of the first merchant, and waits for that of the second.
        try await waitForLock()
        try await other.run(lock + "\(shop.value) FOR UPDATE")
        try await other.run("COMMIT")
        #expect(await committing.value == nil)
        #expect(try await store.events().map(\.type) == ["first", "second"])
        #expect(try await store.events(of: otherShop).map(\.sequence) == [1, 2])
        let count = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        #expect(try await TestDatabase.run(count)[0][0] != .integer(0), "there was one")
        await store.close()
    }

    /// Has the server refuse the first `count` rows of notes with this code.
    private func refuseNotes(_ code: String, count: Int, _ session: PostgresConnection) async throws {
        try await session.run(
            "CREATE SEQUENCE refusals",
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('refusals') <= \(count) THEN RAISE EXCEPTION 'not now' USING ERRCODE = '\(code)'; END IF;
            RETURN new; END $$
            """,
            "CREATE TRIGGER refusing BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION refuse()")
    }

    @Test("for reasons that pass is asked again", arguments: ["40001", "40P01", "55P03"])
    func passing(code: String) async throws {
        let store = try await open()
        try await refuseNotes(code, count: 3, TestDatabase.session(folder.schema))
        #expect(await store.outcome(of: told("note", shop)) == nil)
        #expect(try await store.events().map(\.sequence) == [1])
        #expect(store.statistics.commits == 1)
        await store.close()
    }

    @Test("for good is told to the one whose Change it is, and its batch mates stand")
    func lasting() async throws {
        let store = try await open()
        let session = try await TestDatabase.session(folder.schema)
        try await session.run("ALTER TABLE note ADD CHECK (text <> 'bad')")
        let results = try await store.commitTogether([
            told("a", shop), Note("bad", "bad").inserted, told("b", shop),
        ])
        #expect(results.map(\.isSuccess) == [true, false, true])
        guard case .unavailable(let detail)? = results[1].failure else {
            Issue.record("\(results[1])")
            return
        }
        #expect(detail.contains("violates check constraint") && detail.contains("23514"), "\(detail)")
        #expect(try await store.events().map(\.type) == ["a", "b"])
        await store.close()
    }

    @Test("while another session holds a lock for too long, says so, writes nothing, and takes the next Change")
    func statementTimeout() async throws {
        let store = try await open("-cstatement_timeout=1000")
        _ = try await store.commit(told("first", shop))
        let other = try await TestDatabase.session(folder.schema)
        try await other.run("BEGIN", "SELECT 1 FROM event_head WHERE merchant = 1 FOR UPDATE")
        let refused = await store.outcome(of: told("refused", shop))
        let reason = "the database server canceled a statement: canceling statement due to statement timeout"
        #expect(refused == .unavailable(reason))
        try await other.run("COMMIT")
        #expect(await store.outcome(of: told("second", shop)) == nil)
        #expect(try await store.events().map(\.type) == ["first", "second"])
        #expect(try await store.notes().map(\.id) == ["first", "second"])
        await store.close()
    }

    // MARK: A database that is gone, or not what it was

    private func waitUntil(_ condition: () -> Bool) async throws {
        while !condition() {
            try Task.checkCancellation()
            try await TestDatabase.run("SELECT 1")
        }
    }

    @Test("is trouble until it is back", arguments: [false, true])
    func trouble(hasReaders: Bool) async throws {
        let role = folder.schema
        try await TestDatabase.run("CREATE ROLE \(role) LOGIN PASSWORD 'secret'")
        let server = TestDatabase.url.split(separator: "@")[1]
        try await TestDatabase.run("CREATE SCHEMA \(role) AUTHORIZATION \(role)")
        // A role's objects are first looked for in the schema of its name.
        let address = try PostgresAddress("postgres://\(role):secret@\(server)?application_name=\(role)")
        let store = try await open(at: address)
        _ = try await store.commit(told("first", shop))
        if hasReaders { #expect(try await store.notes().count == 1) }
        #expect(store.trouble == nil)
        try await TestDatabase.run("ALTER ROLE \(role) NOLOGIN")
        try await TestDatabase.endSessions(of: role)
        let error = await store.outcome(of: told("refused", shop))
        #expect(error?.isUnavailable == true, "\(String(describing: error))")
        let trouble = try #require(store.trouble)
        #expect(trouble.contains("is not permitted to log in"))
        #expect(!trouble.contains("secret"))
        await #expect(throws: ReadError.self) { try await store.notes() }
        try await TestDatabase.run("ALTER ROLE \(role) LOGIN")
        #expect(await store.outcome(of: told("second", shop)) == nil)
        #expect(try await store.notes().map(\.id) == ["first", "second"])
        try await waitUntil { store.trouble == nil }
        await store.close()
    }

    @Test("is noticed, and its return, when nobody asks for anything")
    func idle() async throws {
        let role = folder.schema
        try await TestDatabase.run("CREATE ROLE \(role) LOGIN PASSWORD 'secret'")
        try await TestDatabase.run("CREATE SCHEMA \(role) AUTHORIZATION \(role)")
        let server = TestDatabase.url.split(separator: "@")[1]
        let store = try await open(
            at: PostgresAddress("postgres://\(role):secret@\(server)?application_name=\(role)"))
        try await TestDatabase.run("ALTER ROLE \(role) NOLOGIN")
        try await TestDatabase.endSessions(of: role)
        try await waitUntil { store.trouble != nil }
        try await TestDatabase.run("ALTER ROLE \(role) LOGIN")
        try await waitUntil { store.trouble == nil }
        await store.close()
    }

    @Test("without commits that it acknowledged is not used any more, by any committer")
    func forgotten() async throws {
        let store = try await open()
        let neighbour = MerchantKey(2)
        _ = try await store.commit(told("first", shop))
        _ = try await store.commit(told("first", neighbour))
        // As after the promotion of a standby that did not have them: no session sees one after the other.
        let other = try await PostgresConnection.open(PostgresAddress(TestDatabase.url))
        let table = "\(folder.schema).group_commit"
        try await other.run("BEGIN", "LOCK TABLE \(table)", "DELETE FROM \(table) WHERE committer = 2")
        try await TestDatabase.endSessions(of: folder.schema)
        try await other.run("COMMIT")
        for merchant in [shop, neighbour, shop] {
            let outcome = await store.outcome(of: told("refused", merchant))
            guard case .unavailable(let detail)? = outcome else {
                Issue.record("merchant \(merchant.value): \(outcome.map { "\($0)" } ?? "taken")")
                continue
            }
            #expect(detail.hasPrefix("the database has lost commits that it acknowledged (gc_"))
        }
        #expect(store.trouble?.hasPrefix("the database has lost commits that it acknowledged") == true)
        await #expect(throws: ReadError.self, "nor is it read") { try await store.notes() }
        await store.close()

        let restarted = try await open()
        #expect(await restarted.outcome(of: told("second", shop)) == nil)
        #expect(restarted.trouble == nil)
        await restarted.close()
    }
}

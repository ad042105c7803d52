import Core
import Ledger
import Testing

@testable import Storage

@Suite("Moving a store's rows to PostgreSQL", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
struct PostgresImportTests {
    @Test("all rows arrive as they were, and the store goes on from them")
    func everything() async throws {
        let fixture = try await ImportFixture()
        let moving = try await fixture.begin()
        #expect(moving.copiedBefore == 0 && !moving.isFinished)
        try await moving.copy { _ in }
        let tables = try await moving.compare { _ in }
        #expect(tables.map(\.table) == Schema.tests.tables.map(\.name))
        #expect(tables.filter { !$0.isEqual } == [])
        #expect(tables.map(\.rows).reduce(0, +) == moving.rows)
        #expect(tables.first { $0.table == "note" }?.rows == ImportFixture.notes)
        try await moving.finish()

        let store = try await fixture.openTarget()
        let (ours, theirs) = (try await fixture.source.notes(), try await store.notes())
        #expect(ours.map { Array($0.text.utf8) } == theirs.map { Array($0.text.utf8) })
        #expect(ours.map(\.id) == theirs.map(\.id))
        var change = Note("after").inserted
        change.events.append(event())
        change.transactions.append(transaction("after", [posting("clearing/card", "pending", 1)]))
        let receipt = try await store.commit(change)
        #expect(receipt.transactions[0].sequence == 41)
        #expect(try await store.events().count == 41)
        await store.close()
        await fixture.close()
    }

    @Test("cut off after any transaction, the same import goes on there", arguments: [0, 1, 2, 7, 20, 33])
    func resumed(after transactions: Int) async throws {
        let fixture = try await ImportFixture()
        let fuse = Fuse(transactions)
        let first = try await fixture.begin()
        await #expect(throws: Killed.self) { try await first.copy(chunkRows: 7) { _ in try fuse.burn() } }

        let second = try await fixture.begin()
        #expect(second.copiedBefore >= transactions - Schema.tests.tables.count && second.copiedBefore < second.rows)
        let late = Fuse(2)
        await #expect(throws: Killed.self) { try await second.copy(chunkRows: 5) { _ in try late.burn() } }
        let third = try await fixture.begin()
        try await third.copy(chunkRows: 11) { _ in }
        #expect(try await third.compare { _ in }.filter { !$0.isEqual } == [])
        await fixture.close()
    }

    @Test("two runs at once do not copy a row twice")
    func twice() async throws {
        let fixture = try await ImportFixture()
        let (one, other) = (try await fixture.begin(), try await fixture.begin())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for moving in [one, other] { group.addTask { try await moving.copy(chunkRows: 3) { _ in } } }
            try await group.waitForAll()
        }
        #expect(try await one.compare { _ in }.filter { !$0.isEqual } == [])
        await fixture.close()
    }

    @Test("a database is refused until its import is finished, and opens afterwards")
    func unfinished() async throws {
        let fixture = try await ImportFixture()
        #expect(try await PostgresImport.known(.tests, at: fixture.address) == nil)
        let moving = try await fixture.begin()
        #expect(
            try await PostgresImport.known(.tests, at: fixture.address) == .init(id: "import_1", isFinished: false))
        let refusal = StoreError.importUnfinished(server: fixture.address.description)
        await #expect(throws: refusal) { try await fixture.openTarget() }
        try await moving.copy { _ in }
        await #expect(throws: refusal) { try await fixture.openTarget() }
        try await moving.finish()
        await (try await fixture.openTarget()).close()
        #expect(try await fixture.begin().isFinished)
        await fixture.close()
    }

    @Test("a database with another installation is refused, and left as it is")
    func foreign() async throws {
        let fixture = try await ImportFixture()
        _ = try await fixture.target.commit(Note("of another").inserted)
        let error = await #expect(throws: ImportError.self) { try await fixture.begin() }
        #expect(
            error == .holdsAnotherInstallation(server: fixture.address.description, table: "event_head"))
        await (try await fixture.openTarget()).close()
        #expect(try await fixture.target.notes().map(\.id) == ["of another"])
        await fixture.close()
    }

    @Test("a database that is being filled from another folder, or was, is refused")
    func otherImport() async throws {
        let fixture = try await ImportFixture()
        let moving = try await fixture.begin(id: "import_1")
        let refusal = ImportError.belongsToAnotherImport(server: fixture.address.description)
        await #expect(throws: refusal) { try await fixture.begin(id: "import_2") }
        try await moving.copy { _ in }
        try await moving.finish()
        await #expect(throws: refusal) { try await fixture.begin(id: "import_2") }
        await fixture.close()
    }

    @Test("a folder that was used meanwhile is refused")
    func changed() async throws {
        let fixture = try await ImportFixture()
        _ = try await fixture.begin()
        _ = try await fixture.source.commit(Note("late").inserted)
        await #expect(throws: ImportError.sourceHasChanged(server: fixture.address.description)) {
            try await fixture.begin()
        }
        await fixture.close()
    }

    struct Spoiling: Sendable, CustomTestStringConvertible {
        let sql: String
        let table: String
        let difference: String
        var testDescription: String { sql }
    }

    static let spoilings = [
        Spoiling(
            sql: "UPDATE note SET text = 'flipped' WHERE merchant = 1 AND id = 'note_17'", table: "note",
            difference: "note 1, note_17 differs in text"),
        Spoiling(
            sql: "UPDATE note SET text = U&'\\00e9' WHERE text = U&'e\\0301' AND id = 'note_2'", table: "note",
            difference: "note 1, note_2 differs in text"),
        Spoiling(
            sql: "DELETE FROM note WHERE merchant = 1 AND id = 'note_17'", table: "note",
            difference: "note 1, note_17 is missing in the database"),
        Spoiling(
            sql: "DELETE FROM note WHERE merchant = \(otherShop.value) AND id = 'note_9'", table: "note",
            difference: "note \(otherShop.value), note_9 is missing in the database"),
        Spoiling(
            sql: "INSERT INTO note (merchant, id, version, text) VALUES (1, 'note_170', 1, '')", table: "note",
            difference: "note 1, note_170 is in the database and not in the folder"),
        Spoiling(
            sql:
                "UPDATE ledger_posting SET amount = 0 WHERE book = \(otherShop.value) AND sequence = 3 AND number = 0",
            table: "ledger_posting", difference: "ledger_posting \(otherShop.value), 3, 0 differs in amount"),
        Spoiling(
            sql: "UPDATE idempotency_claim SET object_id = '' WHERE merchant = 1 AND key = 'key 4'",
            table: "idempotency_claim", difference: "idempotency_claim 1, key 4 differs in object_id"),
        Spoiling(
            sql: "UPDATE ledger_head SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1) WHERE book = 1",
            table: "ledger_head", difference: "ledger_head 1 differs in hash"),
    ]

    @Test("a row that is not the same is found, and named", arguments: spoilings)
    func spoilt(_ spoiling: Spoiling) async throws {
        let fixture = try await ImportFixture()
        let moving = try await fixture.begin()
        try await moving.copy { _ in }
        try await TestDatabase.session(fixture.folder.schema).run(spoiling.sql)
        let found = try await moving.compare { _ in }.filter { !$0.isEqual }
        #expect(found.map(\.table) == [spoiling.table])
        #expect(found.first?.difference == spoiling.difference)
        await fixture.close()
    }

    @Test("progress counts each table up to its rows")
    func progress() async throws {
        let fixture = try await ImportFixture()
        let moving = try await fixture.begin()
        let seen = ProgressLog()
        try await moving.copy(chunkRows: 25) { seen.add($0) }
        #expect(seen.done(of: "note") == [0, 25, 50, 60])
        #expect(seen.totals(of: "note") == [60])
        await fixture.close()
    }
}

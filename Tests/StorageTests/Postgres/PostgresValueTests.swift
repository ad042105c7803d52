import Core
import Testing

@testable import Storage

@Suite("SQL for PostgreSQL")
struct PostgresSQLTests {
    @Test(
        "marks become numbers, in their order or as they say",
        arguments: [
            ("SELECT 1", "SELECT 1"), ("a = ? AND b = ?", "a = $1 AND b = $2"), ("?", "$1"), ("", ""),
            ("a = ?1 OR b = ?2 OR c = ?1", "a = $1 OR b = $2 OR c = $1"), ("a = ?10", "a = $10"), ("?,?,?", "$1,$2,$3"),
        ])
    func numbered(text: String, expected: String) {
        #expect(PostgresSQL.numbered(text) == expected)
    }

    @Test("is derived from a table's description, with arrays for many rows")
    func statements() {
        let table = Table(
            "parcel", columns: [.integer("merchant"), .text("id"), .integer("version"), .blob("seal").nullable],
            keyCount: 2, indexes: [])
        let unnest = "unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])"
        let insert = "INSERT INTO parcel (merchant, id, version, seal) SELECT * FROM \(unnest)"
        let keys = "unnest($1::bigint[], $2::text[]) AS n (merchant, id)"
        let match = "t.merchant = n.merchant AND t.id = n.id"
        #expect(PostgresSQL.insert(table) == insert)
        #expect(PostgresSQL.insertUnlessThere(table) == insert + " ON CONFLICT (merchant, id) DO NOTHING")
        #expect(
            PostgresSQL.upsert(table) == insert
                + " ON CONFLICT (merchant, id) DO UPDATE SET version = excluded.version, seal = excluded.seal")
        #expect(PostgresSQL.delete(table) == "DELETE FROM parcel t USING \(keys) WHERE \(match)")
        let select = "SELECT t.merchant, t.id, t.version, t.seal FROM \(keys) JOIN parcel t ON \(match)"
        #expect(PostgresSQL.select(table) == select)
        #expect(
            PostgresSQL.state(table) == "SELECT t.merchant, t.id, t.version FROM \(keys) JOIN parcel t ON \(match)")
    }

    @Test("texts are made once for each kind and table")
    func texts() {
        var texts = PostgresTexts()
        for kind in [PostgresTexts.Kind.select, .state, .stateShared, .stateLocked] {
            let first = texts.text(kind, Note.table)
            #expect(texts.text(kind, Note.table) == first)
            #expect(first.hasPrefix("SELECT t.merchant, t.id, t.version"))
        }
        #expect(texts.text(.stateShared, Note.table).hasSuffix(" ORDER BY 1, 2 FOR SHARE OF t"))
        #expect(texts.text(.stateLocked, Note.table).hasSuffix(" ORDER BY 1, 2 FOR UPDATE OF t"))
    }

    @Test("what ends a connection, what is worth another try, and what it says")
    func failures() {
        let rows: [(String, ends: Bool, retries: Bool)] = [
            ("08006", true, false), ("08P01", true, false), ("57P01", true, false), ("57P03", true, false),
            ("25006", true, false), ("26000", true, false), ("40001", false, true), ("40P01", false, true),
            ("55P03", false, true), ("23505", false, false), ("57014", false, false), ("53100", false, false),
        ]
        for (state, ends, retries) in rows {
            let failure = PostgresFailure(state: state, message: "words")
            #expect(failure.endsConnection == ends, "\(state)")
            #expect(failure.invitesRetry == retries, "\(state)")
            #expect(failure.isDuplicateKey == (state == "23505"))
        }
        #expect(PostgresFailure(state: "08006", message: "gone").sentence == "gone")
        #expect(PostgresFailure(state: "42P01", message: "no table").sentence == "no table (SQLSTATE 42P01)")
        #expect(PostgresFailure.oneLine(" a \n\n b\n") == "a ;  b")
    }
}

@Suite("Reading PostgreSQL", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
struct PostgresReadTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    static let values: [SQLValue] = [
        .integer(0), .integer(-1), .integer(.min), .integer(.max), .integer(1 << 32), .text(""), .text("ä\n'\"\\?$1"),
        .text("\u{1F4B6}"), .text(String(repeating: "x", count: 100_000)), .blob([]), .blob([0]),
        .blob(Array(0...255)), .blob([UInt8](repeating: 7, count: 100_000)),
    ]

    private static func type(_ value: SQLValue) -> String {
        switch value {
        case .null: "text"
        case .integer: "bigint"
        case .text: "text"
        case .blob: "bytea"
        }
    }

    @Test("every value comes back as it went, alone and in an array, with nulls beside it")
    func values() async throws {
        let session = try await TestDatabase.session(folder.schema)
        for value in Self.values {
            let type = Self.type(value)
            for isPrepared in [true, false] {
                let alone = PostgresStatement(
                    "SELECT $1::\(type), $2::\(type), length(CAST($1::\(type) AS text)) IS NULL",
                    [value, .null], isPrepared: isPrepared)
                #expect(try await session.run([alone])[0].rows == [[value, .null, .integer(0)]])
            }
            let column: Table.Column =
                switch value {
                case .integer: .integer("value")
                case .blob: .blob("value")
                default: .text("value")
                }
            let many = PostgresStatement(
                "SELECT * FROM unnest($1::\(type)[])", [column], rows: [[value], [.null], [value]])
            #expect(try await session.run([many])[0].rows == [[value], [.null], [value]])
            let none = PostgresStatement("SELECT * FROM unnest($1::\(type)[])", [column], rows: [])
            #expect(try await session.run([none])[0].rows.isEmpty)
        }
        let small =
            "SELECT CAST(-2 AS smallint), CAST(-70000 AS integer), true, CAST('a' AS varchar), CAST('b' AS name)"
        #expect(
            try await session.run(small) == [[.integer(-2), .integer(-70_000), .integer(1), .text("a"), .text("b")]])
    }

    @Test("values of another type, and SQL that is none, are errors, and the reader is of use afterwards")
    func unknownType() async throws {
        let store = try await folder.open()
        for sql in ["SELECT 1.5", "SELECT now()", "SELECT no_such_column FROM note", "SELEC 1"] {
            let error = await #expect(throws: ReadError.self) { try await store.read { try await $0.rows(sql, []) } }
            guard case .failed(let detail)? = error else {
                Issue.record("\(sql): \(String(describing: error))")
                continue
            }
            #expect(detail.contains("SQLSTATE"))
        }
        for _ in 1...4 { #expect(try await store.notes().isEmpty) }
        await store.close()
    }

    /// A store with so many notes.
    private func filled(_ count: Int) async throws -> Store {
        let store = try await folder.open()
        var change = Change()
        for number in 0..<count { change.insert(Note("note_\(10_000 + number)")) }
        _ = try await store.commit(change)
        return store
    }

    @Test("hands over rows by the thousands, one by one and in their order", arguments: [0, 1, 1_999, 2_000, 4_001])
    func manyRows(count: Int) async throws {
        let store = try await filled(count)
        let numbers = try await store.read { reader in
            var numbers: [SQLValue] = []
            try await reader.forEachRow("SELECT id FROM note WHERE merchant = ? ORDER BY id", [.integer(1)]) { row in
                numbers.append(row[0])
            }
            // The same snapshot can be asked again.
            try await reader.forEachRow("SELECT id FROM note LIMIT 3", []) { _ in }
            return numbers
        }
        #expect(numbers == (0..<count).map { .text("note_\(10_000 + $0)") })
        await store.close()
    }

    @Test("is of use after the one who reads gave up in the middle")
    func errorInBody() async throws {
        struct Enough: Error {}
        let store = try await filled(2_500)
        for round in 1...6 {
            await #expect(throws: Enough.self) {
                try await store.read { reader in
                    var seen = 0
                    try await reader.forEachRow("SELECT id FROM note ORDER BY id", []) { _ in
                        seen += 1
                        if seen == (round % 2 == 0 ? 1 : 2_100) { throw Enough() }
                    }
                }
            }
            #expect(try await store.notes().count == 2_500)
        }
        await store.close()
    }

    @Test("keeps one snapshot while others commit, and the next one is newer")
    func snapshot() async throws {
        let store = try await filled(2_500)
        let later = try await folder.open()
        try await store.read { reader in
            let count = "SELECT COUNT(*) FROM note"
            let before = try await reader.rows(count, [])
            var seen = 0
            _ = try await later.commit(Note("later_1").inserted)
            var gone = Change()
            gone.delete(from: Note.table, key: Note("note_12400").key)
            _ = try await store.commit(gone)
            #expect(try await reader.rows(count, []) == before)
            try await reader.forEachRow("SELECT id FROM note", []) { _ in seen += 1 }
            #expect(seen == 2_500)
            _ = try await later.commit(Note("later_2").inserted)
            #expect(try await reader.rows(count, []) == before)
        }
        #expect(try await store.notes().count == 2_501)
        await store.close()
        await later.close()
    }

    @Test("by more than there are connections waits for its turn; a reader whose session ended is replaced")
    func pool() async throws {
        let store = try await filled(10)
        for _ in 1...3 {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await store.notes().count } }
                for try await count in group { #expect(count == 10) }
            }
            // They notice at once, or with the next query, which is asked again.
            try await TestDatabase.endSessions(of: folder.schema)
        }
        await store.close()
    }

    @Test("tells the server's time, to the millisecond")
    func sharedTime() async throws {
        let store = try await folder.open()
        let before = Environment.live.now()
        let now = try await store.read { try await $0.sharedTime() }
        #expect(now >= before && now <= Environment.live.now().adding(milliseconds: 1), "the server is on this machine")
        await store.close()
    }
}

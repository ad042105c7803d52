import Core
import Ledger
import Testing

@testable import Storage

@Suite("Tables")
struct TableTests {
    static let table = Table(
        "parcel",
        columns: [
            .integer("merchant"), .text("id"), .integer("version"), .text("customer").nullable, .blob("seal"),
        ],
        keyCount: 2,
        indexes: [
            Table.Index(["merchant", "customer", "id"], whereNotNull: "customer"),
            Table.Index(["merchant", "seal"], isUnique: true),
        ])

    @Test("are made from their description, with their indexes")
    func create() {
        #expect(
            TableSQL.create(Self.table, on: .sqlite) == [
                """
                CREATE TABLE parcel (
                  merchant INTEGER NOT NULL,
                  id TEXT NOT NULL,
                  version INTEGER NOT NULL,
                  customer TEXT,
                  seal BLOB NOT NULL,
                  PRIMARY KEY (merchant, id)
                ) WITHOUT ROWID
                """,
                "CREATE INDEX parcel_by_customer_id ON parcel (merchant, customer, id) WHERE customer IS NOT NULL",
                "CREATE UNIQUE INDEX parcel_by_seal ON parcel (merchant, seal)",
            ])
    }

    @Test("with long rows are appended to, and the key is an index")
    func appended() {
        let log = Table(
            "log", columns: [.integer("merchant"), .text("line")], keyCount: 1, isAppended: true, indexes: [])
        #expect(
            TableSQL.create(log, on: .sqlite) == [
                """
                CREATE TABLE log (
                  merchant INTEGER NOT NULL,
                  line TEXT NOT NULL,
                  PRIMARY KEY (merchant)
                )
                """
            ])
    }

    @Test("are read and written by SQL derived from their description")
    func statements() {
        let insert = "INSERT INTO parcel (merchant, id, version, customer, seal) VALUES (?, ?, ?, ?, ?)"
        #expect(TableSQL.insert(Self.table) == insert)
        #expect(
            TableSQL.update(Self.table)
                == "UPDATE parcel SET version = ?, customer = ?, seal = ? WHERE merchant = ? AND id = ?")
        #expect(
            TableSQL.upsert(Self.table)
                == insert + " ON CONFLICT (merchant, id) DO UPDATE SET version = excluded.version, "
                + "customer = excluded.customer, seal = excluded.seal")
        #expect(TableSQL.delete(Self.table) == "DELETE FROM parcel WHERE merchant = ? AND id = ?")
        #expect(TableSQL.select(Self.table) == "SELECT merchant, id, version, customer, seal FROM parcel")
        #expect(TableSQL.exists(Self.table) == "SELECT 1 FROM parcel WHERE merchant = ? AND id = ?")
        #expect(TableSQL.version(Self.table) == "SELECT version FROM parcel WHERE merchant = ? AND id = ?")
    }

    @Test("of the store itself begin their keys with the merchant or its book")
    func merchantFirst() {
        for table in Schema.storeTables {
            #expect(["merchant", "book"].contains(table.columns[0].name), "\(table.name)")
            for index in table.indexes {
                #expect(["merchant", "book"].contains(index.columns[0]), "\(table.name)")
            }
        }
        #expect(Set(Schema.storeTables).count == Schema.storeTables.count)
    }

    @Test("every kind of value comes back as it was written")
    func values() async throws {
        let folder = try TestFolder()
        let schema = Schema([Migration("1-parcels", tables: Schema.storeTables + [Parcel.table])])
        let store = try await folder.open(schema: schema)
        let parcels = [
            Parcel(id: "1", version: .max, customer: nil, seal: []),
            Parcel(id: "2", version: .min, customer: "", seal: [0]),
            Parcel(id: "3", version: 0, customer: "O'Brien \n \"\u{1F4B6}\" ä", seal: Array(0...255)),
            Parcel(id: "", version: 1, customer: "x", seal: [UInt8](repeating: 1, count: 70_000)),
        ]
        for parcel in parcels {
            var change = Change()
            change.insert(parcel)
            _ = try await store.commit(change)
            #expect(
                try await store.read { try await $0.first(Parcel.self, key: Array(parcel.row.prefix(2))) } == parcel)
        }
        await store.close()
    }

    @Test("a text with a zero character comes back whole; PostgreSQL, which has none, refuses it and writes nothing")
    func zeroCharacter() async throws {
        let folder = try TestFolder()
        let store = try await folder.open()
        let note = Note("note_1", "before\u{0}after")
        var change = note.inserted
        change.events = [event()]
        let mate = Note("note_2")
        let results = try await store.commitTogether([change, mate.inserted])
        if TestDatabase.isUsed {
            #expect(results[0].failure?.isUnavailable == true)
            #expect(try await store.notes() == [mate])
            #expect(try await store.events().isEmpty)
        } else {
            #expect(results[0].isSuccess)
            #expect(try await store.notes() == [note, mate])
        }
        #expect(results[1].isSuccess)
        await store.close()
    }

    struct Parcel: Record, Hashable {
        static var table: Table { TableTests.table }
        var id: String
        var version: Int64
        var customer: String?
        var seal: [UInt8]

        init(id: String, version: Int64, customer: String?, seal: [UInt8]) {
            self.id = id
            self.version = version
            self.customer = customer
            self.seal = seal
        }

        init(row: RowReader) throws {
            id = try row.text(1)
            version = try row.integer(2)
            customer = try row.optionalText(3)
            seal = try row.blob(4)
        }

        var row: [SQLValue] { [.integer(1), .text(id), .integer(version), SQLValue(customer), .blob(seal)] }
    }

    @Test("a column of another kind than a record expects is an error that names it")
    func rowErrors() throws {
        let row = RowReader([.text("a"), .integer(1), .null])
        #expect(throws: RowError(column: 0, expected: "an integer")) { try row.integer(0) }
        #expect(throws: RowError(column: 1, expected: "text")) { try row.text(1) }
        #expect(throws: RowError(column: 2, expected: "bytes")) { try row.blob(2) }
        #expect(throws: RowError(column: 1, expected: "text")) { try row.optionalText(1) }
        #expect(throws: RowError(column: 0, expected: "an integer")) { try row.optionalInteger(0) }
        #expect(try row.optionalText(2) == nil)
        #expect(try row.optionalInteger(2) == nil)
    }
}

@Suite("Changes")
struct ChangeTests {
    @Test("an update counts the version up, and requires the one that was read")
    func update() {
        var note = Note("note_1", "new")
        note.version = 7
        var change = Change()
        change.update(&note)
        #expect(note.version == 8)
        #expect(change.requires == [.version(Note.table, key: note.key, is: 7)])
        #expect(change.writes.map(\.kind) == [.update])
        #expect(change.writes.map(\.values) == [note.row])
    }

    @Test("a second update in the same Change requires nothing more")
    func updateOwn() {
        var note = Note("note_1")
        var change = Change()
        change.update(&note)
        note.text = "newer"
        change.updateOwn(note)
        #expect(change.requires.count == 1)
        #expect(change.writes.last?.values == note.row)
    }

    @Test("one after another keep their order, and the later idempotency counts")
    func append() {
        var first = Note("1").inserted
        first.events = [event("a")]
        first.idempotency = .claim(claim("key"))
        var second = Note("2").inserted
        second.requires = [.absent(Note.table, key: Note("2").key)]
        second.events = [event("b")]
        second.transactions = [transaction("ltx_1", [])]
        first.append(second)
        #expect(first.writes.map(\.values[1]) == [.text("1"), .text("2")])
        #expect(first.events.map(\.type) == ["a", "b"])
        #expect(first.requires.count == 1)
        #expect(first.transactions.map(\.id) == ["ltx_1"])
        #expect(first.idempotency?.claim == claim("key"))
        second.idempotency = .claim(claim("other"))
        first.append(second)
        #expect(first.idempotency?.claim == claim("other"))
    }

    @Test("deleting with half a key is a programmer's error")
    func partialKey() async {
        await #expect(processExitsWith: .failure) {
            var change = Change()
            change.delete(from: Note.table, key: [.integer(1)])
        }
    }
}

import Core
import Foundation
import Ledger
import Storage
import Testing

@Suite("Opening a store")
struct OpeningTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// A store with a note, an event and a booked transaction, closed again.
    private func fill() async throws {
        let store = try await folder.open()
        var change = Note("note_1", "text").inserted
        change.events = [event()]
        change.transactions = [transaction("ltx_1", [posting("clearing", "available", 100)])]
        change.idempotency = .claim(claim("key"))
        _ = try await store.commit(change)
        await store.close()
    }

    private func error() async -> StoreError? {
        do {
            _ = try await folder.open()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test("again sees everything, and goes on with it")
    func reopen() async throws {
        try await fill()
        let store = try await folder.open()
        #expect(try await store.notes() == [Note("note_1", "text")])
        #expect(try await store.events().count == 1)
        #expect(try await store.read { try await $0.idempotency(merchant: shop, key: "key") }?.claim == claim("key"))
        let next = transaction("ltx_2", [posting("available", "bank", 30)])
        let receipt = try await store.commit(Change(transactions: [next]))
        #expect(receipt.transactions[0].sequence == 2)
        #expect(receipt.transactions[0].postings[0].sourceBalance == 70)
        let (books, findings, head) = try await store.read { reader in
            (try await reader.books(), try await reader.audit(BookKey(1)), try await reader.head(of: BookKey(1)))
        }
        #expect(books == [BookKey(1)])
        #expect(findings.isEmpty)
        #expect(head.hash == receipt.transactions[0].hash)
        await store.close()
    }

    @Test("runs the migrations that are new, once each and in their order")
    func migrations() async throws {
        try await fill()
        let more = Schema(
            Schema.tests.migrations + [
                Migration(
                    "2-shout", statements: ["UPDATE note SET text = upper(text)", "UPDATE note SET text = text || '!'"])
            ])
        for _ in 1...2 {
            let store = try await folder.open(schema: more)
            #expect(try await store.notes().map(\.text) == ["TEXT!"])
            await store.close()
        }
    }

    @Test("that a newer Florin has written is refused, and its rows stay as they are")
    func fromTheFuture() async throws {
        try await fill()
        let newer = Schema.tests.tampered("UPDATE note SET text = 'new'")
        let store = try await folder.open(schema: newer)
        await store.close()
        let address = TestDatabase.isUsed ? try await TestDatabase.address(of: folder.schema).description : nil
        #expect(await error() == .schemaFromTheFuture(path: address ?? folder.databasePath))
        let again = try await folder.open(schema: newer)
        #expect(try await again.notes().map(\.text) == ["new"])
        await again.close()
    }

    @Test(
        "a file that is no database is refused as damaged, and nothing is changed",
        .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
    func notADatabase() async throws {
        for bytes in [Array("hello".utf8), [UInt8](repeating: 7, count: 100_000)] {
            try folder.write(bytes, to: "florin.sqlite")
            guard case .corrupted(let path, _) = await error() else {
                Issue.record("\(bytes.count) bytes of something else are no database")
                continue
            }
            #expect(path == folder.databasePath)
            #expect(try folder.read("florin.sqlite") == bytes)
        }
    }

    @Test(
        "a database whose first page was overwritten is refused as damaged",
        .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly), arguments: [0, 16, 100])
    func damaged(offset: Int) async throws {
        try await fill()
        var bytes = try folder.read("florin.sqlite")
        for index in offset..<8_192 { bytes[index] = 0xa5 }
        try folder.write(bytes, to: "florin.sqlite")
        let error = await error()
        guard case .corrupted = error else {
            Issue.record("opened, or refused as something else: \(String(describing: error))")
            return
        }
    }

    @Test(
        "in a folder that is missing is refused as inaccessible",
        .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
    func missingFolder() async throws {
        let databasePath = folder.path + "/none/x.sqlite"
        let configuration = StoreConfiguration(path: databasePath, readers: 1, queueMax: 1, batchMax: 1)
        do throws(StoreError) {
            _ = try await Store.open(configuration, schema: .tests, environment: .live)
            Issue.record("the folder is missing")
        } catch {
            guard case .inaccessible(let path, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == databasePath)
        }
    }

    @Test("every reason is told in a sentence that names the path and what to do")
    func descriptions() {
        let rows: [(StoreError, String)] = [
            (.folderInUse("/d"), "Another process is using the data folder /d."),
            (.corrupted(path: "/d/f", detail: "bad"), "The database /d/f is damaged (bad). Restore it from a backup"),
            (.schemaFromTheFuture(path: "/d/f"), "The database /d/f was written by a newer version of Florin."),
            (.inaccessible(path: "/d", detail: "Permission denied"), "Cannot use /d: Permission denied."),
        ]
        for (error, text) in rows { #expect(error.description.hasPrefix(text)) }
    }
}

import Core
import Foundation
import Glibc
import Testing

@testable import Storage

@Suite("Opening a store on PostgreSQL", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
struct PostgresOpeningTests {
    let folder: TestFolder
    private let password = "p4ss-W0rd"

    init() throws { folder = try TestFolder() }

    private func error(_ text: String, schema: Schema = .tests) async -> StoreError? {
        do throws(StoreError) {
            let address = try PostgresAddress(text)
            let configuration = StoreConfiguration(
                location: .postgres(address), readers: 1, queueMax: 10, batchMax: 10)
            await (try Store.open(configuration, schema: schema, environment: .live)).close()
            return nil
        } catch {
            return error
        }
    }

    /// `host:port/name` of the server, and one of its parts replaced.
    private func place(port: Int? = nil, name: String? = nil) throws -> String {
        let url = try #require(URL(string: TestDatabase.url))
        return "\(url.host ?? ""):\(port ?? url.port ?? 0)/\(name ?? String(url.path.dropFirst()))"
    }

    private func expectUnreachable(_ error: StoreError?, _ place: String, saying words: String) {
        guard case .unreachable(let server, let detail)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.hasSuffix("@" + place), "\(server)")
        #expect(detail.contains(words), "\(detail)")
        #expect(error?.description.contains(password) == false)
    }

    @Test("without a server names the place, and no password")
    func nobody() async throws {
        // A port that was free a moment ago.
        let proxy = try CommitProxy(server: 1)
        proxy.close()
        let place = try place(port: Int(proxy.port))
        expectUnreachable(await error("postgres://florin:\(password)@\(place)"), place, saying: "Connection refused")
    }

    @Test("with a wrong password, without TLS, and in a database that does not exist")
    func refusedByServer() async throws {
        let here = try place()
        expectUnreachable(
            await error("postgres://florin:\(password)@\(here)"), here, saying: "password authentication failed")
        expectUnreachable(
            await error("postgres://florin:\(password)@\(here)?sslmode=require"), here,
            saying: "server does not support SSL")
        let missing = try place(name: "no_such_database")
        let user = TestDatabase.url.replacing(here, with: missing)
        expectUnreachable(await error(user), missing, saying: #"database "no_such_database" does not exist"#)
    }

    @Test("when the server takes no more connections")
    func tooMany() async throws {
        let role = folder.schema
        try await TestDatabase.run("CREATE ROLE \(role) LOGIN PASSWORD '\(password)' CONNECTION LIMIT 0")
        let here = try place()
        expectUnreachable(
            await error("postgres://\(role):\(password)@\(here)"), here, saying: "too many connections for role")
    }

    @Test("that may not make tables, or has another encoding than UTF-8, says what is missing")
    func unsuitable() async throws {
        let role = folder.schema
        try await TestDatabase.run("CREATE ROLE \(role) LOGIN PASSWORD '\(password)'")
        try await TestDatabase.run("CREATE DATABASE \(role) ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
        let here = try place()
        let ascii = try place(name: role)
        for (place, words) in [(here, "permission denied"), (ascii, "its encoding is not UTF8")] {
            let error = await error("postgres://\(role):\(password)@\(place)?options=-csearch_path%3Dpublic")
            guard case .unsuitable(let server, let detail)? = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(server == "\(role)@\(place)")
            #expect(detail.contains(words), "\(detail)")
            #expect(error?.description.contains(password) == false)
        }
        try await TestDatabase.run("DROP DATABASE \(role) WITH (FORCE)")
    }

    @Test(
        "at an address that is none says so, without repeating a password",
        arguments: [
            "", "florin", "postgres://florin:p4ss-W0rd@[::1/florin", "postgres://florin:p4ss-W0rd%zz@host/florin",
            "host=here password='p4ss-W0rd", "host=here pasword=p4ss-W0rd", "postgres://host/florin?passwd=p4ss-W0rd",
        ])
    func nonsense(text: String) async {
        guard case .badAddress(let detail)? = await error(text) else {
            // Nothing at all is an address: a server on this machine, for the user who asks.
            #expect(text.isEmpty)
            return
        }
        #expect(!detail.contains(password))
        #expect(StoreError.badAddress(detail).description.contains("postgres://USER@HOST:PORT/NAME"))
    }

    @Test("with steps that a newer Florin has made is refused, and nothing is changed")
    func fromTheFuture() async throws {
        await (try folder.open()).close()
        let rows = "SELECT step FROM \(folder.schema).florin_schema ORDER BY step"
        try await TestDatabase.run("INSERT INTO \(folder.schema).florin_schema VALUES ('main', '9-future', 9, 0)")
        let before = try await TestDatabase.run(rows)
        let address = try await TestDatabase.address(of: folder.schema)
        await #expect(throws: StoreError.schemaFromTheFuture(path: address.description)) { try await folder.open() }
        #expect(try await TestDatabase.run(rows) == before)
        // Another schema's steps are nobody's business.
        try await TestDatabase.run("UPDATE \(folder.schema).florin_schema SET schema = 'vault' WHERE step = '9-future'")
        await (try folder.open()).close()
    }

    // MARK: Migrations

    @Test("by many processes at the same time makes the schema once")
    func together() async throws {
        for round in 0..<4 {
            let folder = try TestFolder()
            // One of them knows a step more.
            let newer = Schema(
                Schema.tests.migrations + [Migration("2-more", statements: ["ALTER TABLE note ADD COLUMN more text"])])
            let stores = try await withThrowingTaskGroup(of: Store.self) { group in
                for number in 0..<6 {
                    group.addTask { try await folder.open(schema: number == 5 && round > 1 ? newer : .tests) }
                }
                var stores: [Store] = []
                while let result = await group.nextResult() {
                    switch result {
                    case .success(let store): stores.append(store)
                    case .failure(let error as StoreError):
                        // Who comes after the newer step does not know it.
                        guard case .schemaFromTheFuture = error, round > 1 else { throw error }
                    case .failure(let error): throw error
                    }
                }
                return stores
            }
            #expect(round > 1 || stores.count == 6)
            #expect(!stores.isEmpty)
            for (number, store) in stores.enumerated() { _ = try await store.commit(Note("note_\(number)").inserted) }
            let notes = try #require(try await stores.first?.notes())
            #expect(notes.count == stores.count)
            for store in stores { await store.close() }
        }
    }

    @Test("in two processes at the same time makes the schema once")
    func twoProcesses() async throws {
        let schema = folder.schema
        // There already, and empty.
        _ = try await TestDatabase.address(of: schema)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                group.addTask {
                    await #expect(processExitsWith: .success) { [schema = schema as String, number = number as Int] in
                        let address = try await TestDatabase.address(of: schema)
                        let store = try await Store.open(
                            .server(.postgres(address)), schema: .tests, environment: .live)
                        _ = try await store.commit(Note("note_\(number)").inserted)
                        await store.close()
                    }
                }
            }
        }
        let store = try await folder.open()
        #expect(try await store.notes().map(\.id) == ["note_0", "note_1"])
        await store.close()
    }

    @Test("with a step more leaves an older process writing, until that is started anew")
    func rolling() async throws {
        let older = try await folder.open()
        _ = try await older.commit(Note("a").inserted)
        let schema = Schema(
            Schema.tests.migrations + [Migration("2-more", statements: ["ALTER TABLE note ADD COLUMN more text"])])
        let newer = try await folder.open(schema: schema)
        var note = Note("a")
        var change = Note("b").inserted
        change.update(&note)
        change.events = [event()]
        _ = try await older.commit(change)
        _ = try await newer.commit(Note("c").inserted)
        #expect(try await older.notes().map(\.id) == ["a", "b", "c"])
        #expect(try await newer.notes().map(\.version) == [2, 1, 1])
        await older.close()
        let address = try await TestDatabase.address(of: folder.schema)
        await #expect(throws: StoreError.schemaFromTheFuture(path: address.description)) { try await folder.open() }
        await newer.close()
    }
}

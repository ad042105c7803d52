import Core
import Ledger
import Synchronization

@testable import Storage

/// A folder with books in it, and an empty database to move them to.
struct ImportFixture {
    let folder: TestFolder
    let address: PostgresAddress
    let source: Store
    let target: Store

    static let notes = 60

    init() async throws {
        folder = try TestFolder()
        address = try await TestDatabase.address(of: folder.schema)
        source = try await Self.open(.file(path: folder.databasePath, cacheMiB: 16), isForImport: false)
        target = try await Self.open(.postgres(address), isForImport: true)
        try await Self.fill(source)
    }

    /// Notes with texts that are easily spoiled, money, events and an idempotent answer.
    static func fill(_ store: Store) async throws {
        let texts = ["", "plain", "e\u{301}", "\u{e9}", "Ünïcode ☂", "a?b$1", "{\"a\":null}", "x'); --", "\\x00"]
        for number in 0..<notes {
            let merchant = number % 3 == 0 ? otherShop : shop
            var change = Note("note_\(number)", texts[number % texts.count], of: merchant).inserted
            change.events.append(event(of: merchant))
            change.transactions.append(
                transaction(
                    "txn_\(number)", book: merchant.value,
                    [posting("clearing/card", "pending", Int64(100 + number)), posting("pending", "fees", 3)]))
            let claim = IdempotencyClaim(
                merchant: merchant, key: "key \(number)", fingerprint: [0, 255, UInt8(number)],
                requestID: "req_\(number)",
                createdAt: Timestamp(seconds: 1), objectID: number % 2 == 0 ? nil : "note_\(number)")
            change.idempotency = .claimAndAnswer(claim, IdempotentReply(status: 200, body: [0, 10, 255]))
            _ = try await store.commit(change)
        }
    }

    private static func open(
        _ location: StoreConfiguration.Location, isForImport: Bool
    ) async throws(StoreError) -> Store {
        var configuration = StoreConfiguration(location: location, readers: 2, queueMax: 64, batchMax: 64)
        configuration.isForImport = isForImport
        return try await Store.open(
            configuration, schema: .tests, environment: TestClock().environment(seed: nextSeed()))
    }

    /// Opens the target as a server does.
    func openTarget() async throws(StoreError) -> Store { try await Self.open(.postgres(address), isForImport: false) }

    func begin(id: String = "import_1", schema: Schema = .tests) async throws -> PostgresImport {
        try await PostgresImport.begin(schema, from: source, to: target, at: address, id: id)
    }

    func close() async {
        await source.close()
        await target.close()
    }
}

/// What a test throws where a process would be killed.
struct Killed: Error {}

/// Counts calls, and throws at one of them.
final class Fuse: Sendable {
    private let left: Mutex<Int>

    init(_ calls: Int) { left = Mutex(calls) }

    func burn() throws {
        let isOver = left.withLock { left in
            left -= 1
            return left < 0
        }
        if isOver { throw Killed() }
    }
}

/// What an import told of its progress.
final class ProgressLog: Sendable {
    private let all = Mutex<[PostgresImport.Progress]>([])

    func add(_ progress: PostgresImport.Progress) { all.withLock { $0.append(progress) } }

    func done(of table: String) -> [Int] { all.withLock { $0.filter { $0.table == table }.map(\.done) } }

    func totals(of table: String) -> Set<Int> { all.withLock { Set($0.filter { $0.table == table }.map(\.total)) } }
}

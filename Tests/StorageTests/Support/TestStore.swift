import Core
import Ledger
import Money
import Storage
import Synchronization

let shop = MerchantKey(1)
/// Of the merchants that one of PostgreSQL's committers shares with `shop`.
let otherShop = MerchantKey(3)

/// A row of a test's own.
struct Note: VersionedRecord, Hashable {
    var merchant = shop
    var id: String
    var version: Int64 = 1
    var text = ""

    static let table = Table(
        "note", columns: [.integer("merchant"), .text("id"), .integer("version"), .text("text")], keyCount: 2,
        indexes: [])

    init(_ id: String, _ text: String = "", of merchant: MerchantKey = shop) {
        self.merchant = merchant
        self.id = id
        self.text = text
    }

    init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        id = try row.text(1)
        version = try row.integer(2)
        text = try row.text(3)
    }

    var row: [SQLValue] { [.integer(merchant.value), .text(id), .integer(version), .text(text)] }
    var key: [SQLValue] { [.integer(merchant.value), .text(id)] }

    /// A Change that adds it.
    var inserted: Change {
        var change = Change()
        change.insert(self)
        return change
    }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ milliseconds: Int64 = 1_790_000_000_000) { time = Mutex(Timestamp(milliseconds: milliseconds)) }

    var now: Timestamp { time.withLock { $0 } }

    func advance(milliseconds: Int64) { time.withLock { $0 = $0.adding(milliseconds: milliseconds) } }

    /// This clock, and bytes from a seeded generator.
    func environment(seed: UInt64 = 1) -> Environment {
        let generator = SeededGenerator(seed: seed)
        return Environment(now: { self.now }, fillRandom: { generator.fill($0) })
    }
}

extension Schema {
    /// What the store keeps of itself, and notes.
    static let tests = Schema([Migration("1-tests", tables: Schema.storeTables + [Note.table])])

    /// The same with one step more, which runs SQL: how a test changes rows behind the store's back.
    func tampered(_ statements: String...) -> Schema {
        Schema(migrations + [Migration("tampered", statements: statements)])
    }
}

extension TestFolder {
    func open(
        queueMax: Int = Limits.commitQueueMax, batchMax: Int = Limits.commitBatchMax, schema: Schema = .tests,
        environment: Environment = TestClock().environment(seed: nextSeed())
    ) async throws -> Store {
        if TestDatabase.isUsed, turn.withLock({ $0 == nil }) {
            let taken = try await TestDatabase.Turn()
            turn.withLock { $0 = $0 ?? taken }
        }
        let location: StoreConfiguration.Location =
            TestDatabase.isUsed
            ? .postgres(try await TestDatabase.address(of: self.schema)) : .file(path: databasePath, cacheMiB: 16)
        return try await Store.open(
            StoreConfiguration(location: location, readers: 2, queueMax: queueMax, batchMax: batchMax),
            schema: schema, environment: environment)
    }
}

/// Processes never draw the same random bytes: each store gets a seed of its own.
func nextSeed() -> UInt64 { UInt64(seeds.add(1, ordering: .relaxed).newValue) }

private let seeds = Atomic<Int>(0)

extension Store {
    /// Commits; nil when it is done, or why it is not.
    func outcome(of change: Change) async -> CommitError? {
        do throws(CommitError) {
            _ = try await commit(change)
            return nil
        } catch {
            return error
        }
    }

    func notes() async throws -> [Note] {
        try await read { try await $0.select(Note.self, where: "1 = 1", [], orderBy: "merchant, id", limit: 10_000) }
    }

    func events(of merchant: MerchantKey = shop) async throws -> [StoredEvent] {
        try await read { reader in
            try await reader.select(
                StoredEvent.self, where: "merchant = ?", [.integer(merchant.value)], orderBy: "sequence",
                limit: 10_000)
        }
    }
}

func event(_ type: String = "note.created", of merchant: MerchantKey = shop) -> EventDraft {
    EventDraft(
        merchant: merchant, type: type, objectKind: "note", objectID: "note_1", document: "{}",
        createdAt: Timestamp(seconds: 1), requestID: nil, idempotencyKey: nil)
}

func posting(_ source: AccountName, _ destination: AccountName, _ amount: Int64) -> Posting {
    Posting(currency: .usd, source: source, destination: destination, amount: amount)
}

func transaction(
    _ id: String, book: Int64 = 1, at effectiveAt: Timestamp = Timestamp(seconds: 1), _ postings: [Posting]
) -> Transaction {
    Transaction(
        id: id, book: BookKey(book), kind: "charge", reference: "ch_1", effectiveAt: effectiveAt, postings: postings)
}

extension CommitError {
    var isUnavailable: Bool {
        if case .unavailable = self { return true }
        return false
    }
}

extension Result where Failure == CommitError {
    var failure: CommitError? {
        if case .failure(let error) = self { return error }
        return nil
    }

    var isSuccess: Bool { failure == nil }
}

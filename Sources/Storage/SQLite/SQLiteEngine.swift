import Core
import GRDB

/// SQLite with a write-ahead log and `synchronous = FULL`: when a commit returns, the disk has confirmed. (Measured
/// before this was built: `NORMAL` loses acknowledged commits in a power cut, `FULL` none.)
final class SQLiteEngine: Engine {
    private let pool: DatabasePool
    private let readers: SQLiteReaders
    private let committer: SQLiteCommitter
    private let checkpointer: Checkpointer

    init(
        path: String, cacheMiB: Int, _ configuration: StoreConfiguration, schema: Schema, environment: Environment,
        counters: StoreCounters, listener: EventListener
    ) throws(StoreError) {
        do {
            var settings = Configuration()
            settings.maximumReaderCount = 1
            pool = try DatabasePool(path: path, configuration: settings)
            try Self.migrate(pool, schema)
            let checkpointer = Checkpointer(path: path, statistics: counters)
            self.checkpointer = checkpointer
            let writer = try pool.unsafeReentrantWrite { database in
                try database.execute(
                    sql: """
                        PRAGMA synchronous = FULL;
                        PRAGMA temp_store = MEMORY;
                        PRAGMA wal_autocheckpoint = 0;
                        PRAGMA cache_size = -\(cacheMiB * 1_024);
                        """)
                checkpointer.observe(database)
                guard let connection = database.sqliteConnection else { throw DatabaseError(message: "no connection") }
                return SQLiteWriter(connection: connection, environment: environment)
            }
            readers = try SQLiteReaders(path: path, count: configuration.readers, environment: environment)
            committer = SQLiteCommitter(
                pool: pool, writer: writer, checkpointer: checkpointer,
                queue: CommitQueue(queueMax: configuration.queueMax, batchMax: configuration.batchMax),
                statistics: counters, listener: listener)
        } catch let error as StoreError {
            throw error
        } catch {
            throw Self.storeError(error, path: path)
        }
    }

    private static func migrate(_ pool: DatabasePool, _ schema: Schema) throws {
        var migrator = DatabaseMigrator()
        for migration in schema.migrations {
            migrator.registerMigration(migration.name) { database in
                for table in migration.tables {
                    for statement in TableSQL.create(table, on: .sqlite) { try database.execute(sql: statement) }
                }
                for statement in migration.statements { try database.execute(sql: statement) }
            }
        }
        if try pool.read(migrator.hasBeenSuperseded) { throw StoreError.schemaFromTheFuture(path: pool.path) }
        try migrator.migrate(pool)
    }

    private static func storeError(_ error: any Error, path: String) -> StoreError {
        guard let failure = error as? DatabaseError else {
            return .inaccessible(path: path, detail: String(describing: error))
        }
        switch failure.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return .corrupted(path: path, detail: failure.message ?? "not a database")
        default: return .inaccessible(path: path, detail: failure.message ?? failure.resultCode.description)
        }
    }

    func commit(_ change: Change) async throws(CommitError) -> Receipt { try await committer.commit(change) }

    /// A reader of SQLite sees only what the disk has confirmed.
    func confirm() async throws(CommitError) {}

    func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        try await readers.read(body)
    }

    func readAtOnce<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        try await readers.read(body)
    }

    var isExclusive: Bool { true }

    var trouble: String? { committer.trouble }

    func close() async {
        await committer.close()
        checkpointer.close()
        readers.close()
        try? pool.close()
    }
}

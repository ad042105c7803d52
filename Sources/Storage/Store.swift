public import Core
import GRDB

/// How a store is opened.
public struct StoreConfiguration: Sendable {
    /// The database file.
    public var path: String
    /// Connections that read at the same time.
    public var readers: Int
    /// Changes that may wait; more are refused as overloaded.
    public var queueMax: Int
    /// Changes in one group commit.
    public var batchMax: Int
    /// Memory for pages of the connection that writes, in MiB.
    public var cacheMiB: Int

    public init(path: String, readers: Int, queueMax: Int, batchMax: Int, cacheMiB: Int = 16) {
        self.path = path
        self.cacheMiB = cacheMiB
        self.readers = readers
        self.queueMax = queueMax
        self.batchMax = batchMax
    }

    /// What a server uses.
    public static func server(path: String) -> StoreConfiguration {
        StoreConfiguration(
            path: path, readers: 4, queueMax: Limits.commitQueueMax, batchMax: Limits.commitBatchMax, cacheMiB: 128)
    }
}

/// A durable store: Changes go in by group commit, snapshots are read beside it.
///
/// The engine is SQLite with a write-ahead log and `synchronous = FULL`: when ``commit(_:)`` returns, the disk has
/// confirmed. (Measured before this was built: `NORMAL` loses acknowledged commits in a power cut, `FULL` none.)
public final class Store: Sendable {
    private let pool: DatabasePool
    private let committer: Committer
    private let checkpointer: Checkpointer
    private let counters: StoreCounters

    private init(pool: DatabasePool, committer: Committer, checkpointer: Checkpointer, counters: StoreCounters) {
        self.pool = pool
        self.committer = committer
        self.checkpointer = checkpointer
        self.counters = counters
    }

    /// Opens a database, making it and bringing its schema up to date where needed.
    public static func open(
        _ configuration: StoreConfiguration, schema: Schema, environment: Environment
    ) throws(StoreError) -> Store {
        do {
            var settings = Configuration()
            settings.maximumReaderCount = configuration.readers
            settings.prepareDatabase { database in
                try database.execute(sql: "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY")
            }
            let pool = try DatabasePool(path: configuration.path, configuration: settings)
            try migrate(pool, schema)
            let counters = StoreCounters()
            let checkpointer = Checkpointer(path: configuration.path, statistics: counters)
            let writer = try pool.unsafeReentrantWrite { database in
                try database.execute(
                    sql: """
                        PRAGMA synchronous = FULL;
                        PRAGMA wal_autocheckpoint = 0;
                        PRAGMA cache_size = -\(configuration.cacheMiB * 1_024);
                        """)
                checkpointer.observe(database)
                guard let connection = database.sqliteConnection else { throw DatabaseError(message: "no connection") }
                return SQLiteWriter(connection: connection, environment: environment)
            }
            let committer = Committer(
                pool: pool, writer: writer, checkpointer: checkpointer, queueMax: configuration.queueMax,
                batchMax: configuration.batchMax, statistics: counters)
            return Store(pool: pool, committer: committer, checkpointer: checkpointer, counters: counters)
        } catch let error as StoreError {
            throw error
        } catch {
            throw storeError(error, path: configuration.path)
        }
    }

    private static func migrate(_ pool: DatabasePool, _ schema: Schema) throws {
        var migrator = DatabaseMigrator()
        for migration in schema.migrations {
            migrator.registerMigration(migration.name) { database in
                for table in migration.tables {
                    for statement in TableSQL.create(table) { try database.execute(sql: statement) }
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

    /// Makes a Change durable together with others that wait.
    ///
    /// - throws: ``CommitError``; except for `.unknown` nothing of the Change happened.
    public func commit(_ change: Change) async throws(CommitError) -> Receipt { try await committer.commit(change) }

    /// Reads one consistent snapshot.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Reader) throws -> T) async throws -> T {
        try await pool.read { try body(Reader(database: $0)) }
    }

    /// Reads one consistent snapshot, blocking the thread: for start-up and the command line.
    public func readBlocking<T>(_ body: (Reader) throws -> T) throws -> T {
        try pool.read { try body(Reader(database: $0)) }
    }

    /// Calls `handler` after each group commit that held events.
    public func onEvents(_ handler: @escaping @Sendable () -> Void) { committer.onEvents(handler) }

    /// What the store did since it was opened.
    public var statistics: StoreStatistics { counters.snapshot }

    /// Answers what waits, refuses what comes, and closes the files.
    public func close() async {
        await committer.close()
        checkpointer.close()
        try? pool.close()
    }
}

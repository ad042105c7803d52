public import Core

/// How a store is opened.
public struct StoreConfiguration: Sendable {
    /// Where the database is.
    public enum Location: Sendable {
        /// A file of SQLite's, which this process has alone; with memory for pages of the connection that writes.
        case file(path: String, cacheMiB: Int)
        case postgres(PostgresAddress)
    }

    public var location: Location
    /// Snapshots that are read at the same time.
    public var readers: Int
    /// Changes that may wait; more are refused as overloaded.
    public var queueMax: Int
    /// Changes in one group commit.
    public var batchMax: Int
    /// Opens a database although an import into it is not finished, in order to finish it.
    public var isForImport = false

    public init(location: Location, readers: Int, queueMax: Int, batchMax: Int) {
        self.location = location
        self.readers = readers
        self.queueMax = queueMax
        self.batchMax = batchMax
    }

    public init(path: String, readers: Int, queueMax: Int, batchMax: Int, cacheMiB: Int = 16) {
        self.init(
            location: .file(path: path, cacheMiB: cacheMiB), readers: readers, queueMax: queueMax, batchMax: batchMax)
    }

    /// What a server uses.
    public static func server(_ location: Location) -> StoreConfiguration {
        StoreConfiguration(
            location: location, readers: 4, queueMax: Limits.commitQueueMax, batchMax: Limits.commitBatchMax)
    }
}

/// A durable store: Changes go in by group commit, snapshots are read beside it.
///
/// It stands on SQLite or on PostgreSQL; what it promises is the same on both.
public final class Store: Sendable {
    private let engine: any Engine
    private let counters: StoreCounters
    private let listener: EventListener

    private init(_ engine: any Engine, _ counters: StoreCounters, _ listener: EventListener) {
        self.engine = engine
        self.counters = counters
        self.listener = listener
    }

    /// Opens a database, making it and bringing its schema up to date where needed.
    public static func open(
        _ configuration: StoreConfiguration, schema: Schema, environment: Environment
    ) async throws(StoreError) -> Store {
        let counters = StoreCounters()
        let listener = EventListener()
        let engine: any Engine
        switch configuration.location {
        case .file(let path, let cacheMiB):
            engine = try SQLiteEngine(
                path: path, cacheMiB: cacheMiB, configuration, schema: schema, environment: environment,
                counters: counters, listener: listener)
        case .postgres(let address):
            engine = try await PostgresEngine.open(
                address, configuration, schema: schema, environment: environment, counters: counters,
                listener: listener)
        }
        return Store(engine, counters, listener)
    }

    /// Makes a Change durable together with others that wait.
    ///
    /// - throws: ``CommitError``; except for `.unknown` nothing of the Change happened.
    public func commit(_ change: Change) async throws(CommitError) -> Receipt { try await engine.commit(change) }

    /// Waits until all that a reader could have seen before this call is durable.
    ///
    /// An answer that is read, not committed, is given after this: on PostgreSQL a row can be seen that no standby has
    /// yet, when its commit was cut off while it waited for one.
    public func confirm() async throws(CommitError) { try await engine.confirm() }

    /// Reads one consistent snapshot.
    ///
    /// - throws: ``ReadError``, or what `body` throws.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        try await engine.read(body)
    }

    /// Reads one snapshot without a turn among the other reads: for what a process must renew in time, and no more.
    public func readAtOnce<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        try await engine.readAtOnce(body)
    }

    /// Calls `handler` after each group commit of this process that held events.
    public func onEvents(_ handler: @escaping @Sendable () -> Void) { listener.use(handler) }

    /// What the store did since it was opened.
    public var statistics: StoreStatistics { counters.snapshot }

    /// Whether no other process can use the database: it is embedded, in a folder that this process has locked.
    public var isExclusive: Bool { engine.isExclusive }

    /// Why the store takes no Changes now, nil when all is well.
    public var trouble: String? { engine.trouble }

    /// Answers what waits, refuses what comes, and lets go of the database.
    public func close() async { await engine.close() }
}

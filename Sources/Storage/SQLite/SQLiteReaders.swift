import Core
import Dispatch
import GRDB

/// The connections that read snapshots of an SQLite database beside its writer.
///
/// The body of a read runs on its connection's own thread, so that waiting for the disk holds up no other task.
final class SQLiteReaders: Sendable {
    private let pool: ReaderPool<SQLiteReadSession>

    init(path: String, count: Int, environment: Environment) throws {
        var settings = Configuration()
        settings.readonly = true
        settings.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY")
        }
        pool = ReaderPool(
            try (0..<count).map { _ in
                try SQLiteReadSession(DatabaseQueue(path: path, configuration: settings), environment)
            })
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        let session = try await pool.take()
        defer { pool.put(session) }
        return try await withTaskExecutorPreference(session.executor) {
            try session.begin()
            defer { session.end() }
            return try await body(Reader(session: session))
        }
    }

    /// Closes the connections that nobody reads with.
    func close() {
        for session in pool.close() { session.close() }
    }
}

/// One connection that reads; whoever took it from the pool has it alone.
final class SQLiteReadSession: ReadSession, @unchecked Sendable {
    let executor = QueueExecutor(label: "florin.reader")
    private let queue: DatabaseQueue
    private let connection: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
    private let environment: Environment

    private static let statementsMax = 256

    init(_ queue: DatabaseQueue, _ environment: Environment) throws {
        self.queue = queue
        self.environment = environment
        connection = try queue.unsafeReentrantWrite { database in
            guard let connection = database.sqliteConnection else { throw DatabaseError(message: "no connection") }
            return connection
        }
    }

    func begin() throws { _ = try statement("BEGIN").run([SQLValue]()) }

    func end() { _ = try? statement("COMMIT").run([SQLValue]()) }

    func rows(_ sql: String, _ arguments: [SQLValue]) async throws -> [[SQLValue]] {
        var result: [[SQLValue]] = []
        try await forEachRow(sql, arguments) { result.append($0) }
        return result
    }

    func forEachRow(_ sql: String, _ arguments: [SQLValue], _ body: ([SQLValue]) throws -> Void) async throws {
        do {
            try statement(sql).forEach(arguments, body)
        } catch let failure as SQLiteFailure {
            throw ReadError.failed(failure.message)
        }
    }

    func sharedTime() async throws -> Timestamp { environment.now() }

    func damage() async throws -> [String] {
        try await rows("PRAGMA integrity_check(20)", []).compactMap { row in
            if case .text(let text)? = row.first, text != "ok" { return text }
            return nil
        }
    }

    func close() {
        statements.removeAll()
        try? queue.close()
    }

    private func statement(_ sql: String) throws(SQLiteFailure) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        if statements.count >= Self.statementsMax { statements.removeAll() }
        let statement = try SQLiteStatement(sql, on: connection)
        statements[sql] = statement
        return statement
    }
}

/// Runs the jobs of tasks on one dispatch queue.
final class QueueExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

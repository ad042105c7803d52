import Core
import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Moves committed pages from SQLite's write-ahead log into the database, off the committer's path.
///
/// A passive checkpoint on a connection and a thread of its own copies most pages while commits go on. It can never
/// catch up under load, and only a log that was copied whole starts again at its beginning; so when one is done the
/// committer copies the short rest itself, between two batches. That keeps the log, and what a restart has to read,
/// bounded.
final class Checkpointer: Sendable {
    /// Pages in the log that start a background checkpoint.
    private static let pagesMax: Int32 = 4_000

    private enum Phase { case idle, running, tailLeft }

    private let phase = Mutex(Phase.idle)
    private let queue = DispatchQueue(label: "florin.checkpointer", qos: .utility)
    private let path: String
    private let connection: Mutex<DatabaseQueue?> = Mutex(nil)
    private let statistics: StoreCounters

    init(path: String, statistics: StoreCounters) {
        self.path = path
        self.statistics = statistics
    }

    /// Pages in the log after the last commit.
    private let pagesInLog = Atomic<Int32>(0)

    /// Has SQLite report the length of the log after each commit of the write connection.
    func observe(_ database: Database) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        // The checkpointer outlives the connection: the store holds both and closes the connection first.
        _ = sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Checkpointer>.fromOpaque(context).takeUnretainedValue()
                    .pagesInLog.store(pages, ordering: .relaxed)
                return SQLITE_OK
            }, context)
    }

    func didCommit(writer: SQLiteWriter, pool: DatabasePool) {
        switch phase.withLock({ $0 }) {
        case .running: return
        case .tailLeft:
            pool.unsafeReentrantWrite { _ in writer.checkpoint() }
            statistics.checkpointed()
            phase.withLock { $0 = .idle }
        case .idle:
            guard pagesInLog.load(ordering: .relaxed) > Self.pagesMax else { return }
            phase.withLock { $0 = .running }
            queue.async { self.run() }
        }
    }

    private func run() {
        defer { phase.withLock { $0 = .tailLeft } }
        do {
            let connection = try connection.withLock { connection -> DatabaseQueue in
                if let connection { return connection }
                let opened = try DatabaseQueue(path: path)
                connection = opened
                return opened
            }
            connection.inDatabase { database in
                _ = sqlite3_wal_checkpoint_v2(
                    database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
            }
        } catch {
            // The committer's own checkpoint does the work; the log grows until then.
        }
    }

    func close() { connection.withLock { $0 = nil } }
}

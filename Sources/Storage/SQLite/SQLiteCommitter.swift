import Core
import Dispatch
import GRDB
import GRDBSQLite
import Glibc
import Ledger
import Synchronization

/// Group commit on SQLite: takes all Changes that wait, writes those that stand in one database transaction, waits for
/// the disk once, and then answers all of them.
///
/// While one batch waits for the disk the next one gathers, so a slow disk makes batches larger and not answers wrong.
/// An error of the database inside a batch undoes it, and each of its Changes is tried again alone, so that only the
/// one at fault fails.
final class SQLiteCommitter: Sendable {
    private let changes: CommitQueue
    private let queue = DispatchQueue(label: "florin.committer")
    private let pool: DatabasePool
    /// Touched on `queue` only.
    nonisolated(unsafe) private let writer: SQLiteWriter
    private let checkpointer: Checkpointer
    private let statistics: StoreCounters
    private let listener: EventListener

    init(
        pool: DatabasePool, writer: SQLiteWriter, checkpointer: Checkpointer, queue: CommitQueue,
        statistics: StoreCounters, listener: EventListener
    ) {
        self.pool = pool
        self.writer = writer
        self.checkpointer = checkpointer
        changes = queue
        self.statistics = statistics
        self.listener = listener
    }

    func commit(_ change: Change) async throws(CommitError) -> Receipt {
        try await changes.commit(change) { self.queue.async { self.drain() } }
    }

    /// Why nothing is taken, nil when all is well.
    var trouble: String? {
        guard case .unavailable(let detail) = changes.refusal else { return nil }
        return detail
    }

    /// Refuses new Changes, and returns when those that wait are answered.
    func close() async {
        await changes.close()
        await withCheckedContinuation { continuation in
            queue.async {
                self.pool.unsafeReentrantWrite { _ in self.writer.finish() }
                continuation.resume()
            }
        }
    }

    /// How long the committer lets Changes gather after it began the last batch, in nanoseconds.
    ///
    /// A commit writes the last page of every table it touches, however few Changes it holds. On a fast disk batches
    /// would be so small that these pages are most of the work. Where few ask at a time there is nothing to gather, and
    /// a Change is committed as it comes.
    private static let paceNanoseconds: UInt64 = 3_000_000
    /// Changes in the last batch, or waiting, that tell of a load.
    private static let loadMin = 5

    private func drain() {
        while true {
            gather()
            let batch = changes.take()
            guard !batch.isEmpty else { return }
            commit(batch)
        }
    }

    /// Waits for the rest of the pace, unless a batch is full already.
    private func gather() {
        let waiting = changes.count
        let elapsed = Environment.monotonicNanoseconds() - lastStart.load(ordering: .relaxed)
        guard waiting > 0, waiting < changes.batchMax, elapsed < Self.paceNanoseconds else { return }
        guard max(waiting, lastCount.load(ordering: .relaxed)) >= Self.loadMin else { return }
        usleep(UInt32((Self.paceNanoseconds - elapsed) / 1_000))
    }

    /// When the last batch began.
    private let lastStart = Atomic<UInt64>(0)
    /// How many Changes it held.
    private let lastCount = Atomic<Int>(0)

    private func commit(_ batch: [CommitQueue.Waiting]) {
        let started = Environment.monotonicNanoseconds()
        lastStart.store(started, ordering: .relaxed)
        lastCount.store(batch.count, ordering: .relaxed)
        let results = pool.unsafeReentrantWrite { _ in write(batch.map(\.change)) }
        statistics.committed(changes: batch.count, nanoseconds: Environment.monotonicNanoseconds() - started)
        for (item, result) in zip(batch, results) { item.answer(result) }
        if batch.contains(where: { !$0.change.events.isEmpty }) { listener.call() }
        checkpointer.didCommit(writer: writer, pool: pool)
    }

    private func write(_ changes: [Change]) -> [Result<Receipt, CommitError>] {
        do throws(SQLiteFailure) {
            try writer.begin()
            var results: [Result<Receipt, CommitError>] = []
            results.reserveCapacity(changes.count)
            for change in changes { results.append(try writer.apply(change)) }
            try writer.commit()
            return results
        } catch {
            writer.rollBack()
            guard changes.count > 1 else { return [.failure(commitError(error))] }
            return changes.flatMap { write([$0]) }
        }
    }

    private func commitError(_ failure: SQLiteFailure) -> CommitError {
        if failure.isUnconfirmed {
            let message = "the disk failed: \(failure.message); restart Florin when it is well"
            changes.refuse(.unavailable(message))
            return .unknown(message)
        }
        return .unavailable(failure.code == SQLITE_FULL ? "the disk is full" : failure.message)
    }
}

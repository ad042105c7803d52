import Core
import Dispatch
import GRDB
import GRDBSQLite
import Glibc
public import Ledger
import Synchronization

/// What a committed Change became.
public struct Receipt: Sendable {
    /// The ledger transactions as they were booked, in the order of the Change.
    public let transactions: [RecordedTransaction]
}

/// Group commit: takes all Changes that wait, writes those that stand in one database transaction, waits for the disk
/// once, and then answers all of them.
///
/// While one batch waits for the disk the next one gathers, so a slow disk makes batches larger and not answers wrong.
/// An error of the database inside a batch undoes it, and each of its Changes is tried again alone, so that only the
/// one at fault fails.
final class Committer: Sendable {
    private struct Waiting {
        let change: Change
        let continuation: CheckedContinuation<Result<Receipt, CommitError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isRunning = false
        var isClosed = false
        /// Set when the disk failed while committing: what is durable is not known, so nothing more is accepted.
        var failure: String?
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "florin.committer")
    private let pool: DatabasePool
    /// Touched on `queue` only.
    nonisolated(unsafe) private let writer: SQLiteWriter
    private let queueMax: Int
    private let batchMax: Int
    private let checkpointer: Checkpointer
    let statistics: StoreCounters
    private let listener = Mutex(Listener())

    /// In a struct: a bare closure in a generic container gains a wrapper each time it is read.
    private struct Listener {
        var handler: (@Sendable () -> Void)?
    }

    init(
        pool: DatabasePool, writer: SQLiteWriter, checkpointer: Checkpointer, queueMax: Int, batchMax: Int,
        statistics: StoreCounters
    ) {
        self.pool = pool
        self.writer = writer
        self.checkpointer = checkpointer
        self.queueMax = queueMax
        self.batchMax = batchMax
        self.statistics = statistics
    }

    /// Calls `handler` after each batch that held events.
    func onEvents(_ handler: @escaping @Sendable () -> Void) { listener.withLock { $0.handler = handler } }

    func commit(_ change: Change) async throws(CommitError) -> Receipt {
        let result = await withCheckedContinuation { continuation in
            enqueue(Waiting(change: change, continuation: continuation))
        }
        return try result.get()
    }

    private func enqueue(_ item: Waiting) {
        let (refusal, mustStart) = state.withLock { state -> (CommitError?, Bool) in
            if state.isClosed { return (.closed, false) }
            if let failure = state.failure { return (.unavailable(failure), false) }
            guard state.waiting.count < queueMax else { return (.overloaded(retryAfterSeconds: 1), false) }
            state.waiting.append(item)
            defer { state.isRunning = true }
            return (nil, !state.isRunning)
        }
        if let refusal { item.continuation.resume(returning: .failure(refusal)) }
        if mustStart { queue.async { self.drain() } }
    }

    /// Refuses new Changes, and returns when those that wait are answered.
    func close() async {
        state.withLock { $0.isClosed = true }
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
            let batch = state.withLock { state -> [Waiting] in
                let count = min(batchMax, state.waiting.count)
                guard count > 0 else {
                    state.isRunning = false
                    return []
                }
                if count == state.waiting.count {
                    defer { state.waiting = [] }
                    return state.waiting
                }
                let batch = Array(state.waiting.prefix(count))
                state.waiting.removeFirst(count)
                return batch
            }
            guard !batch.isEmpty else { return }
            commit(batch)
        }
    }

    /// Waits for the rest of the pace, unless a batch is full already.
    private func gather() {
        let waiting = state.withLock { $0.waiting.count }
        let elapsed = Environment.monotonicNanoseconds() - lastStart.load(ordering: .relaxed)
        guard waiting > 0, waiting < batchMax, elapsed < Self.paceNanoseconds else { return }
        guard max(waiting, lastCount.load(ordering: .relaxed)) >= Self.loadMin else { return }
        usleep(UInt32((Self.paceNanoseconds - elapsed) / 1_000))
    }

    /// When the last batch began.
    private let lastStart = Atomic<UInt64>(0)
    /// How many Changes it held.
    private let lastCount = Atomic<Int>(0)

    private func commit(_ batch: [Waiting]) {
        let started = Environment.monotonicNanoseconds()
        lastStart.store(started, ordering: .relaxed)
        lastCount.store(batch.count, ordering: .relaxed)
        let results = pool.unsafeReentrantWrite { _ in write(batch.map(\.change)) }
        statistics.committed(changes: batch.count, nanoseconds: Environment.monotonicNanoseconds() - started)
        for (item, result) in zip(batch, results) { item.continuation.resume(returning: result) }
        if batch.contains(where: { !$0.change.events.isEmpty }) { listener.withLock { $0 }.handler?() }
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
            state.withLock { $0.failure = message }
            return .unknown(message)
        }
        return .unavailable(failure.code == SQLITE_FULL ? "the disk is full" : failure.message)
    }
}

import Dispatch
import Synchronization

@testable import Storage

/// Holds a store's committer back, so that a test decides which Changes wait at the same time, and in which order.
///
/// It is held behind one Change with an event of `otherShop`'s, which SQLite has committed when the gate is closed, and
/// PostgreSQL commits when it opens. Commits are begun through a ``SteppedExecutor``: when ``commit(_:)`` returns, the
/// Change waits in the committer's queue or is answered already.
final class Gate: Sendable {
    private let store: Store
    private let executor = SteppedExecutor()
    private let barrier = DispatchSemaphore(value: 0)
    /// The session that holds PostgreSQL's committer back.
    private let session: PostgresConnection?

    private static let change = Change(events: [event("gate.closed", of: otherShop)])

    init(_ store: Store) async throws {
        self.store = store
        if TestDatabase.isUsed {
            session = try await Self.lock(store)
            _ = await commit(Self.change)
            try await waitForCommitter()
        } else {
            session = nil
            try await holdThread()
        }
    }

    /// Holds the committer's thread: it calls the store's event handler between two batches, and the first call waits.
    private func holdThread() async throws {
        let isFirst = Mutex(true)
        let barrier = barrier
        store.onEvents {
            let mustWait = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if mustWait { barrier.wait() }
        }
        _ = try await store.commit(Self.change)
    }

    /// Holds the committer's first statement, which locks rows of this table. Its thread is one that all tests share.
    private static func lock(_ store: Store) async throws -> PostgresConnection {
        let schema = try await store.read { try await RowReader($0.rows("SELECT current_schema()", [])[0]).text(0) }
        let session = try await TestDatabase.session(schema)
        try await session.run("BEGIN", "LOCK TABLE event_head IN EXCLUSIVE MODE")
        return session
    }

    private func waitForCommitter() async throws {
        while let session {
            let waiting = "SELECT 1 FROM pg_locks WHERE relation = CAST('event_head' AS regclass) AND NOT granted"
            if try await !session.run(waiting).isEmpty { return }
        }
    }

    /// Begins a commit.
    func commit(_ change: Change) async -> Task<Result<Receipt, CommitError>, Never> {
        let store = store
        return await begin { () async -> Result<Receipt, CommitError> in
            do throws(CommitError) {
                return .success(try await store.commit(change))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Begins to close the store.
    func close() async -> Task<Void, Never> {
        let store = store
        return await begin { await store.close() }
    }

    private func begin<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Task<Value, Never> {
        let task = Task(executorPreference: executor, operation: body)
        await executor.drain()
        return task
    }

    /// Lets the committer go on.
    func open() {
        executor.release()
        barrier.signal()
        session?.post([PostgresStatement("COMMIT")])
    }
}

extension Store {
    /// Commits Changes in one batch, in this order, when they are no more than a batch holds.
    func commitTogether(_ changes: [Change]) async throws -> [Result<Receipt, CommitError>] {
        let gate = try await Gate(self)
        var tasks: [Task<Result<Receipt, CommitError>, Never>] = []
        for change in changes { tasks.append(await gate.commit(change)) }
        gate.open()
        var results: [Result<Receipt, CommitError>] = []
        for task in tasks { results.append(await task.value) }
        return results
    }
}

/// Runs the jobs of its tasks when it is told to, and by itself once it is released.
final class SteppedExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isReleased = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "stepped", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let runsNow = state.withLock { state in
            if !state.isReleased { state.jobs.append(job) }
            return state.isReleased
        }
        if runsNow { run(job) }
    }

    /// Returns when no job is left to run: every task waits for something else.
    func drain() async {
        await withCheckedContinuation { continuation in
            queue.async {
                while let job = self.state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
                    job.runSynchronously(on: self.asUnownedTaskExecutor())
                }
                continuation.resume()
            }
        }
    }

    func release() {
        let jobs = state.withLock { state in
            state.isReleased = true
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { run(job) }
    }

    private func run(_ job: UnownedJob) {
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

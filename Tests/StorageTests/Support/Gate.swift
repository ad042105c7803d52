import Dispatch
import Storage
import Synchronization

/// Holds a store's committer back, so that a test decides which Changes wait at the same time, and in which order.
///
/// The committer calls the store's event handler between two batches; the first call waits here until the gate opens.
/// Commits are begun through a ``SteppedExecutor``: when ``commit(_:)`` returns, the Change waits in the committer's
/// queue or is answered already.
final class Gate: Sendable {
    private let store: Store
    private let barrier = DispatchSemaphore(value: 0)
    private let executor = SteppedExecutor()

    /// Closes the gate behind one Change that holds an event.
    init(_ store: Store, behind change: Change = Change(events: [event("gate.closed", of: otherShop)])) async throws {
        self.store = store
        let isFirst = Mutex(true)
        let barrier = barrier
        store.onEvents {
            let mustWait = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if mustWait { barrier.wait() }
        }
        _ = try await store.commit(change)
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

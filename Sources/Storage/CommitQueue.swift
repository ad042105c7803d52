import Ledger
import Synchronization

/// Changes that wait for a group commit, in the order in which they came.
///
/// The first one that comes to an empty queue starts the committer, which takes batches until nothing waits.
final class CommitQueue: Sendable {
    struct Waiting {
        let change: Change
        private let continuation: CheckedContinuation<Result<Receipt, CommitError>, Never>

        fileprivate init(change: Change, continuation: CheckedContinuation<Result<Receipt, CommitError>, Never>) {
            self.change = change
            self.continuation = continuation
        }

        func answer(_ result: Result<Receipt, CommitError>) { continuation.resume(returning: result) }
    }

    private struct State {
        var waiting: [Waiting] = []
        var isRunning = false
        var refusal: CommitError?
        var whenIdle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let queueMax: Int
    let batchMax: Int

    init(queueMax: Int, batchMax: Int) {
        self.queueMax = queueMax
        self.batchMax = batchMax
    }

    /// How many Changes wait.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Why nothing is taken any more.
    var refusal: CommitError? { state.withLock { $0.refusal } }

    /// Waits for the outcome of a Change. `start` is called when nothing takes from the queue yet.
    func commit(_ change: Change, start: @escaping @Sendable () -> Void) async throws(CommitError) -> Receipt {
        let result = await withCheckedContinuation { continuation in
            let item = Waiting(change: change, continuation: continuation)
            let (refusal, mustStart) = state.withLock { state -> (CommitError?, Bool) in
                if let refusal = state.refusal { return (refusal, false) }
                guard state.waiting.count < queueMax else { return (.overloaded(retryAfterSeconds: 1), false) }
                state.waiting.append(item)
                defer { state.isRunning = true }
                return (nil, !state.isRunning)
            }
            if let refusal { item.answer(.failure(refusal)) }
            if mustStart { start() }
        }
        return try result.get()
    }

    /// The next batch; empty when nothing waits, and then the committer stops until it is started again.
    func take() -> [Waiting] {
        let (batch, idle) = state.withLock { state -> ([Waiting], [CheckedContinuation<Void, Never>]) in
            let count = min(batchMax, state.waiting.count)
            guard count > 0 else {
                state.isRunning = false
                defer { state.whenIdle = [] }
                return ([], state.whenIdle)
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return (batch, [])
        }
        for continuation in idle { continuation.resume() }
        return batch
    }

    /// Refuses the Changes that wait now: they have not been begun.
    func turnAway(_ error: CommitError) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for item in waiting { item.answer(.failure(error)) }
    }

    /// Refuses every Change that comes from now on; the first reason stays.
    func refuse(_ error: CommitError) { state.withLock { $0.refusal = $0.refusal ?? error } }

    /// Refuses new Changes, and returns when those that wait are answered.
    func close() async {
        refuse(.closed)
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state -> Bool in
                if state.isRunning { state.whenIdle.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
    }
}

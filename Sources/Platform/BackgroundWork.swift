import Storage
import Synchronization

/// What the background has to do: a queue of attempts to resolve, and wake-up calls for the workers.
///
/// A hand-over in memory only makes things quick; the rows are what counts, and the workers look at them on start and
/// every few seconds.
final class BackgroundWork: Sendable {
    /// A worker that looks at rows when it is woken.
    enum Worker: Int, CaseIterable, Sendable { case attempts, advices, webhooks }

    private struct State {
        var attempts: [[SQLValue]] = []
        /// Attempts handed over and not finished.
        var known: Set<[SQLValue]> = []
        var sleepers: [Worker: CheckedContinuation<Void, Never>] = [:]
        var calls: Set<Worker> = []
    }

    private static let attemptsMax = 100_000
    private let state = Mutex(State())

    /// Hands an attempt to the resolver.
    func resolve(_ key: [SQLValue]) {
        state.withLock { state in
            guard state.known.count < Self.attemptsMax, state.known.insert(key).inserted else { return }
            state.attempts.append(key)
        }
        wake(.attempts)
    }

    /// The resolver is done with an attempt.
    func resolved(_ key: [SQLValue]) { _ = state.withLock { $0.known.remove(key) } }

    /// The resolver could not finish an attempt: this process keeps it, so nobody else will.
    func resolveAgain(_ key: [SQLValue]) {
        resolved(key)
        resolve(key)
    }

    /// Attempts handed over since the last call.
    func takeAttempts() -> [[SQLValue]] {
        state.withLock { state in
            defer { state.attempts = [] }
            return state.attempts
        }
    }

    func wake(_ worker: Worker) {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let sleeper = state.sleepers.removeValue(forKey: worker) else {
                state.calls.insert(worker)
                return nil
            }
            return sleeper
        }
        sleeper?.resume()
    }

    func wakeAll() { for worker in Worker.allCases { wake(worker) } }

    /// Waits until somebody wakes the worker; a call that came before is not lost.
    func sleep(_ worker: Worker) async {
        await withCheckedContinuation { continuation in
            let wasCalled = state.withLock { state -> Bool in
                if state.calls.remove(worker) != nil { return true }
                precondition(state.sleepers[worker] == nil, "One worker of a kind sleeps at a time")
                state.sleepers[worker] = continuation
                return false
            }
            if wasCalled { continuation.resume() }
        }
    }
}

import Synchronization

/// Things that one reader uses at a time; who comes when all are taken waits for his turn.
final class ReaderPool<Place: Sendable>: Sendable {
    private struct State {
        var free: [Place]
        var waiting: [CheckedContinuation<Result<Place, ReadError>, Never>] = []
        var isClosed = false
    }

    private let state: Mutex<State>

    init(_ places: [Place]) { state = Mutex(State(free: places)) }

    func take() async throws(ReadError) -> Place {
        let result: Result<Place, ReadError> = await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Result<Place, ReadError>? in
                if state.isClosed { return .failure(.unavailable("the store is closed")) }
                if let place = state.free.popLast() { return .success(place) }
                state.waiting.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
        return try result.get()
    }

    func put(_ place: Place) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<Place, ReadError>, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            if !state.isClosed { state.free.append(place) }
            return nil
        }
        waiting?.resume(returning: .success(place))
    }

    /// Lends nothing more; gives what nobody uses.
    func close() -> [Place] {
        state.withLock { state in
            state.isClosed = true
            defer { state.free = [] }
            return state.free
        }
    }
}

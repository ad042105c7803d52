internal import Core

/// A moment after which waiting makes no sense any more, on the clock that never goes back.
struct Deadline: Sendable {
    private let nanoseconds: UInt64

    init(seconds: Double) {
        nanoseconds = Environment.monotonicNanoseconds() + UInt64(max(0, seconds) * 1_000_000_000)
    }

    var isOver: Bool { Environment.monotonicNanoseconds() >= nanoseconds }

    /// Seconds that are left, 0 when it is over.
    var secondsLeft: Double {
        let now = Environment.monotonicNanoseconds()
        return now < nanoseconds ? Double(nanoseconds - now) / 1_000_000_000 : 0
    }
}

/// Measures how long something takes.
struct Stopwatch: Sendable {
    private let startedAt = Environment.monotonicNanoseconds()

    var nanoseconds: UInt64 { Environment.monotonicNanoseconds() - startedAt }
    var seconds: Double { Double(nanoseconds) / 1_000_000_000 }
}

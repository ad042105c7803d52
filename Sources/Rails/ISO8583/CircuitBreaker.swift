/// Stops asking an acquirer that has stopped answering, and tries it again with one message after a while.
///
/// Closed: every message passes, and outcomes are counted over a sliding window. When enough of them, and a large
/// enough share, are failures, it opens: nothing passes. After the open time it is half open: one message passes as a
/// probe; an answer closes the breaker, a failure opens it again.
///
/// A failure is an outcome that is unknown. A decline is an answer, so it is a success here.
/// Pure: the time is an argument, in milliseconds of a clock that never goes back.
struct CircuitBreaker: Sendable {
    /// A message's permission to pass. It comes back with the outcome, so that an outcome of an earlier state of the
    /// breaker changes nothing.
    struct Permit: Hashable, Sendable {
        let isProbe: Bool
        fileprivate let epoch: Int
    }

    /// What became of a message that passed.
    enum Verdict: Sendable {
        /// The acquirer answered, whatever it said.
        case success
        /// The outcome is unknown.
        case failure
        /// The message never left, which says nothing of the acquirer.
        case nothing
    }

    private enum Phase {
        case closed
        case open(untilMilliseconds: Int64)
        case halfOpen(isProbing: Bool)
    }

    private struct Bucket {
        var number: Int64 = -1
        var failures = 0
        var outcomes = 0
    }

    private static let bucketCount: Int64 = 10

    private let settings: BreakerSettings
    private var phase = Phase.closed
    private var epoch = 0
    private var buckets = [Bucket](repeating: Bucket(), count: Int(bucketCount))

    init(settings: BreakerSettings) { self.settings = settings }

    /// Where the breaker stands.
    var state: BreakerState {
        switch phase {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// Asks whether a message may pass; nil when it may not.
    mutating func admit(nowMilliseconds: Int64) -> Permit? {
        switch phase {
        case .closed:
            return Permit(isProbe: false, epoch: epoch)
        case .open(let until):
            guard nowMilliseconds >= until else { return nil }
            enter(.halfOpen(isProbing: true))
            return Permit(isProbe: true, epoch: epoch)
        case .halfOpen(let isProbing):
            guard !isProbing else { return nil }
            phase = .halfOpen(isProbing: true)
            return Permit(isProbe: true, epoch: epoch)
        }
    }

    /// Takes the verdict on a message that ``admit(nowMilliseconds:)`` let pass.
    mutating func finish(_ permit: Permit, _ verdict: Verdict, nowMilliseconds: Int64) {
        guard permit.epoch == epoch else { return }
        switch (phase, verdict) {
        case (.open, _), (.closed, .nothing):
            break
        case (.closed, .success):
            count(failures: 0, nowMilliseconds: nowMilliseconds)
        case (.closed, .failure):
            count(failures: 1, nowMilliseconds: nowMilliseconds)
            if isFailing(nowMilliseconds: nowMilliseconds) { open(nowMilliseconds: nowMilliseconds) }
        case (.halfOpen, .success):
            buckets = [Bucket](repeating: Bucket(), count: buckets.count)
            enter(.closed)
        case (.halfOpen, .failure):
            open(nowMilliseconds: nowMilliseconds)
        case (.halfOpen, .nothing):
            phase = .halfOpen(isProbing: false)
        }
    }

    private mutating func open(nowMilliseconds: Int64) {
        enter(.open(untilMilliseconds: nowMilliseconds + settings.openMilliseconds))
    }

    private mutating func enter(_ next: Phase) {
        phase = next
        epoch += 1
    }

    private func bucketNumber(_ nowMilliseconds: Int64) -> Int64 {
        nowMilliseconds / max(1, settings.windowMilliseconds / Self.bucketCount)
    }

    private mutating func count(failures: Int, nowMilliseconds: Int64) {
        let number = bucketNumber(nowMilliseconds)
        let place = Int(number % Self.bucketCount)
        if buckets[place].number != number { buckets[place] = Bucket(number: number) }
        buckets[place].failures += failures
        buckets[place].outcomes += 1
    }

    private func isFailing(nowMilliseconds: Int64) -> Bool {
        let oldest = bucketNumber(nowMilliseconds) - Self.bucketCount
        var failures = 0
        var outcomes = 0
        for bucket in buckets where bucket.number > oldest {
            failures += bucket.failures
            outcomes += bucket.outcomes
        }
        return failures >= settings.failuresMin && failures * 100 >= outcomes * settings.failurePercentMin
    }
}

/// When a circuit breaker opens, and for how long.
public struct BreakerSettings: Hashable, Sendable {
    /// How far back outcomes are counted.
    public var windowMilliseconds: Int64
    /// How many unknown outcomes there must be in the window.
    public var failuresMin: Int
    /// What share of all outcomes in the window they must be.
    public var failurePercentMin: Int
    /// How long nothing is sent before a message is let through as a probe.
    public var openMilliseconds: Int64

    /// Twenty failures in ten seconds that are at least half of all outcomes stop the traffic for five seconds.
    public static let standard = BreakerSettings(
        windowMilliseconds: 10_000, failuresMin: 20, failurePercentMin: 50, openMilliseconds: 5_000)

    /// Settings of one's own; ``ISO8583Configuration/problems`` checks them.
    public init(windowMilliseconds: Int64, failuresMin: Int, failurePercentMin: Int, openMilliseconds: Int64) {
        self.windowMilliseconds = windowMilliseconds
        self.failuresMin = failuresMin
        self.failurePercentMin = failurePercentMin
        self.openMilliseconds = openMilliseconds
    }
}

/// Where a circuit breaker stands.
public enum BreakerState: String, Sendable {
    /// Messages pass.
    case closed
    /// No message passes.
    case open
    /// One message passes as a probe.
    case halfOpen
}

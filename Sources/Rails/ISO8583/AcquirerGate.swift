internal import Payments

/// What stands before an acquirer's links: its circuit breaker, and the bulkhead that bounds messages in flight, so
/// that a slow acquirer cannot take all of the process with it.
///
/// Pure: the time is an argument.
struct AcquirerGate: Sendable {
    /// The answer to a message that asks to pass.
    enum Admission: Sendable {
        case admitted(CircuitBreaker.Permit)
        case refused(CardOutcome.NotSentReason)
    }

    private(set) var inFlight = 0
    private(set) var refusedByBreaker: Int64 = 0
    private(set) var refusedByBulkhead: Int64 = 0
    private var breaker: CircuitBreaker
    private let inFlightMax: Int

    init(breaker: BreakerSettings, inFlightMax: Int) {
        self.breaker = CircuitBreaker(settings: breaker)
        self.inFlightMax = inFlightMax
    }

    var breakerState: BreakerState { breaker.state }

    /// Lets a message pass, or says why not. Each admitted message must come back through
    /// ``finish(_:_:nowMilliseconds:)``.
    mutating func admit(nowMilliseconds: Int64) -> Admission {
        // The bulkhead comes first: a message it refuses must not have used up the breaker's one probe.
        guard inFlight < inFlightMax else {
            refusedByBulkhead += 1
            return .refused(.bulkheadFull)
        }
        guard let permit = breaker.admit(nowMilliseconds: nowMilliseconds) else {
            refusedByBreaker += 1
            return .refused(.circuitOpen)
        }
        inFlight += 1
        return .admitted(permit)
    }

    /// Takes the outcome of an admitted message.
    mutating func finish(_ permit: CircuitBreaker.Permit, _ outcome: CardOutcome, nowMilliseconds: Int64) {
        precondition(inFlight > 0, "AcquirerGate.finish without admit: each admitted message finishes once")
        inFlight -= 1
        let verdict: CircuitBreaker.Verdict =
            switch outcome {
            case .answered: .success
            case .unknown: .failure
            case .notSent: .nothing
            }
        breaker.finish(permit, verdict, nowMilliseconds: nowMilliseconds)
    }
}

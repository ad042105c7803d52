import Testing

@testable import Payments
@testable import Rails

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static let settings = BreakerSettings(
        windowMilliseconds: 1_000, failuresMin: 3, failurePercentMin: 50, openMilliseconds: 500)

    private var breaker = CircuitBreaker(settings: Self.settings)

    /// Sends one message that ends as said; false when it may not pass.
    private mutating func send(_ verdict: CircuitBreaker.Verdict, at now: Int64) -> Bool {
        guard let permit = breaker.admit(nowMilliseconds: now) else { return false }
        breaker.finish(permit, verdict, nowMilliseconds: now)
        return true
    }

    @Test("It opens at the number of failures, and lets nothing pass until the open time is over")
    mutating func opens() {
        #expect(send(.failure, at: 0) && send(.failure, at: 1))
        #expect(breaker.state == .closed)
        #expect(send(.failure, at: 2))
        #expect(breaker.state == .open)
        #expect(breaker.admit(nowMilliseconds: 3) == nil)
        #expect(breaker.admit(nowMilliseconds: 501) == nil)
        #expect(breaker.admit(nowMilliseconds: 502) != nil)
        #expect(breaker.state == .halfOpen)
    }

    @Test("It stays closed while the failures are a small share")
    mutating func share() {
        for step in 0..<100 { #expect(send(step % 4 == 0 ? .failure : .success, at: Int64(step))) }
        #expect(breaker.state == .closed)
    }

    @Test("Failures that left the window no longer count")
    mutating func window() {
        #expect(send(.failure, at: 0) && send(.failure, at: 10))
        #expect(send(.failure, at: 1_100))
        #expect(breaker.state == .closed)
        #expect(send(.failure, at: 1_150) && send(.failure, at: 1_200))
        #expect(breaker.state == .open)
    }

    @Test(
        "A probe's outcome closes it, opens it again, or leaves it to the next probe",
        arguments: [
            (CircuitBreaker.Verdict.success, BreakerState.closed), (.failure, .open), (.nothing, .halfOpen),
        ])
    mutating func probe(verdict: CircuitBreaker.Verdict, state: BreakerState) throws {
        for now in 0..<3 { #expect(send(.failure, at: Int64(now))) }
        let admitted = breaker.admit(nowMilliseconds: 600)
        let probe = try #require(admitted)
        #expect(probe.isProbe)
        #expect(breaker.admit(nowMilliseconds: 601) == nil, "one probe at a time")
        breaker.finish(probe, verdict, nowMilliseconds: 610)
        #expect(breaker.state == state)
        #expect((breaker.admit(nowMilliseconds: 611) != nil) == (verdict != .failure))
    }

    @Test("The outcome of a message from before it opened does not close it")
    mutating func staleOutcome() throws {
        let admitted = breaker.admit(nowMilliseconds: 0)
        let slow = try #require(admitted)
        for now in 1..<4 { #expect(send(.failure, at: Int64(now))) }
        breaker.finish(slow, .success, nowMilliseconds: 5)
        #expect(breaker.state == .open)
        _ = breaker.admit(nowMilliseconds: 600)
        breaker.finish(slow, .success, nowMilliseconds: 601)
        #expect(breaker.state == .halfOpen)
    }

    @Test("After it closed, old failures are forgotten")
    mutating func cleanSlate() {
        for now in 0..<3 { #expect(send(.failure, at: Int64(now))) }
        #expect(send(.success, at: 600))
        #expect(send(.failure, at: 601) && send(.failure, at: 602))
        #expect(breaker.state == .closed)
    }
}

@Suite("Acquirer gate")
struct AcquirerGateTests {
    private var gate = AcquirerGate(
        breaker: BreakerSettings(
            windowMilliseconds: 1_000, failuresMin: 2, failurePercentMin: 1, openMilliseconds: 500),
        inFlightMax: 2)

    private mutating func admit(at now: Int64) -> (permit: CircuitBreaker.Permit?, word: String) {
        switch gate.admit(nowMilliseconds: now) {
        case .admitted(let permit): (permit, "admitted")
        case .refused(let reason): (nil, reason.rawValue)
        }
    }

    @Test("One message more than the bulkhead holds is refused, until another one has finished")
    mutating func bulkhead() throws {
        let admitted = admit(at: 0).permit
        let first = try #require(admitted)
        _ = admit(at: 0)
        #expect(admit(at: 0).word == "bulkheadFull")
        gate.finish(first, .unknown(.timeout), nowMilliseconds: 1)
        #expect(admit(at: 1).word == "admitted")
        #expect(gate.refusedByBulkhead == 1 && gate.inFlight == 2)
    }

    @Test("Unknown outcomes open the breaker; declines and messages that never left do not")
    mutating func verdicts() throws {
        let declined = CardAnswer(
            responseCode: "51", approvalCode: nil, networkTransactionID: nil,
            checks: CardChecks(cvc: nil, addressLine1: nil, postalCode: nil))
        for outcome in [CardOutcome.answered(declined), .notSent(.noConnection), .answered(declined)] {
            let admitted = admit(at: 0).permit
            gate.finish(try #require(admitted), outcome, nowMilliseconds: 0)
        }
        #expect(gate.breakerState == .closed)
        for reason in [CardOutcome.UnknownReason.timeout, .garbledAnswer] {
            let admitted = admit(at: 1).permit
            gate.finish(try #require(admitted), .unknown(reason), nowMilliseconds: 1)
        }
        #expect(gate.breakerState == .open)
        #expect(admit(at: 2).word == "circuitOpen")
        #expect(gate.refusedByBreaker == 1 && gate.inFlight == 0)
    }
}

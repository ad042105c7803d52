internal import CardFormats
public import Core
public import Logging
public import NIOCore
public import Payments
internal import Synchronization

/// Lends a card number to the rail, which writes it into one message and keeps it nowhere.
///
/// The buffer holds ASCII digits and is valid during the call of `use` only. It throws when there is no such card, or
/// it may not be used; nothing is sent then.
public typealias CardNumberSource =
    @Sendable (
        _ token: VaultTokenID, _ merchant: MerchantKey, _ operation: CardRequest.Operation,
        _ use: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) async throws -> Void

/// The way to an acquirer that speaks ISO 8583 over TCP.
///
/// Messages of all tasks share the acquirer's connections, many in flight on each, and are matched with their answers
/// by DE7 and DE11. Before them stands a circuit breaker and a bound on messages in flight.
///
///     let rail = try ISO8583Rail(
///         configuration: acquirer, cardNumbers: vaultNumbers, environment: .live, eventLoopGroup: group,
///         logger: logger, onUnsolicited: { … })
///     rail.start()
///     let outcome = await rail.send(request)
///     await rail.shutdown()
public final class ISO8583Rail: CardRail {
    private let configuration: ISO8583Configuration
    private let writer: CardMessageWriter
    private let cardNumbers: CardNumberSource
    private let links: [ISO8583Link]
    private let gate: Mutex<AcquirerGate>
    private let log: LinkLog

    /// A rail that is not connected yet.
    ///
    /// Throws ``ISO8583ConfigurationError`` when ``ISO8583Configuration/problems`` finds any.
    public init(
        configuration: ISO8583Configuration, cardNumbers: @escaping CardNumberSource, environment: Environment,
        eventLoopGroup: any EventLoopGroup, logger: Logger, onUnsolicited: @escaping UnsolicitedHandler
    ) throws(ISO8583ConfigurationError) {
        let problems = configuration.problems
        guard problems.isEmpty else { throw ISO8583ConfigurationError(problems: problems) }
        self.configuration = configuration
        self.cardNumbers = cardNumbers
        log = LinkLog(logger: logger)
        writer = CardMessageWriter(
            acquirer: CardMessageWriter.Acquirer(
                identifier: configuration.acquirerIdentifier, country: configuration.acquirerCountry,
                terminal: configuration.terminalIdentifier))
        gate = Mutex(AcquirerGate(breaker: configuration.breaker, inFlightMax: configuration.inFlightMax))
        links = (0..<configuration.connections).map { _ in
            ISO8583Link(
                configuration: configuration, environment: environment, eventLoop: eventLoopGroup.next(),
                logger: logger, onUnsolicited: onUnsolicited)
        }
    }

    /// Begins to connect. Messages may be sent at once; they wait for the first connection a little.
    public func start() {
        for link in links { link.start() }
    }

    /// Takes no more messages, waits for the answers of those in flight, signs off and disconnects.
    public func shutdown() async {
        for link in links { await link.close() }
    }

    /// The figures at this moment.
    public var statistics: ISO8583RailStatistics {
        gate.withLock { gate in
            ISO8583RailStatistics(
                breaker: gate.breakerState, inFlight: gate.inFlight, refusedByBreaker: gate.refusedByBreaker,
                refusedByBulkhead: gate.refusedByBulkhead, links: links.map(\.statistics))
        }
    }

    /// Sends one message and waits for its answer, for ``ISO8583Configuration/answerMilliseconds`` at most.
    public func send(_ request: CardRequest) async -> CardOutcome {
        let permit: CircuitBreaker.Permit
        switch gate.withLock({ $0.admit(nowMilliseconds: Self.now()) }) {
        case .refused(let reason): return .notSent(reason)
        case .admitted(let admitted): permit = admitted
        }
        let outcome = await sendAdmitted(request)
        gate.withLock { $0.finish(permit, outcome, nowMilliseconds: Self.now()) }
        return outcome
    }

    private func sendAdmitted(_ request: CardRequest) async -> CardOutcome {
        guard let key = CardMessageWriter.key(of: request), let frame = await frame(for: request) else {
            return .notSent(.cardUnavailable)
        }
        let outcome = await chooseLink().send(
            key: key, retrievalReference: request.reference.retrievalReference, frame: frame)
        return switch outcome {
        case .answered(let answer): CardAnswerReader.outcome(of: request, answer: answer)
        case .unknown(let reason): .unknown(reason)
        case .notSent(let reason): .notSent(reason)
        }
    }

    /// The bytes of a message; nil when the card number was not to be had or the message cannot be written.
    private func frame(for request: CardRequest) async -> [UInt8]? {
        var frame: [UInt8]?
        do {
            try await cardNumbers(request.card.vaultToken, request.merchant, request.operation) { digits in
                let message = try writer.message(for: request, cardNumber: digits)
                let bytes = try configuration.dialect.encode(message)
                var framed = try configuration.framing.header(length: bytes.count)
                framed.append(contentsOf: bytes)
                frame = framed
            }
        } catch {
            log.cardUnavailable(error)
            return nil
        }
        return frame
    }

    /// The link with the least to do, among those that are signed on if there are any.
    private func chooseLink() -> ISO8583Link {
        guard links.count > 1 else { return links[0] }
        return links.map { ($0, $0.load) }.min { left, right in
            let (first, second) = (left.1, right.1)
            return first.isSignedOn == second.isSignedOn ? first.messages < second.messages : first.isSignedOn
        }?.0 ?? links[0]
    }

    private static func now() -> Int64 { Int64(Environment.monotonicNanoseconds() / 1_000_000) }
}

/// A rail's figures at one moment.
public struct ISO8583RailStatistics: Hashable, Sendable {
    /// Where the circuit breaker stands.
    public let breaker: BreakerState
    /// Messages between the call and its outcome.
    public let inFlight: Int
    /// Messages that the circuit breaker refused.
    public let refusedByBreaker: Int64
    /// Messages that were one too many.
    public let refusedByBulkhead: Int64
    /// The figures of each connection.
    public let links: [LinkStatistics]
}

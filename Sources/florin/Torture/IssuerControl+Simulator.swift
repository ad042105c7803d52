internal import Core
internal import Logging
internal import Money
internal import NIOPosix
internal import Simulator

extension IssuerControl {
    /// Starts the sandbox's issuer in this process, on a free port.
    static func start(seed: UInt64) async throws -> IssuerControl {
        var configuration = IssuerConfiguration.standard
        // A run must find every payment again, however long it takes.
        configuration.recordsMax = 4_000_000
        configuration.settledKeptMilliseconds = 7 * 86_400_000
        configuration.adoptsEarlierOriginals = false
        // The server under torture waits for 1.5 s.
        configuration.lateMilliseconds = 3_000
        configuration.slowMilliseconds = 100...1_000
        let host = try await IssuerHost.start(
            configuration, faultSeed: seed, environment: .live, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "florin.torture.issuer") { _ in SwiftLogNoOpLogHandler() })
        let slow: Set<ScriptCard> = [
            .silent, .approveThenSilent, .lateAnswer, .garbledAnswer, .captureAnswerLost, .refundAnswerLost,
            .reversalAnswerLost,
        ]
        return IssuerControl(
            address: "\(configuration.host):\(host.port)",
            faultCards: ScriptCard.allCases.filter { $0 != .decideByAmount }
                .map { FaultCard(number: $0.number, isSlow: slow.contains($0)) },
            records: { host.records().map { IssuerEntry($0) } },
            setFaults: { rates in
                host.faults.clear()
                host.faults.setProbability(.approveThenSilent, perThousand: rates.lostAnswers)
                host.faults.setProbability(.duplicateAnswer, perThousand: rates.duplicateAnswers)
                host.faults.setProbability(.disconnectBeforeActing, perThousand: rates.disconnects / 2)
                host.faults.setProbability(.disconnectAfterActing, perThousand: (rates.disconnects + 1) / 2)
            },
            stop: { await host.stop() })
    }
}

extension IssuerEntry {
    fileprivate init(_ record: IssuerRecord) {
        self.init(
            retrievalReference: record.retrievalReference, currency: record.currency.lowercased,
            authorised: record.authorised, held: record.held, captured: record.captured, refunded: record.refunded,
            isReversed: record.isReversed)
    }
}

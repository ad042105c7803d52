internal import CardFormats
internal import Core
internal import Logging
internal import NIOPosix
internal import Payments
internal import Platform
internal import Rails
internal import Simulator
internal import Synchronization
internal import Vault

/// The way to the card network, and in the sandbox the network itself: an issuer's host behind a TCP port.
final class CardNetwork: Sendable {
    let rail: ISO8583Rail
    private let host: IssuerHost?
    private let returned: ReturnedRefunds

    private init(rail: ISO8583Rail, host: IssuerHost?, returned: ReturnedRefunds) {
        self.rail = rail
        self.host = host
        self.returned = returned
    }

    static func start(
        _ options: ServeOptions, vault: Vault, environment: Environment, logger: Logger
    ) async throws -> CardNetwork {
        let loops = MultiThreadedEventLoopGroup.singleton
        var issuer: IssuerHost?
        if options.issuer == nil {
            var settings = IssuerConfiguration.standard
            // The sandbox's issuer forgets old payments, and takes the house's word for what it forgot.
            settings.recordsMax = 100_000
            issuer = try await IssuerHost.start(
                settings, faultSeed: environment.randomWord(), environment: environment, eventLoopGroup: loops,
                logger: logger)
        }
        var configuration = ISO8583Configuration(
            host: options.issuer?.host ?? "127.0.0.1", port: options.issuer?.port ?? issuer?.port ?? 0,
            acquirerIdentifier: "45123", acquirerCountry: "840", terminalIdentifier: "FLORIN01")
        configuration.answerMilliseconds = options.networkTimeoutMs
        let returned = ReturnedRefunds()
        let rail = try ISO8583Rail(
            configuration: configuration, cardNumbers: numbers(of: vault), environment: environment,
            eventLoopGroup: loops, logger: logger, onUnsolicited: { message in try await returned.handle(message) })
        rail.start()
        return CardNetwork(rail: rail, host: issuer, returned: returned)
    }

    /// Lends card numbers from the vault to the rail.
    private static func numbers(of vault: Vault) -> CardNumberSource {
        { token, merchant, operation, use in
            let purpose: RevealPurpose =
                switch operation {
                case .authorisation, .purchase, .incrementalAuthorisation: .authorisation
                case .capture: .capture
                case .refund: .refund
                case .reversal: .reversal
                }
            let result = try await vault.reveal(token.text, for: merchant, purpose: purpose) { digits in
                Result { try use(digits) }
            }
            try result.get()
        }
    }

    /// What to do when the network gives a refund back.
    func onReturnedRefund(_ handler: @escaping @Sendable (NetworkReference) async throws -> Void) {
        returned.use(handler)
    }

    func stop() async {
        await rail.shutdown()
        await host?.stop()
    }

    /// The rail's figures in Prometheus' text format.
    var metrics: String {
        let figures = rail.statistics
        var text = "florin_rail_in_flight \(figures.inFlight)\n"
        for (number, link) in figures.links.enumerated() {
            let label = "{link=\"\(number)\"}"
            text += "florin_rail_sent_total\(label) \(link.sent)\n"
            text += "florin_rail_answered_total\(label) \(link.answered)\n"
            text += "florin_rail_timeouts_total\(label) \(link.timeouts)\n"
            text += "florin_rail_reconnects_total\(label) \(link.reconnects)\n"
        }
        return text
    }
}

/// Hands reversals that the network sends of itself to the platform.
private final class ReturnedRefunds: Sendable {
    typealias Handler = @Sendable (NetworkReference) async throws -> Void

    private struct State {
        // In a struct: a bare closure in a generic container gains a wrapper each time it is read.
        var handler: Handler?
    }

    private let state = Mutex(State())

    func use(_ handler: @escaping Handler) { state.withLock { $0.handler = handler } }

    func handle(_ message: UnsolicitedMessage) async throws {
        guard message.original.operation == .refund, let handler = state.withLock({ $0 }).handler else { return }
        try await handler(message.original.reference)
    }
}

extension CardPolicy {
    /// The sandbox's: test cards say what is risky, and whose funds are available at once.
    static let sandbox = CardPolicy(
        assess: { card in
            let (level, isBlocked) = SandboxRisk.assess(bin8: card.bin8, last4: card.last4)
            return switch level {
            case .normal: .normal
            case .elevated: RiskAssessment(level: .elevated, score: 65, isBlocked: isBlocked)
            case .highest: RiskAssessment(level: .highest, score: 95, isBlocked: isBlocked)
            }
        },
        fundsAtOnce: { card in
            TestCards.card(bin: card.bin8, last4: card.last4)?.behaviour == .approveAvailableAtOnce
        })
}

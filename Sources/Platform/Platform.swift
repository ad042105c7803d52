public import Core
public import Logging
public import Payments
public import Storage
public import Vault

/// What differs between the sandbox and real networks.
public struct CardPolicy: Sendable {
    /// Looks at a card before the network is asked.
    public var assess: @Sendable (Card) -> RiskAssessment
    /// Whether the funds of a charge are available at once.
    public var fundsAtOnce: @Sendable (Card) -> Bool

    public init(
        assess: @escaping @Sendable (Card) -> RiskAssessment, fundsAtOnce: @escaping @Sendable (Card) -> Bool
    ) {
        self.assess = assess
        self.fundsAtOnce = fundsAtOnce
    }
}

/// Runs commands: loads what they need, has a domain decide, commits the Change, and carries out what must follow.
///
/// The one place that opens a write; rails and formats are behind the domains' protocols.
public final class Platform: Sendable {
    public let store: Store
    public let vault: Vault
    public let environment: Environment
    let rail: any CardRail
    let policy: CardPolicy
    let logger: Logger
    let references: NetworkReferences
    let seat: Seat
    let codes: CodeMemory
    /// Attempts and advices that are being worked on in the background.
    let background = BackgroundWork()

    public init(
        store: Store, vault: Vault, rail: any CardRail, policy: CardPolicy, environment: Environment, logger: Logger,
        seat: Seat = .alone
    ) {
        self.store = store
        self.vault = vault
        self.rail = rail
        self.policy = policy
        self.environment = environment
        self.logger = logger
        self.seat = seat
        references = NetworkReferences(environment, seat)
        codes = CodeMemory(environment)
    }

    /// Reads one snapshot.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        do {
            return try await store.read(body)
        } catch ReadError.unavailable(let detail) {
            throw PlatformError.unavailable(detail)
        }
    }

    func decision(_ context: RequestContext) -> DecisionContext {
        DecisionContext(
            merchant: context.merchant, now: environment.now(), requestID: context.requestID,
            idempotencyKey: context.claim?.key, environment: environment, keeper: seat.keeper)
    }

    /// For what Florin does of itself.
    func ownDecision(_ merchant: Merchant) -> DecisionContext {
        DecisionContext(
            merchant: merchant, now: environment.now(), requestID: nil, idempotencyKey: nil, environment: environment)
    }
}

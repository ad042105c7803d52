public import Core
import Hummingbird
public import Logging
import Payments
public import Platform
public import ServiceLifecycle
import Storage
import Vault

/// The API as the rooms above see it: a service to run, and the renderer of events for webhooks.
public struct FlorinAPI: Sendable {
    /// Where the API listens, and what it tells of the process.
    public struct Settings: Sendable {
        public var host: String
        /// 0 takes any free port.
        public var port: Int
        /// Whether the API is served, or only the process's health and figures.
        public var servesRequests: Bool
        /// Figures to show at `/metrics` beside those of the API and the stores: Prometheus text.
        public var extraMetrics: @Sendable () -> String

        public init(
            host: String, port: Int, servesRequests: Bool = true, extraMetrics: @escaping @Sendable () -> String
        ) {
            self.servesRequests = servesRequests
            self.host = host
            self.port = port
            self.extraMetrics = extraMetrics
        }
    }

    /// The version that accounts are made with, and events rendered at.
    public static let apiVersion = "2026-10-28.endive"

    /// The HTTP server over a platform. `onRunning` is told the port once connections are accepted.
    public static func service(
        _ platform: Platform, settings: Settings, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void
    ) -> any Service {
        let directory = PlatformKeys(store: platform.store, environment: platform.environment)
        let metrics = APIMetrics()
        let dependencies = APIResponder.Dependencies(
            keys: { text in try await authenticated(text, directory) },
            environment: platform.environment,
            mapError: { error, requestID in known(error, requestID) },
            observe: { record in metrics.note(record) },
            isReady: { platform.store.trouble == nil && platform.vault.trouble == nil },
            metrics: { metrics.text() + storeMetrics(platform) + settings.extraMetrics() },
            logger: logger)
        let routes = settings.servesRequests ? Endpoints(platform: platform).routes : []
        let responder = APIResponder(routes: RouteTable(routes), dependencies: dependencies)
        var serverSettings = APIServer.Settings()
        serverSettings.host = settings.host
        serverSettings.port = settings.port
        return APIServer.application(responder, settings: serverSettings, logger: logger, onRunning: onRunning)
    }

    private static func authenticated(
        _ text: String, _ directory: PlatformKeys
    ) async throws -> AuthenticatedKey? {
        guard let entry = try await directory.entry(for: text) else { return nil }
        let kind: AuthenticatedKey.Kind =
            switch entry.kind {
            case .secret: .secret
            case .publishable: .publishable
            }
        return AuthenticatedKey(id: String(text.prefix(8)), kind: kind, merchant: entry.merchant)
    }

    /// What may leave a handler without being an answer yet.
    private static func known(_ error: any Error, _ requestID: String) -> APIError? {
        switch error {
        case CommitError.overloaded(let seconds): .overloaded(retryAfterSeconds: seconds)
        case CommitError.unavailable(let detail): .storeUnavailable(detail)
        case CommitError.closed: .storeUnavailable("the server is stopping")
        case PlatformError.unavailable(let detail), ReadError.unavailable(let detail): .storeUnavailable(detail)
        default: nil
        }
    }

    private static func storeMetrics(_ platform: Platform) -> String {
        APIMetrics.text(of: platform.store.statistics, store: "main")
            + APIMetrics.text(of: platform.vault.storeStatistics, store: "vault")
    }

    /// Renders events for webhooks, at the version of the endpoint.
    public static func eventRenderer(_ environment: @escaping @Sendable () -> Timestamp) -> EventRenderer {
        { event, merchant, version in
            let context = RenderContext(
                merchant: merchant, now: environment(), apiVersion: version, eventVersion: version)
            return APIObject.event(event, pendingWebhooks: 1).body(context)
        }
    }
}

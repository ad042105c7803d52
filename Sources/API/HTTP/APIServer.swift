import Core
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The HTTP server that the API runs on.
///
/// What it returns is a service: run it in a service group beside the others. When the group shuts down gracefully it
/// stops accepting, lets requests in progress finish, and closes connections as they become idle.
enum APIServer {
    /// Where the server listens, and what one connection may cost.
    struct Settings: Sendable {
        var host = "127.0.0.1"
        /// 0 takes any free port.
        var port = 0
        /// Connections at a time; beyond them, clients wait in the backlog.
        var connectionsMax = 10_000
        /// Connections that wait to be accepted.
        var backlog = 1_024
        /// How long a connection may be silent between requests. SDKs keep theirs open.
        var idleTimeoutMs: Int64 = 75_000
        /// How long a request may take to arrive.
        var requestDeadlineMs: Int64 = 15_000
        /// What one header, and all headers of a request, may measure.
        var headerBytesMax = 8 * 1_024
        var headersBytesMax = 16 * 1_024
        var headersMax = 100
    }

    /// What is read and thrown away behind a refused body before the connection is closed.
    private static let bodyBytesMax = 4 * Form.bytesMax

    /// A server for this responder. `onRunning` is told the port once it accepts connections.
    static func application<Responder: HTTPResponder>(
        _ responder: Responder, settings: Settings, environment: Core.Environment = .live, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol where Responder.Context == ConnectionContext {
        let deadline = TimeAmount.milliseconds(settings.requestDeadlineMs)
        let server = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    RequestDeadline(limit: deadline, bytesMax: bodyBytesMax, environment: environment)
                ],
                idleTimeout: .milliseconds(settings.idleTimeoutMs),
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: settings.headerBytesMax, maxHeaderListSize: settings.headersBytesMax,
                    maxHeaderFieldCount: settings.headersMax)))
        return Application(
            responder: responder, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: settings.backlog,
                availableConnectionsDelegate: .maximum(settings.connectionsMax, logger: logger)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? settings.port) },
            logger: logger)
    }
}

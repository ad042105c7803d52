import Hummingbird
import NIOCore

/// What Florin keeps of the connection that a request came over.
struct ConnectionContext: InitializableFromSource, Sendable {
    private let channel: (any Channel)?

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// For a request that came over no connection.
    init() { channel = nil }

    /// The address of the other end, nil when it is a local socket.
    var clientAddress: String? { channel?.remoteAddress?.ipAddress }
}

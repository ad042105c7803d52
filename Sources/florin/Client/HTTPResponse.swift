internal import NIOCore

/// An answer as it came over the wire. Its parts are slices of what was received: nothing was copied.
struct HTTPResponse: Sendable {
    var status: Int
    /// The header `Request-Id`.
    var requestIDBytes: ByteBuffer?
    /// Whether the server says that this is the answer to an earlier request (`Idempotent-Replayed: true`).
    var isReplay: Bool
    /// Whether the connection may carry another request.
    var keepsAlive: Bool
    var body: ByteBuffer

    var requestID: String? { requestIDBytes.map { String(buffer: $0) } }
}

/// Why bytes are no answer that Florin's client reads.
enum ResponseError: Error, Hashable, Sendable {
    /// No status line of HTTP/1.x, or a header that cannot be read.
    case malformed
    /// The head or the body is larger than the client takes.
    case tooLarge
    /// Neither `Content-Length` nor chunks say where the body ends.
    case unframed
}

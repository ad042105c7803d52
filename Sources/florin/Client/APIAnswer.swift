internal import Core

/// An answer of the API, read.
struct APIAnswer: Sendable {
    let status: Int
    let body: JSONValue
    /// The body as it was received.
    let bytes: [UInt8]
    let requestID: String?
    /// Whether it is the answer to an earlier request with the same idempotency key.
    let isReplay: Bool

    var isSuccess: Bool { (200..<300).contains(status) }

    /// The error's parts; nil for an answer without an error object.
    var error: JSONValue? { body["error"] }

    /// What went wrong in a few words, the same for all answers that went wrong the same way.
    var errorKind: String {
        let code = error?["code"]?.string ?? error?["type"]?.string
        let reason = error?["decline_code"]?.string
        return ["\(status)", code, reason == code ? nil : reason].compactMap { $0 }.joined(separator: " ")
    }

    /// What went wrong for a person to read.
    var errorText: String {
        let message = error?["message"]?.string ?? "no error object in the answer"
        return "\(errorKind): \(message)" + (requestID.map { " (\($0))" } ?? "")
    }
}

/// Why there is no answer. Whether the request was carried out is not known, except after `cannotConnect`.
enum APIClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens there.
    case cannotConnect(String)
    /// The connection ended before the answer did.
    case connectionLost
    /// No answer within this time.
    case timedOut(seconds: Int64)
    /// What came is not HTTP, or its body no JSON.
    case malformedAnswer(String)

    var description: String {
        switch self {
        case .cannotConnect(let detail): "cannot connect: \(detail)"
        case .connectionLost: "the connection was lost before the answer"
        case .timedOut(let seconds): "no answer in \(seconds) s"
        case .malformedAnswer(let detail): "the answer cannot be read: \(detail)"
        }
    }
}

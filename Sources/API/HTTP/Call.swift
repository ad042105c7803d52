import Core
import Payments
import Storage

/// One request as a handler sees it: authenticated, parsed and checked.
struct Call: Sendable {
    /// The key it came with, and through it the merchant it acts for.
    let key: AuthenticatedKey
    /// `req_…`, unique; answered in `Request-Id` and kept with events.
    let requestID: String
    /// The version that the answer is rendered at.
    let apiVersion: String
    /// When it arrived.
    let now: Timestamp
    /// The path without its query: the `url` of lists.
    let path: String
    let parameters: Parameters
    /// What the names of the route's template stand for.
    let pathParameters: PathParameters
    /// The claim on its idempotency key, nil when it came without one. The handler sets the object it works on.
    var claim: IdempotencyClaim?
    /// The address it came from, as the connection knows it.
    let clientAddress: String?

    var merchant: Merchant { key.merchant }

    /// The part of the path that the template calls `name`.
    func path(_ name: String) -> String { pathParameters[name] }

    /// The paths under `expand[]`.
    var expandPaths: [String] { parameters.expandPaths }
}

/// What the names in a route's template stand for.
struct PathParameters: Sendable, Hashable {
    let names: [String]
    let values: [String]

    /// The value of a name. Asking for a name that the template does not have is a mistake of ours.
    subscript(name: String) -> String {
        guard let place = names.firstIndex(of: name) else {
            preconditionFailure("PathParameters: the route's template has no {\(name)}")
        }
        return values[place]
    }
}

/// The answer to a call.
struct Reply: Sendable, Hashable {
    /// The HTTP status: 200, or that of a refusal that is kept for repeats, such as a declined card.
    var status: Int
    /// JSON text.
    var body: [UInt8]
    /// The request that this answer was first given to, nil when it is this one.
    var originalRequest: String?
    /// True when this answer was given before.
    var isReplay: Bool

    init(status: Int, body: [UInt8], originalRequest: String? = nil, isReplay: Bool = false) {
        self.status = status
        self.body = body
        self.originalRequest = originalRequest
        self.isReplay = isReplay
    }

    /// 200.
    static func ok(_ body: [UInt8]) -> Reply { Reply(status: 200, body: body) }

    /// An error that is an answer to keep, such as a declined card: what a repeat of the request gets as well.
    static func refusal(_ error: APIError) -> Reply { Reply(status: error.status, body: error.body()) }

    /// What is stored beside the claim.
    var kept: IdempotentReply { IdempotentReply(status: status, body: body) }
}

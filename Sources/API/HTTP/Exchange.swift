import Core
import HTTPTypes

/// What is known of a request while it is being answered: enough to write the headers of any answer, early or late.
struct Exchange: Sendable {
    let requestID: String
    let now: Timestamp
    let method: HTTPRequest.Method
    let target: RequestTarget
    /// The version to render at, once it is known to be one.
    var apiVersion: String?
    /// The key of a POST, as it came.
    var idempotencyKey: String?
    /// The route that matched.
    var route: Route?

    init(requestID: String, now: Timestamp, method: HTTPRequest.Method, target: RequestTarget) {
        self.requestID = requestID
        self.now = now
        self.method = method
        self.target = target
    }

    /// Takes from the request's headers what the answer repeats.
    mutating func note(_ headers: HTTPFields) {
        if let version = headers[HeaderName.version], APIVersion.isPublished(version) { apiVersion = version }
        if method == .post { idempotencyKey = headers[HeaderName.idempotencyKey] }
    }

    /// The method that routes know: HEAD is answered as GET, without its body.
    var routeMethod: Route.Method? {
        switch method {
        case .get, .head: .get
        case .post: .post
        case .delete: .delete
        default: nil
        }
    }
}

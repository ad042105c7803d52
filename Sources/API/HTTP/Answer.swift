import HTTPTypes
import Hummingbird
import NIOCore

/// An answer before it has its headers: a reply of a handler, or an error.
struct Answer {
    let status: Int
    let body: [UInt8]
    /// Set when it is no reply of a handler.
    let error: APIError?
    let originalRequest: String?
    let isReplay: Bool

    init(_ reply: Reply) {
        status = reply.status
        body = reply.body
        error = nil
        originalRequest = reply.originalRequest
        isReplay = reply.isReplay
    }

    init(_ error: APIError) {
        status = error.status
        body = error.body()
        self.error = error
        originalRequest = nil
        isReplay = false
    }

    func response(to exchange: Exchange) -> Response {
        var headers = HTTPFields()
        headers.reserveCapacity(Answer.commonHeaders.count + 8)
        for header in Answer.commonHeaders { headers.append(header) }
        headers.append(HTTPField(name: HeaderName.requestID, value: exchange.requestID))
        if let version = exchange.apiVersion { headers.append(HTTPField(name: HeaderName.version, value: version)) }
        if let key = exchange.idempotencyKey { appendIdempotency(key, exchange, to: &headers) }
        if let shouldRetry = shouldRetry(exchange) {
            headers.append(HTTPField(name: HeaderName.shouldRetry, value: shouldRetry ? "true" : "false"))
        }
        if status == 401 { headers.append(HTTPField(name: .wwwAuthenticate, value: "Basic realm=\"Stripe\"")) }
        if let seconds = error?.retryAfterSeconds {
            headers.append(HTTPField(name: HeaderName.retryAfter, value: String(seconds)))
        }
        if let reason = error?.rateLimitedReason {
            headers.append(HTTPField(name: HeaderName.rateLimitedReason, value: reason))
        }
        headers.append(HTTPField(name: .contentLength, value: String(body.count)))
        let content = exchange.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        return Response(status: HTTPResponse.Status(code: status), headers: headers, body: content)
    }

    /// A POST with a key says whose answer this is. A refused repeat is an answer to nothing that happened under the
    /// key.
    private func appendIdempotency(_ key: String, _ exchange: Exchange, to headers: inout HTTPFields) {
        headers.append(HTTPField(name: HeaderName.idempotencyKey, value: key))
        if isReplay { headers.append(HTTPField(name: HeaderName.replayed, value: "true")) }
        guard error?.type != .idempotency, error?.status != 409 else { return }
        headers.append(
            HTTPField(name: HeaderName.originalRequest, value: originalRequest ?? exchange.requestID))
    }

    /// What an SDK should do where the status alone would not tell it. A replay stays what it is, however often it is
    /// asked for; so does a refusal of what the request says.
    private func shouldRetry(_ exchange: Exchange) -> Bool? {
        if let told = error?.shouldRetry { return told }
        if isReplay { return false }
        switch status {
        case 409, 429, 500...: return nil
        case 400...: return false
        default: return exchange.method == .post ? false : nil
        }
    }

    /// Headers of every answer. Browsers reach the API with publishable keys from any page, so any origin may read it;
    /// no cookie is ever looked at.
    private static let commonHeaders = [
        HTTPField(name: .contentType, value: "application/json"),
        HTTPField(name: .cacheControl, value: "no-cache, no-store"),
        HTTPField(name: .accessControlAllowOrigin, value: "*"),
        HTTPField(
            name: .accessControlExposeHeaders, value: "Request-Id, Stripe-Should-Retry, Stripe-Version, Retry-After"),
    ]
}

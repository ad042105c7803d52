import HTTPTypes
import Hummingbird
import NIOCore

extension APIResponder {
    /// Answers what needs no key: whether the process is well, its metrics, and what browsers ask before they send. Nil
    /// for everything else.
    func operationalResponse(to request: Request, _ target: RequestTarget) async -> Response? {
        if request.method == .options { return preflight(request) }
        guard request.method == .get || request.method == .head else { return nil }
        switch target.path {
        case "/healthz": return text("ok\n", status: .ok, request)
        case "/readyz":
            let isReady = await dependencies.isReady()
            return text(isReady ? "ok\n" : "not ready\n", status: isReady ? .ok : .serviceUnavailable, request)
        case "/metrics":
            return text(
                await dependencies.metrics(), status: .ok, request, type: "text/plain; version=0.0.4; charset=utf-8")
        default:
            return nil
        }
    }

    private func text(
        _ content: String, status: HTTPResponse.Status, _ request: Request,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        let headers: HTTPFields = [
            .contentType: type, .cacheControl: "no-store", .contentLength: String(content.utf8.count),
        ]
        let body = request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(string: content))
        return Response(status: status, headers: headers, body: body)
    }

    /// Any page may ask, with any header it likes: what it may do is up to its key.
    private func preflight(_ request: Request) -> Response {
        var headers: HTTPFields = [
            .accessControlAllowOrigin: "*", .accessControlAllowMethods: "GET, HEAD, POST, DELETE",
            .accessControlMaxAge: "300",
        ]
        headers[.accessControlAllowHeaders] =
            request.headers[.accessControlRequestHeaders]
            ?? "Authorization, Content-Type, Idempotency-Key, Stripe-Account, Stripe-Version"
        return Response(status: .ok, headers: headers)
    }
}

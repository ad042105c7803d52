import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Payments
import Storage

/// Answers every request to the API, in one order: find the route, authenticate, check version and account, read and
/// check the parameters, tie the idempotency key, run the handler. What goes wrong anywhere becomes one error answer.
///
/// It is no middleware chain: each step needs what the ones before found out, and one function that reads from top to
/// bottom shows their order. It knows no object of the API and no database; handlers and closures bring those.
struct APIResponder: HTTPResponder {
    typealias Context = ConnectionContext

    /// What the responder takes from the rooms below and beside it.
    struct Dependencies: Sendable {
        /// Finds the key for its text.
        var keys: KeyDirectory
        /// Clock and randomness.
        var environment: Core.Environment
        /// Turns what a handler throws into an answer; nil for what it does not know, which becomes a 500.
        var mapError: @Sendable (any Error, _ requestID: String) -> APIError?
        /// Refuses a request before anything is read of it, for example by a rate limit.
        var admit: @Sendable (AuthenticatedKey, Route) -> APIError?
        /// Told of every answer.
        var observe: @Sendable (AnswerRecord) -> Void
        /// Whether the process can answer requests.
        var isReady: @Sendable () async -> Bool
        /// The metrics in Prometheus' text format.
        var metrics: @Sendable () async -> String
        var logger: Logger

        init(
            keys: @escaping KeyDirectory, environment: Core.Environment,
            mapError: @escaping @Sendable (any Error, _ requestID: String) -> APIError? = { _, _ in nil },
            admit: @escaping @Sendable (AuthenticatedKey, Route) -> APIError? = { _, _ in nil },
            observe: @escaping @Sendable (AnswerRecord) -> Void = { _ in },
            isReady: @escaping @Sendable () async -> Bool, metrics: @escaping @Sendable () async -> String,
            logger: Logger
        ) {
            self.keys = keys
            self.environment = environment
            self.mapError = mapError
            self.admit = admit
            self.observe = observe
            self.isReady = isReady
            self.metrics = metrics
            self.logger = logger
        }
    }

    /// What one answer was, for metrics: no value of it comes from the client.
    struct AnswerRecord: Sendable {
        /// The template of the route; nil when none matched.
        var route: String?
        var status: Int
        var isReplay: Bool
        var durationNanoseconds: UInt64
    }

    let routes: RouteTable
    let dependencies: Dependencies

    @Sendable
    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let startedAt = Core.Environment.monotonicNanoseconds()
        let target = RequestTarget(request.head.path ?? "/")
        if let response = await operationalResponse(to: request, target) { return response }
        let now = dependencies.environment.now()
        // Time-ordered like every identifier: the store keeps answers under it and drops old ones from the left.
        let requestID = IdentifierText.make(prefix: "req", time: now, dependencies.environment)
        var exchange = Exchange(requestID: requestID, now: now, method: request.method, target: target)
        let answer: Answer
        do {
            answer = Answer(try await reply(to: request, context, &exchange))
        } catch let error as APIError {
            answer = Answer(error)
        } catch let failure as TransportFailure {
            throw failure.underlying
        } catch {
            answer = Answer(mapped(error, exchange))
        }
        log(answer, exchange)
        dependencies.observe(
            AnswerRecord(
                route: exchange.route?.template, status: answer.status, isReplay: answer.isReplay,
                durationNanoseconds: Core.Environment.monotonicNanoseconds() - startedAt))
        return answer.response(to: exchange)
    }

    private func reply(
        to request: Request, _ context: ConnectionContext, _ exchange: inout Exchange
    ) async throws -> Reply {
        let headers = request.headers
        exchange.note(headers)
        guard let method = exchange.routeMethod, let match = routes.match(method, exchange.target.path) else {
            throw APIError.unrecognizedURL(method: exchange.method.rawValue, path: String(exchange.target.path))
        }
        exchange.route = match.route
        let key = try await authenticate(headers, match.route)
        if exchange.apiVersion == nil {
            if let version = headers[HeaderName.version] { throw APIError.unknownVersion(version) }
            exchange.apiVersion = key.merchant.apiVersion
        }
        if let refusal = dependencies.admit(key, match.route) { throw refusal }
        let parameters = try await parameters(of: request, exchange.target, match.route)
        let call = Call(
            key: key, requestID: exchange.requestID, apiVersion: exchange.apiVersion ?? key.merchant.apiVersion,
            now: exchange.now, path: String(exchange.target.path), parameters: parameters,
            pathParameters: PathParameters(names: match.route.pathNames, values: match.values),
            claim: try claim(exchange, match.route, key, parameters), clientAddress: context.clientAddress)
        return try await match.route.handler(call)
    }

    // MARK: Who

    private func authenticate(_ headers: HTTPFields, _ route: Route) async throws -> AuthenticatedKey {
        let text = try Credentials.key(authorization: headers[.authorization])
        guard let key = try await dependencies.keys(text) else { throw APIError.unknownKey(text) }
        if key.kind == .publishable, route.reach == .secretKeys { throw APIError.secretKeyRequired }
        for name in [HeaderName.account, HeaderName.context] {
            guard let account = headers[name], account != key.merchant.account.text else { continue }
            throw APIError.accountUnreachable(account, key: text)
        }
        return key
    }

    // MARK: What

    private func parameters(of request: Request, _ target: RequestTarget, _ route: Route) async throws -> Parameters {
        guard route.method != .get else { return try route.schema.validate(Form(query: target.query)) }
        var body = try await RequestBytes.collect(request, maximum: Form.bytesMax)
        // It may hold a card number; the form keeps its own text and wipes it too.
        defer { RequestBytes.wipe(&body) }
        if !body.isEmpty { try requireForm(request.headers) }
        return try route.schema.validate(Form(query: target.query, body: body))
    }

    private func requireForm(_ headers: HTTPFields) throws(APIError) {
        guard let type = headers[.contentType] else { return }
        let form = "application/x-www-form-urlencoded"
        guard type.utf8.count >= form.utf8.count, type.prefix(form.count).lowercased() == form else {
            throw .unsupportedContentType
        }
    }

    private func claim(
        _ exchange: Exchange, _ route: Route, _ key: AuthenticatedKey, _ parameters: Parameters
    ) throws(APIError) -> IdempotencyClaim? {
        guard route.isIdempotent, let text = exchange.idempotencyKey else { return nil }
        guard (1...Idempotency.keyLengthMax).contains(text.utf8.count) else {
            throw .invalidIdempotencyKey(maximum: Idempotency.keyLengthMax)
        }
        return IdempotencyClaim(
            merchant: key.merchant.merchant, key: text,
            fingerprint: Idempotency.fingerprint(
                method: route.method, path: exchange.target.path, parameters: parameters),
            requestID: exchange.requestID, createdAt: exchange.now, objectID: nil)
    }

    // MARK: What went wrong

    private func mapped(_ error: any Error, _ exchange: Exchange) -> APIError {
        if let known = dependencies.mapError(error, exchange.requestID) { return known }
        dependencies.logger.error(
            "unexpected error",
            metadata: [
                "request": "\(exchange.requestID)", "route": "\(exchange.route?.template ?? "-")",
                "error": "\(APIError.quoted(String(describing: error)))",
            ])
        return .internalFault(requestID: exchange.requestID)
    }

    private func log(_ answer: Answer, _ exchange: Exchange) {
        let level: Logger.Level = answer.status >= 500 ? .warning : .debug
        guard dependencies.logger.logLevel <= level else { return }
        dependencies.logger.log(
            level: level, "answered",
            metadata: [
                "request": "\(exchange.requestID)", "status": "\(answer.status)",
                "route": "\(exchange.route?.template ?? "-")", "code": "\(answer.error?.code ?? "-")",
            ])
    }
}

import Core
import HTTPTypes
import Money
import Payments
import Storage
import Testing

@testable import API

@Suite("APIResponder")
struct APIResponderTests {
    /// Answers what a handler saw, as JSON.
    private static let echo: Handler = { call in
        var json = JSONWriter(style: .compact)
        json.object { json in
            json.field("account", call.merchant.account.text)
            json.field("version", call.apiVersion)
            json.field("request", call.requestID)
            json.field("path", call.path)
            json.field("a", call.parameters.string("a"))
            json.field("thing", call.pathParameters.names.isEmpty ? nil : call.path("thing"))
            json.field("key", call.claim?.key)
        }
        return .ok(json.bytes)
    }

    private static let schema = Schema([.optional("a", .string), .optional("n", .integer(1...))])

    private let api = TestAPI([
        .get("/v1/things", schema, handler: echo), .post("/v1/things", schema, handler: echo),
        .get("/v1/things/{thing}", schema, reach: .publishableKeys, handler: echo),
        .delete("/v1/things/{thing}", schema, handler: echo),
        .post("/v1/fail") { _ in throw CancellationError() },
        .post("/v1/decline") { _ in .refusal(.card(code: "card_declined", message: "No.")) },
        .post("/v1/busy") { _ in throw APIError.overloaded(retryAfterSeconds: 2) },
        .post("/v1/replayed") { _ in
            Reply(status: 500, body: Array("{}".utf8), originalRequest: "req_first", isReplay: true)
        },
        .post("/v1/conflict") { call in throw APIError.idempotencyKeyInUse(key: call.claim?.key ?? "") },
    ])

    @Test("an answer has its request id, version, type, and what browsers need")
    func headers() async throws {
        let answer = try await api.send(.get, "/v1/things?a=x")
        #expect(answer.status == 200)
        #expect(answer["Request-Id"]?.hasPrefix("req_") == true)
        #expect(answer.text.contains("\"request\":\"\(answer["Request-Id"] ?? "")\""))
        #expect(answer["Stripe-Version"] == "2025-10-29.clover")
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer["Content-Length"] == "\(answer.body.count)")
        #expect(answer["Cache-Control"] == "no-cache, no-store")
        #expect(answer["Access-Control-Allow-Origin"] == "*")
        #expect(answer["Stripe-Should-Retry"] == nil)
        #expect(answer["Idempotency-Key"] == nil)
        #expect(answer["Original-Request"] == nil)
        let other = try await api.send(.get, "/v1/things")
        #expect(other["Request-Id"] != answer["Request-Id"])
    }

    @Test("handlers get what the request said")
    func call() async throws {
        let posted = try await api.send(.post, "/v1/things", ["Idempotency-Key": "k1"], body: "a=x+y")
        #expect(posted.text.contains("\"a\":\"x y\""))
        #expect(posted.text.contains("\"key\":\"k1\""))
        #expect(posted.text.contains("\"account\":\"acct_test\""))
        let read = try await api.send(.get, "/v1/things/th_1?a=q", ["Idempotency-Key": "k1"])
        #expect(read.text.contains("\"thing\":\"th_1\""))
        #expect(read.text.contains("\"path\":\"/v1/things/th_1\""))
        #expect(read.text.contains("\"key\":null"))
        let deleted = try await api.send(.delete, "/v1/things/th_1?a=q", ["Idempotency-Key": "k1"])
        #expect(deleted.text.contains("\"a\":\"q\""))
        #expect(deleted.text.contains("\"key\":null"))
        let both = try await api.send(.post, "/v1/things?a=query&n=1", body: "a=body")
        #expect(both.text.contains("\"a\":\"body\""))
    }

    @Test(
        "requests are refused in order: path, key, version, account, parameters, idempotency key",
        arguments: [
            (.get, "/v1/nothing", ["Authorization": nil], "", 404, nil),
            (.put, "/v1/things", [:], "", 404, nil),
            (.post, "/v1/things/", [:], "", 404, nil),
            (.get, "/v1/things?a[=1", ["Authorization": nil, "Stripe-Version": "x"], "", 401, nil),
            (.get, "/v1/things", ["Authorization": "Bearer sk_test_unknown"], "", 401, nil),
            (.get, "/v1/things", ["Authorization": "Bearer pk_test_public"], "", 403, "secret_key_required"),
            (
                .get, "/v1/things?foo=1", ["Stripe-Account": "acct_other", "Stripe-Version": "x"], "", 403,
                "account_invalid"
            ),
            (.get, "/v1/things", ["Stripe-Context": "acct_other"], "", 403, "account_invalid"),
            (.get, "/v1/things?foo=1", ["Stripe-Version": "2099-01-01"], "", 400, nil),
            (.get, "/v1/things?foo=1", [:], "", 400, "parameter_unknown"),
            (.get, "/v1/things?n=0", [:], "", 400, "parameter_invalid_integer"),
            (.get, "/v1/things?a=%", [:], "", 400, nil),
            (.post, "/v1/things", ["Idempotency-Key": ""], "n=x", 400, "parameter_invalid_integer"),
            (.post, "/v1/things", ["Idempotency-Key": ""], "a=x", 400, nil),
            (.post, "/v1/things", ["Idempotency-Key": String(repeating: "k", count: 256)], "a=x", 400, nil),
            (.post, "/v1/things", ["Content-Type": "application/json"], "{}", 400, nil),
            (.post, "/v1/things", ["Content-Length": "9"], "a=x", 400, nil),
            (.post, "/v1/things", ["Content-Length": "999999"], "a=x", 400, nil),
        ] as [(HTTPRequest.Method, String, [String: String?], String, Int, String?)])
    func refusals(
        _ method: HTTPRequest.Method, _ target: String, _ headers: [String: String?], _ body: String, status: Int,
        code: String?
    ) async throws {
        let answer = try await api.send(method, target, headers, body: body)
        #expect(answer.status == status)
        #expect(answer.error("code") == code)
        #expect(answer.error("type") == "invalid_request_error")
        #expect(answer.error("message")?.isEmpty == false)
        #expect(answer["Request-Id"]?.hasPrefix("req_") == true)
        #expect(answer["WWW-Authenticate"] == (status == 401 ? "Basic realm=\"Stripe\"" : nil))
        #expect(answer["Stripe-Should-Retry"] == "false")
    }

    @Test("requests that reach as far as they may")
    func accepted() async throws {
        for headers in [
            ["Stripe-Account": "acct_test"], ["Stripe-Version": "2020-08-27"],
            ["Authorization": "Basic c2tfdGVzdF9zZWNyZXQ6"], ["Authorization": "Bearer rk_test_limited"],
            ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"],
            ["Content-Type": "Application/X-WWW-Form-Urlencoded"],
            ["Idempotency-Key": String(repeating: "k", count: 255)],
        ] as [[String: String?]] {
            let answer = try await api.send(.post, "/v1/things", headers, body: "a=x")
            #expect(answer.status == 200)
            if let version = headers["Stripe-Version"] { #expect(answer["Stripe-Version"] == version) }
        }
        let token = try await api.send(.get, "/v1/things/th_1", ["Authorization": "Bearer pk_test_public"])
        #expect(token.status == 200)
    }

    @Test("unknown paths name method and path as Stripe does")
    func unknownPath() async throws {
        let answer = try await api.send(.get, "/v1/nothing?x=1")
        #expect(answer.error("message")?.hasPrefix("Unrecognized request URL (GET: /v1/nothing). ") == true)
    }

    @Test("a first answer with a key names itself, a replay names the first one")
    func idempotencyHeaders() async throws {
        let first = try await api.send(.post, "/v1/things", ["Idempotency-Key": "k"], body: "a=x")
        #expect(first["Idempotency-Key"] == "k")
        #expect(first["Original-Request"] == first["Request-Id"])
        #expect(first["Idempotent-Replayed"] == nil)
        #expect(first["Stripe-Should-Retry"] == "false")
        let replay = try await api.send(.post, "/v1/replayed", ["Idempotency-Key": "k"])
        #expect(replay.status == 500)
        #expect(replay["Original-Request"] == "req_first")
        #expect(replay["Idempotent-Replayed"] == "true")
        #expect(replay["Stripe-Should-Retry"] == "false")
        let conflict = try await api.send(.post, "/v1/conflict", ["Idempotency-Key": "k"])
        #expect(conflict.status == 409)
        #expect(conflict["Original-Request"] == nil)
        #expect(conflict["Idempotency-Key"] == "k")
        #expect(conflict["Stripe-Should-Retry"] == nil)
    }

    @Test("declines, overloads and faults say whether to try again")
    func retries() async throws {
        let decline = try await api.send(.post, "/v1/decline")
        #expect(decline.status == 402)
        #expect(decline["Stripe-Should-Retry"] == "false")
        let busy = try await api.send(.post, "/v1/busy")
        #expect(busy.status == 503)
        #expect(busy["Retry-After"] == "2")
        #expect(busy["Stripe-Should-Retry"] == "true")
        let fault = try await api.send(.post, "/v1/fail")
        #expect(fault.status == 500)
        #expect(fault.error("type") == "api_error")
        #expect(fault.error("message")?.contains(fault["Request-Id"] ?? "-") == true)
        #expect(fault["Stripe-Should-Retry"] == nil)
    }

    @Test(
        "errors of the rooms below are mapped by the table, admission refuses before parameters, answers are observed")
    func hooks() async throws {
        let seen = Locked<[String]>([])
        let api = TestAPI(
            [.post("/v1/fail") { _ in throw CancellationError() }, .get("/v1/limited", handler: Self.echo)],
            mapError: { error, _ in error is CancellationError ? .lockTimeout("pi_1") : nil },
            admit: { _, route in
                route.template == "/v1/limited" ? .rateLimited(reason: "endpoint-rate", retryAfterSeconds: nil) : nil
            },
            observe: { record in seen.withLock { $0.append("\(record.route ?? "-") \(record.status)") } })
        let mapped = try await api.send(.post, "/v1/fail")
        #expect(mapped.error("code") == "lock_timeout")
        #expect(mapped["Stripe-Should-Retry"] == "true")
        let limited = try await api.send(.get, "/v1/limited?foo=1")
        #expect(limited.status == 429)
        #expect(limited["Stripe-Rate-Limited-Reason"] == "endpoint-rate")
        _ = try await api.send(.get, "/v1/nothing")
        #expect(seen.withLock { $0 } == ["/v1/fail 429", "/v1/limited 429", "- 404"])
    }

    @Test("HEAD is GET without a body")
    func head() async throws {
        let get = try await api.send(.get, "/v1/things")
        let head = try await api.send(.head, "/v1/things")
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head["Content-Length"] == get["Content-Length"])
        #expect(try await api.send(.head, "/v1/nothing").body.isEmpty)
    }

    @Test("health and metrics need no key, preflights are answered")
    func operational() async throws {
        let health = try await api.send(.get, "/healthz", ["Authorization": nil])
        #expect(health.status == 200)
        #expect(health.text == "ok\n")
        let starting = try await TestAPI([], isReady: false).send(.get, "/readyz", ["Authorization": nil])
        #expect(starting.status == 503)
        let metrics = try await api.send(.get, "/metrics", ["Authorization": nil])
        #expect(metrics.text == "florin_up 1\n")
        #expect(metrics["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let preflight = try await api.send(
            .options, "/v1/tokens", ["Authorization": nil, "Access-Control-Request-Headers": "authorization,x-a"])
        #expect(preflight.status == 200)
        #expect(preflight["Access-Control-Allow-Origin"] == "*")
        #expect(preflight["Access-Control-Allow-Headers"] == "authorization,x-a")
        #expect(preflight["Access-Control-Allow-Methods"]?.contains("POST") == true)
        #expect(try await api.send(.post, "/healthz").status == 404)
    }

    @Test("a whole endpoint: schema, handler, idempotency, error")
    func example() async throws {
        let schema = Schema([
            .required("amount", .amount), .required("currency", .currency), .optional("metadata", .metadata),
        ])
        let kept = Locked<[String: EarlierRequest]>([:])
        let api = TestAPI([
            .post("/v1/gifts", schema) { call in
                try await replayOrRun(call) { claim in
                    kept.withLock { $0[claim.key] }
                } run: { call in
                    let amount = try call.parameters.integer(required: "amount")
                    let currency = try call.parameters.currency(required: "currency")
                    if amount < currency.minimumChargeAmount {
                        throw APIError.amountTooSmall(
                            minimum: currency.minimumChargeAmount, currency: currency, param: "amount")
                    }
                    var json = JSONWriter(style: .indented)
                    json.object { $0.field("amount", amount) }
                    let reply = Reply.ok(json.bytes)
                    // Stands in for the commit, which refuses a key that is taken.
                    guard let claim = call.claim else { return reply }
                    let isFree = kept.withLock { kept in
                        guard kept[claim.key] == nil else { return false }
                        kept[claim.key] = EarlierRequest(
                            fingerprint: claim.fingerprint, requestID: claim.requestID, reply: reply.kept)
                        return true
                    }
                    guard isFree else { throw APIError.idempotencyKeyInUse(key: claim.key) }
                    return reply
                }
            }
        ])
        let first = try await api.send(.post, "/v1/gifts", ["Idempotency-Key": "g"], body: "amount=500&currency=eur")
        let again = try await api.send(.post, "/v1/gifts", ["Idempotency-Key": "g"], body: "currency=eur&amount=500")
        #expect(first.status == 200)
        #expect(again.body == first.body)
        #expect(again["Idempotent-Replayed"] == "true")
        #expect(again["Original-Request"] == first["Request-Id"])
        #expect(again["Request-Id"] != first["Request-Id"])
        let other = try await api.send(.post, "/v1/gifts", ["Idempotency-Key": "g"], body: "amount=501&currency=eur")
        #expect(other.status == 400)
        #expect(other.error("type") == "idempotency_error")
        #expect(other["Original-Request"] == nil)
        let small = try await api.send(.post, "/v1/gifts", ["Idempotency-Key": "h"], body: "amount=1&currency=eur")
        #expect(small.error("code") == "amount_too_small")
        #expect(small["Original-Request"] == small["Request-Id"])
    }
}

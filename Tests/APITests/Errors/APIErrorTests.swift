import Core
import Money
import Testing

@testable import API

@Suite("APIError")
struct APIErrorTests {
    private func json(_ error: APIError) throws -> JSONValue { try JSONValue(parsing: error.body()) }

    @Test("the body is indented, in alphabetical order, without absent fields, and ends with a line break")
    func layout() {
        let text = String(decoding: APIError.missing("amount").body(), as: UTF8.self)
        #expect(
            text == """
                {
                  "error": {
                    "code": "parameter_missing",
                    "doc_url": "https://stripe.com/docs/error-codes/parameter-missing",
                    "message": "Missing required param: amount.",
                    "param": "amount",
                    "type": "invalid_request_error"
                  }
                }

                """)
    }

    @Test("an embedded intent keeps its members and is laid out two levels deeper")
    func embeddedIntent() throws {
        let intent = Array("{\n  \"id\": \"pi_1\",\n  \"note\": \"a\\nb\"\n}\n".utf8)
        let error = APIError.unexpectedState(intent: intent, message: "No.")
        let text = String(decoding: error.body(), as: UTF8.self)
        #expect(
            text.contains("    \"payment_intent\": {\n      \"id\": \"pi_1\",\n      \"note\": \"a\\nb\"\n    },\n"))
        #expect(try json(error)["error"]?["payment_intent"]?["id"]?.string == "pi_1")
        #expect(error.code == "payment_intent_unexpected_state")
    }

    @Test("a declined card says everything that Stripe says")
    func decline() throws {
        var error = APIError.card(
            code: "card_declined", message: "Your card was declined.", declineCode: "insufficient_funds")
        error.adviceCode = "try_again_later"
        error.networkDeclineCode = "51"
        error.charge = "ch_1"
        let body = try json(error)["error"]
        #expect(error.status == 402)
        #expect(
            body?.members?.map(\.key) == [
                "advice_code", "charge", "code", "decline_code", "doc_url", "message", "network_decline_code", "type",
            ])
        #expect(body?["type"]?.string == "card_error")
    }

    @Test(
        "each maker has Stripe's status, type, code and parameter",
        arguments: [
            (APIError.missing("a"), 400, "invalid_request_error", "parameter_missing", "a"),
            (.empty("a"), 400, "invalid_request_error", "parameter_invalid_empty", "a"),
            (.invalidInteger("x", param: "a"), 400, "invalid_request_error", "parameter_invalid_integer", "a"),
            (.integerTooSmall(minimum: 1, param: "a"), 400, "invalid_request_error", "parameter_invalid_integer", "a"),
            (.invalidBoolean("x", param: "a"), 400, "invalid_request_error", nil, "a"),
            (.invalidChoice(["x", "y"], param: "a"), 400, "invalid_request_error", nil, "a"),
            (.invalidHash(param: "a"), 400, "invalid_request_error", nil, "a"),
            (.unknownParameters(["a"], suggestion: nil), 400, "invalid_request_error", "parameter_unknown", "a"),
            (.exclusive("a", "b"), 400, "invalid_request_error", "parameters_exclusive", "a"),
            (.noSuch("charge", id: "ch_1", inPathAs: "id"), 404, "invalid_request_error", "resource_missing", "id"),
            (
                .noSuch("charge", id: "ch_1", param: "charge"), 400, "invalid_request_error", "resource_missing",
                "charge"
            ),
            (
                .amountTooSmall(minimum: 50, currency: .usd, param: "a"), 400, "invalid_request_error",
                "amount_too_small", "a"
            ),
            (.amountTooLarge(maximum: 99, param: "a"), 400, "invalid_request_error", "amount_too_large", "a"),
            (.noKey, 401, "invalid_request_error", nil, nil),
            (.unknownKey("sk_test_123456789"), 401, "invalid_request_error", nil, nil),
            (.secretKeyRequired, 403, "invalid_request_error", "secret_key_required", nil),
            (.accountUnreachable("acct_1", key: "sk"), 403, "invalid_request_error", "account_invalid", nil),
            (.unknownVersion("x"), 400, "invalid_request_error", nil, nil),
            (.unrecognizedURL(method: "GET", path: "/v1/x"), 404, "invalid_request_error", nil, nil),
            (
                .rateLimited(reason: "global-rate", retryAfterSeconds: 1), 429, "invalid_request_error", "rate_limit",
                nil
            ),
            (.overloaded(retryAfterSeconds: 1), 503, "api_error", nil, nil),
            (.storeUnavailable("no space."), 503, "api_error", nil, nil),
            (.outcomeUnavailable("no answer"), 503, "api_error", nil, nil),
            (.internalFault(requestID: "req_1"), 500, "api_error", nil, nil),
            (.idempotencyMismatch(key: "k"), 400, "idempotency_error", nil, nil),
            (.idempotencyKeyInUse(key: "k"), 409, "invalid_request_error", "idempotency_key_in_use", nil),
        ] as [(APIError, Int, String, String?, String?)])
    func makers(_ error: APIError, status: Int, type: String, code: String?, param: String?) throws {
        #expect(error.status == status)
        let body = try #require(try json(error)["error"])
        #expect(body["type"]?.string == type)
        #expect(body["code"]?.string == code)
        #expect(body["param"]?.string == param)
        #expect(body["message"]?.string?.isEmpty == false)
    }

    @Test("messages say what Stripe's say")
    func messages() {
        #expect(APIError.noSuch("customer", id: "cus_x", param: "customer").message == "No such customer: 'cus_x'")
        #expect(
            APIError.unrecognizedURL(method: "GET", path: "/v1/x").message
                .hasPrefix("Unrecognized request URL (GET: /v1/x). "))
        #expect(
            APIError.invalidChoice(["a", "b", "c"], param: "reason").message
                == "Invalid reason: must be one of a, b, or c")
        #expect(
            APIError.unknownParameters(["amout", "x"], suggestion: "amount").message
                == "Received unknown parameters: amout, x. Did you mean amount?")
        #expect(APIError.amountTooSmall(minimum: 50, currency: .usd, param: "amount").message.hasSuffix("0.50 usd"))
    }

    @Test("a 503 says that nothing was done only where that is known")
    func unavailable() {
        #expect(
            APIError.storeUnavailable("no space.").message
                == "Nothing was done for this request: no space. Please retry later.")
        #expect(
            APIError.outcomeUnavailable("no answer").message
                == "What was done for this idempotency key cannot be told now: no answer. Please retry later with the "
                + "same key.")
    }

    @Test("a key shows its first 8 and last 4 characters, a short one nothing")
    func masking() {
        #expect(APIError.masked("sk_test_abcdefgh1234") == "sk_test_********1234")
        #expect(APIError.masked("sk_test_1234") == "************")
        #expect(APIError.masked("") == "")
        #expect(APIError.masked(String(repeating: "k", count: 100_000)).count == 256)
    }

    @Test("long values are cut before a message repeats them")
    func quoting() {
        let error = APIError.invalidInteger(String(repeating: "é", count: 5_000), param: "amount")
        #expect(error.message.count < 130)
    }

    @Test(
        "a near name is suggested, a far one is not",
        arguments: [
            ("amout", "amount"), ("curency", "currency"), ("custmer", "customer"), ("cusotmer", "customer"),
            ("Amount", "amount"), ("foo", nil), ("a", nil), ("", nil), (String(repeating: "a", count: 300), nil),
        ] as [(String, String?)])
    func suggestion(_ typed: String, expected: String?) {
        #expect(Suggestion.nearest(to: typed, among: ["amount", "currency", "customer", "on"]) == expected)
    }
}

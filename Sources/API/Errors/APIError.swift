import Core

/// The classes that Stripe's SDKs tell apart by the `type` of an error, besides its status.
enum ErrorType: String, Sendable, Hashable {
    case invalidRequest = "invalid_request_error"
    case card = "card_error"
    case api = "api_error"
    case idempotency = "idempotency_error"
}

/// An answer that refuses a request: Stripe's error object, its status, and what the headers say beside it.
///
/// Every refusal in Florin ends up as one of these. The makers in the extensions are the only places where codes and
/// messages are written; nothing here may carry a card number, a secret or a whole key.
struct APIError: Error, Sendable, Hashable {
    /// The HTTP status.
    var status: Int
    var type: ErrorType
    /// One of Stripe's error codes, `parameter_missing`; nil where Stripe answers none.
    var code: String?
    /// For the developer who reads it.
    var message: String
    /// The parameter at fault in bracket notation, `items[0][price]`.
    var param: String?
    var declineCode: String?
    var adviceCode: String?
    var networkAdviceCode: String?
    var networkDeclineCode: String?
    /// The failed charge, `ch_…`.
    var charge: String?
    /// The payment intent as it is now, rendered.
    var paymentIntent: [UInt8]?
    /// The payment method that was refused, rendered.
    var paymentMethod: [UInt8]?
    var paymentMethodType: String?
    var requestLogURL: String?
    /// The header `Retry-After`.
    var retryAfterSeconds: Int?
    /// The header `Stripe-Should-Retry`, where the status alone would tell an SDK the wrong thing.
    var shouldRetry: Bool?
    /// The header `Stripe-Rate-Limited-Reason`.
    var rateLimitedReason: String?

    init(status: Int, type: ErrorType, code: String? = nil, message: String, param: String? = nil) {
        self.status = status
        self.type = type
        self.code = code
        self.message = message
        self.param = param
    }

    /// Where the code is explained, nil when there is none.
    var documentationURL: String? { code.map(APIError.documentationURL(of:)) }

    /// The page that explains a code.
    static func documentationURL(of code: String) -> String {
        "https://stripe.com/docs/error-codes/" + String(code.map { $0 == "_" ? "-" : $0 })
    }

    /// The JSON text of the answer. Absent fields are left out, present ones come in alphabetical order as at Stripe.
    func body() -> [UInt8] {
        var json = JSONWriter(style: .indented, capacity: 512 + (paymentIntent?.count ?? 0) * 2)
        json.object { json in
            json.object("error") { json in
                json.given("advice_code", adviceCode)
                json.given("charge", charge)
                json.given("code", code)
                json.given("decline_code", declineCode)
                json.given("doc_url", documentationURL)
                json.field("message", message)
                json.given("network_advice_code", networkAdviceCode)
                json.given("network_decline_code", networkDeclineCode)
                json.given("param", param)
                if let paymentIntent { json.raw("payment_intent", APIError.indented(paymentIntent)) }
                if let paymentMethod { json.raw("payment_method", APIError.indented(paymentMethod)) }
                json.given("payment_method_type", paymentMethodType)
                json.given("request_log_url", requestLogURL)
                json.field("type", type.rawValue)
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// A rendered object two levels deeper: strings in JSON hold no line breaks, so each one is layout.
    private static func indented(_ object: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(object.count + object.count / 4)
        let end = object.last == UInt8(ascii: "\n") ? object.count - 1 : object.count
        for byte in object[..<end] {
            text.append(byte)
            if byte == UInt8(ascii: "\n") { text.append(contentsOf: [0x20, 0x20, 0x20, 0x20]) }
        }
        return text
    }

    /// A value of the client's as a message may repeat it: cut when long.
    static func quoted(_ value: String) -> String {
        let lengthMax = 100
        guard value.utf8.count > lengthMax else { return value }
        return String(value.prefix(lengthMax)) + "…"
    }
}

extension JSONWriter {
    /// Writes the field only when there is a value.
    fileprivate mutating func given(_ key: StaticString, _ value: String?) {
        if let value { field(key, value) }
    }
}

import Money

/// Refusals that need to know an object: ids that lead nowhere, amounts, states, and repeats of a request.
extension APIError {
    /// 404: the id in the path leads to nothing. `object` as messages name it: `payment_intent`.
    static func noSuch(_ object: String, id: String, inPathAs param: String) -> APIError {
        var error = noSuch(object, id: id, param: param)
        error.status = 404
        return error
    }

    /// 400: the id in a parameter leads to nothing.
    static func noSuch(_ object: String, id: String, param: String) -> APIError {
        invalid("No such \(object): '\(quoted(id))'", param: param, code: "resource_missing")
    }

    /// 400: less than can be charged in this currency.
    static func amountTooSmall(minimum: Int64, currency: Currency, param: String) -> APIError {
        invalid(
            "Amount must be at least \(Money(minimum, currency).decimalText) "
                + "\(currency.lowercased)",
            param: param, code: "amount_too_small")
    }

    /// 400: more than eight digits.
    static func amountTooLarge(maximum: Int64, param: String) -> APIError {
        invalid("Amount must be no more than \(maximum)", param: param, code: "amount_too_large")
    }

    /// 400: the intent's status does not allow this. Carries the intent as it is.
    static func unexpectedState(intent: [UInt8], message: String) -> APIError {
        var error = invalid(message, param: nil, code: "payment_intent_unexpected_state")
        error.paymentIntent = intent
        return error
    }

    /// 402: the card was refused, at the network or before it.
    static func card(code: String, message: String, param: String? = nil, declineCode: String? = nil) -> APIError {
        var error = APIError(status: 402, type: .card, code: code, message: message, param: param)
        error.declineCode = declineCode
        return error
    }

    /// 400: the key was used for another request.
    static func idempotencyMismatch(key: String) -> APIError {
        APIError(
            status: 400, type: .idempotency,
            message: "Keys for idempotent requests can only be used with the same parameters and endpoint they were "
                + "first used with. Try using a key other than '\(quoted(key))' if you meant to execute a different "
                + "request.")
    }

    /// 409: the first request with the key is still running. SDKs retry it of themselves.
    static func idempotencyKeyInUse(key: String) -> APIError {
        APIError(
            status: 409, type: .invalidRequest, code: "idempotency_key_in_use",
            message:
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                + "submitted twice, and the other request is still going through): \(quoted(key)). Please try again "
                + "later.")
    }

    /// 400: a key that is empty or too long.
    static func invalidIdempotencyKey(maximum: Int) -> APIError {
        APIError(
            status: 400, type: .invalidRequest,
            message: "Invalid Idempotency-Key: it must have 1 to \(maximum) characters.")
    }
}

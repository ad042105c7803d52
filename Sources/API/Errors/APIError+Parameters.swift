/// Refusals of parameters: what is wrong with the request itself, before anything was looked up.
extension APIError {
    /// 400, naming the parameter.
    static func invalid(_ message: String, param: String?, code: String? = nil) -> APIError {
        APIError(status: 400, type: .invalidRequest, code: code, message: message, param: param)
    }

    /// A required parameter is not there.
    static func missing(_ param: String) -> APIError {
        invalid("Missing required param: \(param).", param: param, code: "parameter_missing")
    }

    /// An empty value where nothing can be unset.
    static func empty(_ param: String) -> APIError {
        invalid(
            "You passed an empty string for '\(param)'. We assume empty values are an attempt to unset a parameter; "
                + "however '\(param)' cannot be unset. You should remove '\(param)' from your request or supply a "
                + "non-empty value.",
            param: param, code: "parameter_invalid_empty")
    }

    /// No whole number, or one that does not fit 64 bits.
    static func invalidInteger(_ value: String, param: String) -> APIError {
        invalid("Invalid integer: \(quoted(value))", param: param, code: "parameter_invalid_integer")
    }

    /// A whole number below what the parameter takes.
    static func integerTooSmall(minimum: Int64, param: String) -> APIError {
        invalid(
            "This value must be greater than or equal to \(minimum).", param: param, code: "parameter_invalid_integer")
    }

    /// A whole number above what the parameter takes.
    static func integerTooLarge(maximum: Int64, param: String) -> APIError {
        invalid("This value must be less than or equal to \(maximum).", param: param, code: "parameter_invalid_integer")
    }

    /// Neither `true` nor `false`.
    static func invalidBoolean(_ value: String, param: String) -> APIError {
        invalid("Invalid boolean: \(quoted(value))", param: param)
    }

    /// A value outside a closed set.
    static func invalidChoice(_ choices: [String], param: String) -> APIError {
        invalid("Invalid \(param): must be one of \(listed(choices))", param: param)
    }

    /// A single value or an array where a hash belongs.
    static func invalidHash(param: String) -> APIError { invalid("Invalid object", param: param) }

    /// A single value or a hash where an array belongs.
    static func invalidArray(param: String) -> APIError { invalid("Invalid array", param: param) }

    /// A hash or an array where a single value belongs.
    static func invalidString(param: String) -> APIError { invalid("Invalid string", param: param) }

    /// A text longer than the parameter takes.
    static func stringTooLong(maximum: Int, param: String) -> APIError {
        invalid("Invalid string: must be at most \(maximum) characters", param: param)
    }

    /// More elements than the parameter takes.
    static func arrayTooLong(maximum: Int, param: String) -> APIError {
        invalid("Invalid array: must have at most \(maximum) elements", param: param)
    }

    /// No moment in Unix seconds.
    static func invalidTimestamp(_ value: String, param: String) -> APIError {
        invalid("Invalid timestamp: \(quoted(value))", param: param, code: "parameter_invalid_integer")
    }

    /// A code that is no currency.
    static func invalidCurrency(_ value: String, param: String) -> APIError {
        invalid(
            "Invalid currency: \(quoted(value)). Florin takes the three-letter codes of ISO 4217, such as usd or eur.",
            param: param)
    }

    /// A country that is not two letters.
    static func invalidCountry(_ value: String, param: String) -> APIError {
        invalid(
            "Country '\(quoted(value))' is unknown. Try using a 2-character alphanumeric country code instead, such as "
                + "'US', 'EG', or 'GB'.",
            param: param)
    }

    /// No email address.
    static func invalidEmail(_ value: String, param: String) -> APIError {
        invalid("Invalid email address: \(quoted(value))", param: param, code: "email_invalid")
    }

    /// No http or https URL.
    static func invalidURL(param: String) -> APIError {
        invalid("Not a valid URL", param: param, code: "url_invalid")
    }

    /// Parameters that the endpoint does not know, with the nearest known name of the first, if one is near.
    static func unknownParameters(_ params: [String], suggestion: String?) -> APIError {
        var message = "Received unknown parameter\(params.count > 1 ? "s" : ""): "
        message += params.map(quoted).joined(separator: ", ")
        if let suggestion { message += ". Did you mean \(suggestion)?" }
        return invalid(message, param: params.first, code: "parameter_unknown")
    }

    /// Two parameters of which only one may be given.
    static func exclusive(_ first: String, _ second: String) -> APIError {
        invalid(
            "You may only specify one of these parameters: \(first), \(second).", param: first,
            code: "parameters_exclusive")
    }

    /// One name used both for a value and for a hash or an array.
    static func conflictingShape(param: String) -> APIError {
        invalid("Invalid request: '\(quoted(param))' is given in two forms that exclude each other.", param: param)
    }

    /// Metadata beyond its limits.
    static func invalidMetadata(_ reason: String, param: String) -> APIError { invalid(reason, param: param) }

    /// The body or the query string is no form.
    static func malformedForm(_ reason: String) -> APIError {
        invalid("Invalid request: \(reason).", param: nil)
    }

    /// The body is no form by its own account.
    static let unsupportedContentType = invalid(
        "Invalid request (check that your POST content type is application/x-www-form-urlencoded).", param: nil)

    private static func listed(_ choices: [String]) -> String {
        switch choices.count {
        case 0, 1: choices.first ?? ""
        case 2: "\(choices[0]) or \(choices[1])"
        default: choices.dropLast().joined(separator: ", ") + ", or " + (choices.last ?? "")
        }
    }
}

/// Refusals before a request is looked at: keys, versions, paths, and how much may come in.
extension APIError {
    /// 401: no key was given.
    static let noKey = APIError(
        status: 401, type: .invalidRequest,
        message: "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            + "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
            + "https://stripe.com/docs/api#authentication for details.")

    /// 401: the header holds no key that could be one.
    static let malformedAuthorization = APIError(
        status: 401, type: .invalidRequest,
        message:
            "Invalid Authorization header: use Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY') or Basic "
            + "auth with the key as user name and an empty password.")

    /// 401: a key that is malformed, unknown or revoked.
    static func unknownKey(_ key: String) -> APIError {
        APIError(status: 401, type: .invalidRequest, message: "Invalid API Key provided: \(masked(key))")
    }

    /// 403: a publishable key where a secret one is needed.
    static let secretKeyRequired = APIError(
        status: 403, type: .invalidRequest, code: "secret_key_required",
        message: "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a "
            + "list of your API keys in the dashboard.")

    /// 403: the key is known but may not do this.
    static func permissionDenied(key: String) -> APIError {
        APIError(
            status: 403, type: .invalidRequest, code: "more_permissions_required",
            message: "The provided key '\(masked(key))' does not have the required permissions for this endpoint.")
    }

    /// 403: the account named by `Stripe-Account` is none that the key reaches.
    static func accountUnreachable(_ account: String, key: String) -> APIError {
        APIError(
            status: 403, type: .invalidRequest, code: "account_invalid",
            message: "The provided key '\(masked(key))' does not have access to account '\(quoted(account))' (or that "
                + "account does not exist). Application access may have been revoked.")
    }

    /// 400 with neither code nor parameter: a version that was never published.
    static func unknownVersion(_ version: String) -> APIError {
        APIError(status: 400, type: .invalidRequest, message: "Invalid Stripe API version: \(quoted(version))")
    }

    /// 404: no endpoint has this path and method.
    static func unrecognizedURL(method: String, path: String) -> APIError {
        APIError(
            status: 404, type: .invalidRequest,
            message: "Unrecognized request URL (\(method): \(quoted(path))). If you are trying to list objects, remove "
                + "the trailing slash. If you are trying to retrieve an object, make sure you passed a valid "
                + "(non-empty) identifier in your code. Please see https://stripe.com/docs.")
    }

    /// 400: more than one body may hold.
    static func bodyTooLarge(maximumBytes: Int) -> APIError {
        malformedForm("the body is larger than \(maximumBytes) bytes")
    }

    /// 408: the request did not arrive in time.
    static func tooSlow(seconds: Int64) -> APIError {
        APIError(
            status: 408, type: .invalidRequest,
            message: "The request did not arrive within \(seconds) seconds. It was not processed.")
    }

    /// 429: more requests a second than the key may send.
    static func rateLimited(reason: String, retryAfterSeconds: Int?) -> APIError {
        var error = APIError(
            status: 429, type: .invalidRequest, code: "rate_limit",
            message: "Request rate limit exceeded. Please retry with exponential backoff.")
        error.rateLimitedReason = reason
        error.retryAfterSeconds = retryAfterSeconds
        return error
    }

    /// 429: another request holds the object. Nothing happened, so the client may try again.
    static func lockTimeout(_ object: String) -> APIError {
        var error = APIError(
            status: 429, type: .invalidRequest, code: "lock_timeout",
            message: "This object cannot be accessed right now because another API request or Florin process is "
                + "currently accessing it (\(object)). If you see this error intermittently, retry the request.")
        error.shouldRetry = true
        return error
    }

    /// 503: the queue is full. Nothing happened, so the client may try again.
    static func overloaded(retryAfterSeconds: Int) -> APIError {
        var error = APIError(
            status: 503, type: .api,
            message: "Florin is processing as much as it can. Nothing was done for this request; please retry.")
        error.retryAfterSeconds = retryAfterSeconds
        error.shouldRetry = true
        return error
    }

    /// 500: a fault of ours. The message names the request and nothing else.
    static func internalFault(requestID: String) -> APIError {
        APIError(
            status: 500, type: .api,
            message: "An unknown error occurred. If it persists, quote the request id \(requestID).")
    }

    /// A key as a message may show it: the first 8 and the last 4 characters, of a short one nothing.
    static func masked(_ key: String) -> String {
        let characters = Array(key.prefix(256))
        guard characters.count > 12 else { return String(repeating: "*", count: characters.count) }
        return String(characters.prefix(8)) + String(repeating: "*", count: characters.count - 12)
            + String(characters.suffix(4))
    }
}

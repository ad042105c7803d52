import HTTPTypes

/// The names of headers that Stripe's API adds to HTTP's.
enum HeaderName {
    static let requestID = name("Request-Id")
    static let version = name("Stripe-Version")
    static let account = name("Stripe-Account")
    static let context = name("Stripe-Context")
    static let shouldRetry = name("Stripe-Should-Retry")
    static let rateLimitedReason = name("Stripe-Rate-Limited-Reason")
    static let idempotencyKey = name("Idempotency-Key")
    static let replayed = name("Idempotent-Replayed")
    static let originalRequest = name("Original-Request")

    /// `Retry-After`, which HTTPTypes does not name.
    static let retryAfter = name("Retry-After")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("HeaderName: \(text) is no header's name") }
        return name
    }
}

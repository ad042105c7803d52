import Core
public import Payments
public import Storage

/// Who asks, in which request.
public struct RequestContext: Sendable {
    public var merchant: Merchant
    public var requestID: String
    /// The request's hold on its idempotency key, nil when it sent none.
    public var claim: IdempotencyClaim?
    /// The client's address, as tokens show it.
    public var clientIP: String?

    public init(merchant: Merchant, requestID: String, claim: IdempotencyClaim?, clientIP: String?) {
        self.merchant = merchant
        self.requestID = requestID
        self.claim = claim
        self.clientIP = clientIP
    }
}

/// Renders the answer of a command, so that it can be kept in the same commit as what it tells of.
public typealias ReplyMaker<Result> = @Sendable (Result) async throws -> IdempotentReply

/// Why a command has no answer to keep.
public enum PlatformError: Error, Sendable {
    /// A decision refused it; nothing happened.
    case refused(PaymentRefusal)
    /// The idempotency key is held by another request: see what is stored.
    case idempotencyKeyInUse
    /// The same object is being changed by many requests; try again.
    case contended
    case overloaded(retryAfterSeconds: Int)
    /// The store cannot be read or written now; nothing happened.
    case unavailable(String)
    /// The store failed while or after committing: what happened shows when it can be read again.
    case unknown(String)
}

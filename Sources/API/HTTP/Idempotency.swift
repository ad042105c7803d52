import Core
import Crypto
import Storage

/// What a repeat must know of the request that used its key first.
struct EarlierRequest: Sendable, Hashable {
    /// Of the request that claimed the key.
    var fingerprint: [UInt8]
    /// `req_…` of that request.
    var requestID: String
    /// Nil while that request is running.
    var reply: IdempotentReply?
}

/// Idempotency keys: which requests carry one, what they stand for, and what a repeat is answered.
///
/// Nothing is looked up before a request runs: the commit that claims the key refuses a key that is taken, and so the
/// usual case costs nothing. Only a request that failed, in whatever way, asks whether its key was used before. That
/// includes refusals which never reached a commit: a repeated capture finds the intent captured and is refused by the
/// decision, but what it must be told is the answer to the first one.
enum Idempotency {
    static let keyLengthMax = Limits.idempotencyKeyLengthMax

    /// What follows from a stored record for a request with the same key.
    enum Decision: Sendable, Hashable {
        case replay(Reply)
        case refuse(APIError)
        /// The record is this very request's: what it ended with stands.
        case own
    }

    static func decide(_ claim: IdempotencyClaim, _ stored: EarlierRequest) -> Decision {
        if stored.requestID == claim.requestID { return .own }
        if stored.fingerprint != claim.fingerprint { return .refuse(.idempotencyMismatch(key: claim.key)) }
        guard let reply = stored.reply else { return .refuse(.idempotencyKeyInUse(key: claim.key)) }
        return .replay(
            Reply(status: reply.status, body: reply.body, originalRequest: stored.requestID, isReplay: true))
    }

    /// SHA-256 over method, path and parameters; of secrets among them only what may be stored.
    static func fingerprint(method: Route.Method, path: some StringProtocol, parameters: Parameters) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        bytes.append(contentsOf: method.rawValue.utf8)
        bytes.append(0)
        bytes.append(contentsOf: path.utf8)
        bytes.append(0)
        parameters.appendCanonical(to: &bytes)
        return Array(SHA256.hash(data: bytes))
    }
}

/// Runs a call, or answers what its idempotency key was answered before.
///
/// `run` claims the key in its first commit and keeps its answer in its last one. `lookup` reads what is stored under
/// the merchant and the key. Refuses with 400 `idempotency_error` when the key was used for another request, and with
/// 409 while the first one is running; a refusal of `run` itself stands when the key was not used before.
func replayOrRun(
    _ call: Call, lookup: (IdempotencyClaim) async throws -> EarlierRequest?,
    run: (Call) async throws -> Reply
) async throws -> Reply {
    do {
        return try await run(call)
    } catch {
        // A commit may see a key that the look-up does not find, dropped in between: its error stands, a 409, and a
        // retry finds the key free.
        guard let claim = call.claim, let stored = try await lookup(claim) else { throw error }
        switch Idempotency.decide(claim, stored) {
        case .replay(let reply): return reply
        case .refuse(let refusal): throw refusal
        case .own: throw error
        }
    }
}

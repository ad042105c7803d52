public import Core
public import Payments
import Storage

extension Platform {
    /// Runs a command that is one Change: load and decide, render the answer, commit both; again after a conflict.
    ///
    /// `decide` loads what it needs and returns the result with its Change. The answer is kept under the request's
    /// idempotency key in the same commit.
    func perform<Result: Sendable>(
        _ context: RequestContext, reply: ReplyMaker<Result>,
        _ decide: (DecisionContext) async throws -> (Result, Change)
    ) async throws -> (Result, IdempotentReply) {
        for _ in 0..<Limits.conflictRetriesMax {
            var (result, change) = try await decide(decision(context))
            let answer = try await reply(result)
            if let claim = context.claim { change.idempotency = .claimAndAnswer(claim, answer) }
            do {
                try await commit(change)
                return (result, answer)
            } catch CommitError.conflict {
                continue
            }
        }
        throw PlatformError.contended
    }

    /// Commits, and says in the platform's words what went wrong; a conflict is thrown as it is, to decide again.
    @discardableResult
    func commit(_ change: Change) async throws -> Receipt {
        var change = change
        let fence = Fencing.requirement
        if let fence { change.requires.append(fence) }
        do throws(CommitError) {
            return try await store.commit(change)
        } catch {
            if let fence, error == .conflict(fence) { throw LeaseLost() }
            throw Self.inPlatformWords(error)
        }
    }

    /// Waits until what was read before is durable: what is answered from it can then be taken back by nobody.
    public func confirm() async throws {
        do throws(CommitError) {
            try await store.confirm()
        } catch {
            throw Self.inPlatformWords(error)
        }
    }

    private static func inPlatformWords(_ error: CommitError) -> any Error {
        switch error {
        case .conflict: error
        case .idempotencyKeyInUse: PlatformError.idempotencyKeyInUse
        case .refused(let refusal):
            preconditionFailure("A payment decision books what the ledger refuses: \(refusal)")
        case .overloaded(let seconds): PlatformError.overloaded(retryAfterSeconds: seconds)
        case .unavailable(let detail): PlatformError.unavailable(detail)
        case .unknown(let detail): PlatformError.unknown(detail)
        case .closed: PlatformError.unavailable("the server is stopping")
        }
    }

    /// Runs what follows a request's first commit: that the store is unavailable then does not mean that nothing
    /// happened.
    func afterCommit<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch PlatformError.unavailable(let detail) {
            throw PlatformError.unknown(detail)
        } catch PlatformError.overloaded {
            throw PlatformError.unknown("too many requests wait for the database")
        } catch PlatformError.contended {
            throw PlatformError.unknown("too many requests change the same object")
        } catch let error as ReadError {
            throw PlatformError.unknown(error.description)
        }
    }

    /// Commits what Florin decides of itself: `decide` runs again after a conflict, and nil means nothing is left to
    /// do.
    func performOwn(_ decide: () async throws -> Change?) async throws {
        for _ in 0..<Limits.conflictRetriesMax {
            guard let change = try await decide() else { return }
            do {
                try await commit(change)
                return
            } catch CommitError.conflict {
                continue
            }
        }
        throw PlatformError.contended
    }

    /// The object with this id, or the refusal that names the parameter it came in.
    public func object<E: Entity>(
        _ type: E.Type, _ id: String, of merchant: MerchantKey, parameter: String
    ) async throws -> E {
        let key: [SQLValue] = [.integer(merchant.value), .text(id)]
        guard let object = try await read({ try await $0.first(type, key: key) }) else {
            throw PlatformError.refused(.noSuch(kind: type.kind, id: id, parameter: parameter))
        }
        return object
    }
}

extension Error {
    /// Whether a commit found that something had changed.
    var isConflict: Bool {
        guard case .conflict? = self as? CommitError else { return false }
        return true
    }
}

/// An object with a change applied that may be refused.
func decided<Object>(
    _ object: Object, _ body: (inout Object) throws(PaymentRefusal) -> Void
) throws(PlatformError) -> Object {
    var changed = object
    do throws(PaymentRefusal) {
        try body(&changed)
    } catch {
        throw .refused(error)
    }
    return changed
}

/// Runs a decision and carries its refusal as the platform's error.
func decide<Result>(_ body: () throws(PaymentRefusal) -> Result) throws(PlatformError) -> Result {
    do throws(PaymentRefusal) {
        return try body()
    } catch {
        throw .refused(error)
    }
}

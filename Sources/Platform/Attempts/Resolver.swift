import Core
import Logging
import Payments
import Storage

/// What to do next about an attempt whose outcome is not known: ask again twice, then reverse.
///
/// A repeat (0101, 0201) carries the first try's reference, so an issuer that acted on it answers the same again and
/// does not act twice. When nobody answers, or the attempt is too old to be wanted still, it is reversed: the reversal
/// is a row that is sent until it is answered, so the payment is off from that commit on.
struct AttemptResolution: Sendable, Equatable {
    enum Step: Sendable, Equatable {
        case ask(afterMs: Int64)
        case reverse
    }

    /// Repeats tried without an answer.
    private(set) var repeats = 0

    static let repeatsMax = 2
    static let firstPauseMs: Int64 = 250
    static let pauseMs: Int64 = 1_000
    /// An attempt older than this is reversed without being asked for: the cardholder has gone.
    static let ageMax: Int64 = 60_000

    func next(ageMs: Int64) -> Step {
        guard repeats < Self.repeatsMax, ageMs <= Self.ageMax else { return .reverse }
        return .ask(afterMs: repeats == 0 ? Self.firstPauseMs : Self.pauseMs)
    }

    mutating func heardNothing() { repeats += 1 }
}

extension Platform {
    /// Makes this process the keeper of an attempt that another one left; false when it was settled or taken meanwhile.
    ///
    /// The charge's version rises with it, so that whoever was the keeper cannot finish it any more unawares.
    func takeOver(_ charge: Charge) async throws -> Bool {
        guard charge.network.keeper != seat.keeper else { return true }
        var taken = charge
        taken.network.keeper = seat.keeper
        var change = Change()
        change.update(&taken)
        do {
            try await commit(change)
            return true
        } catch CommitError.conflict {
            return false
        }
    }

    /// Finishes a pending attempt that this process keeps: by the answer to a repeat, or by a reversal.
    func resolve(_ key: [SQLValue]) async throws {
        var resolution = AttemptResolution()
        while !Task.isCancelled {
            guard let charge = try await read({ try await $0.first(Charge.self, key: key) }), charge.status == .pending,
                charge.network.keeper == nil || charge.network.keeper == seat.keeper
            else { return }
            let merchant = try await merchant(charge.merchant)
            // It was stopped by its risk and never sent; only the record of that is missing.
            if policy.assess(charge.card).isBlocked { return try await settle(charge, .blocked, merchant) }
            let age = environment.now().milliseconds - charge.network.reference.transmittedAt.milliseconds
            guard case .ask(let pause) = resolution.next(ageMs: age) else {
                return try await settle(charge, .reversed, merchant)
            }
            try await Task.sleep(for: .milliseconds(pause))
            let request = Self.request(charge, cvc: nil, isRepeat: true, merchant)
            switch await rail.send(request) {
            case .answered(let answer): return try await settle(charge, .answered(answer), merchant)
            case .unknown, .notSent: resolution.heardNothing()
            }
        }
    }

    private func settle(_ charge: Charge, _ result: AttemptResult, _ merchant: Merchant) async throws {
        try await performOwn {
            guard let attempt = try await load(charge) else { return try await reversal(of: charge, after: result) }
            var context = ownDecision(merchant)
            context.idempotencyKey = charge.network.idempotencyKey
            return AttemptDecision.settle(
                attempt, result, risk: policy.assess(attempt.method.card),
                fundsAtOnce: policy.fundsAtOnce(attempt.method.card), context
            ).1
        }
        logger.notice("attempt resolved", metadata: ["charge": "\(charge.id)"])
        if result.mustBeReversed { background.wake(.advices) }
    }

    /// Gives an approval back that came for a charge that is on record as failed: another process settled it meanwhile.
    func reversal(of charge: Charge, after result: AttemptResult) async throws -> Change? {
        guard case .answered(let answer) = result, answer.isApproved,
            let current = try await read({ try await $0.first(Charge.self, key: charge.key) }),
            current.status == .failed
        else { return nil }
        let advice = NetworkAdvice(
            merchant: charge.merchant, operation: .reversal, reference: charge.network.reference, charge: charge.id,
            refund: nil, amount: charge.amount, dueAt: environment.now())
        guard try await read({ try await $0.first(NetworkAdvice.self, key: advice.key) }) == nil else { return nil }
        var change = Change()
        change.requires.append(.version(Charge.table, key: charge.key, is: current.version))
        change.requires.append(.absent(NetworkAdvice.table, key: advice.key))
        change.insert(advice)
        return change
    }

    func merchant(_ key: MerchantKey) async throws -> Merchant {
        let found = try await read { reader in
            try await reader.select(
                Merchant.self, where: "merchant = ?", [.integer(key.value)], orderBy: "id", limit: 1)
        }
        guard let merchant = found.first else { throw PlatformError.unavailable("merchant \(key.value) is missing") }
        return merchant
    }
}

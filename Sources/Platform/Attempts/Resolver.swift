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
    /// Finishes a pending attempt: by the answer to a repeat, or by a reversal.
    func resolve(_ key: [SQLValue]) async throws {
        var resolution = AttemptResolution()
        while !Task.isCancelled {
            guard let charge = try await read({ try await $0.first(Charge.self, key: key) }), charge.status == .pending
            else { return }
            let merchant = try await merchant(charge.merchant)
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
            guard let attempt = try await load(charge) else { return nil }
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

    func merchant(_ key: MerchantKey) async throws -> Merchant {
        let found = try await read { reader in
            try await reader.select(
                Merchant.self, where: "merchant = ?", [.integer(key.value)], orderBy: "id", limit: 1)
        }
        guard let merchant = found.first else { throw PlatformError.unavailable("merchant \(key.value) is missing") }
        return merchant
    }
}

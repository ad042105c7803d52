import Core
import Logging
public import Payments
import Storage

extension Platform {
    /// Sends an advice once; answered, its row goes and its object becomes what the answer says, else it is tried
    /// later.
    ///
    /// `isFirst` says that this is the try that the advice was made with.
    func deliver(_ advice: NetworkAdvice, isFirst: Bool = false) async throws {
        guard
            let charge = try await read({
                try await $0.first(Charge.self, key: [advice.key[0], .text(advice.charge.text)])
            })
        else { return }
        let merchant = try await merchant(advice.merchant)
        let request = Self.message(
            advice.operation, charge, reference: advice.reference,
            original: OriginalMessage(operation: charge.network.operation, reference: charge.network.reference),
            amount: advice.amount, cvc: nil, isRepeat: advice.attempts > 0 && !isFirst, merchant)
        switch await rail.send(request) {
        case .answered(let answer): try await finish(advice, answer, merchant)
        case .unknown(let reason): try await postpone(advice, reason: reason.rawValue)
        case .notSent(let reason): try await postpone(advice, reason: reason.rawValue)
        }
    }

    private func finish(_ advice: NetworkAdvice, _ answer: CardAnswer, _ merchant: Merchant) async throws {
        if !answer.isApproved {
            logger.warning(
                "advice answered with \(answer.responseCode)",
                metadata: ["advice": "\(advice.idText)", "operation": "\(advice.operation)"])
        }
        try await performOwn {
            guard let current = try await read({ try await $0.first(NetworkAdvice.self, key: advice.key) }) else {
                return nil
            }
            var change = Change()
            change.requires.append(.version(NetworkAdvice.table, key: current.key, is: current.version))
            change.delete(from: NetworkAdvice.table, key: current.key)
            guard let id = advice.refund, let (refund, charge) = try await refundAndCharge(id, of: advice.merchant)
            else { return change }
            let context = ownDecision(merchant)
            if answer.isApproved {
                change.append(RefundDecision.succeed(refund, context).1)
            } else {
                change.append(RefundDecision.fail(refund, charge, reason: "declined", context).1)
            }
            return change
        }
    }

    /// A refund with its charge, both as they were at one moment.
    private func refundAndCharge(_ id: RefundID, of merchant: MerchantKey) async throws -> (Refund, Charge)? {
        try await read { reader in
            guard let refund = try await reader.first(Refund.self, key: [.integer(merchant.value), .text(id.text)]),
                let charge = try await reader.first(
                    Charge.self, key: [.integer(merchant.value), .text(refund.charge.text)])
            else { return nil }
            return (refund, charge)
        }
    }

    /// Tries again after 1, 2, 4 … seconds, at most five minutes.
    private func postpone(_ advice: NetworkAdvice, reason: String) async throws {
        try await performOwn {
            guard var current = try await read({ try await $0.first(NetworkAdvice.self, key: advice.key) }) else {
                return nil
            }
            current.attempts += 1
            let pause = min(Int64(1_000) << min(current.attempts - 1, 9), 300_000)
            current.dueAt = environment.now().adding(milliseconds: pause)
            var change = Change()
            change.update(&current)
            return change
        }
        logger.warning("advice not answered", metadata: ["advice": "\(advice.idText)", "reason": "\(reason)"])
    }

    /// A refund that the network gives back after it took it.
    public func refundReturned(_ reference: NetworkReference) async throws {
        let text = reference.retrievalReference
        let found = try await read { reader in
            try await reader.select(
                Refund.self, where: "reference = ?", [.text(text)], orderBy: "merchant, id", limit: 1)
        }
        guard let known = found.first else {
            logger.warning("reversal of an unknown refund", metadata: ["reference": "\(text)"])
            return
        }
        let merchant = try await merchant(known.merchant)
        try await performOwn {
            guard let (refund, charge) = try await refundAndCharge(known.id, of: known.merchant) else { return nil }
            return RefundDecision.fail(refund, charge, reason: "unknown", ownDecision(merchant)).1
        }
    }
}

public import Core
import Logging
public import Payments
public import Storage

/// What a refund is of.
public enum RefundTarget: Sendable {
    case charge(ChargeID)
    case intent(PaymentIntentID)
}

extension Platform {
    /// How long an answer waits for the network to take a refund; after that it tells of a pending one.
    static let refundPatienceMs: Int64 = 600

    /// Gives back what a charge captured, in whole or in part.
    public func createRefund(
        of target: RefundTarget, amount: Int64?, reason: String?, metadata: Metadata, _ context: RequestContext,
        reply: @escaping ReplyMaker<Refund>
    ) async throws -> IdempotentReply {
        let reference = try references.next(at: environment.now())
        for _ in 0..<Limits.conflictRetriesMax {
            let decision = decision(context)
            let charge = try await refundable(target, context.merchant.merchant)
            var (made, _, change, advice) = try decide { () throws(PaymentRefusal) in
                try RefundDecision.create(
                    charge, amount: amount, reason: reason, metadata: metadata, reference: reference, decision)
            }
            change.idempotency = context.claim.map { claim in
                var claim = claim
                claim.objectID = made.id.text
                return .claim(claim)
            }
            do {
                try await commit(change)
            } catch CommitError.conflict {
                continue
            }
            await deliverSoon(advice)
            return try await afterCommit {
                let refund = try await object(Refund.self, made.id.text, of: made.merchant, parameter: "id")
                let answer = try await reply(refund)
                if let claim = context.claim { try await keep(answer, for: claim) }
                return answer
            }
        }
        throw PlatformError.contended
    }

    private func refundable(_ target: RefundTarget, _ merchant: MerchantKey) async throws -> Charge {
        switch target {
        case .charge(let id): return try await object(Charge.self, id.text, of: merchant, parameter: "charge")
        case .intent(let id):
            let intent = try await object(PaymentIntent.self, id.text, of: merchant, parameter: "payment_intent")
            guard let charge = intent.latestCharge, intent.status == .succeeded else {
                throw PlatformError.refused(.unexpectedState(intent, action: .refund))
            }
            return try await object(Charge.self, charge.text, of: merchant, parameter: "charge")
        }
    }

    /// Sends an advice now and waits for its end, but not for long; the row brings it through in any case.
    private func deliverSoon(_ advice: NetworkAdvice) async {
        let (ends, end) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        Task {
            do {
                try await self.deliver(advice, isFirst: true)
            } catch {
                logger.error("advice not delivered", metadata: ["advice": "\(advice.idText)", "error": "\(error)"])
            }
            end.yield()
        }
        Task {
            try? await Task.sleep(for: .milliseconds(Self.refundPatienceMs))
            end.yield()
        }
        for await _ in ends { break }
    }

    public func updateRefund(
        _ id: RefundID, metadata: Metadata.Update?, _ context: RequestContext, reply: @escaping ReplyMaker<Refund>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { decision in
            let refund = try await object(Refund.self, id.text, of: context.merchant.merchant, parameter: "id")
            return try decide { () throws(PaymentRefusal) in
                try RefundDecision.update(refund, metadata: metadata, decision)
            }
        }.1
    }

    /// The refund that a cut-off request made.
    public func orphanedRefund(_ claim: IdempotencyClaim) async throws -> Refund? {
        guard let id = claim.objectID, id.hasPrefix(RefundKind.prefix + "_") else { return nil }
        return try await object(Refund.self, id, of: claim.merchant, parameter: "id")
    }
}

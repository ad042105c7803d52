import Core
import Logging
import Money
public import Payments
import Storage

/// What an intent came to, for the API to answer.
public struct IntentOutcome: Sendable {
    public var intent: PaymentIntent
    public var charge: Charge?
    /// The balance line of a capture.
    public var line: BalanceTransaction?
    public var method: PaymentMethod?
    /// Set when the last attempt was refused: the API answers 402.
    public var failure: PaymentFailure?

    public init(
        intent: PaymentIntent, charge: Charge?, line: BalanceTransaction? = nil, method: PaymentMethod? = nil
    ) {
        self.intent = intent
        self.charge = charge
        self.line = line
        self.method = method
        failure = intent.status == .requiresPaymentMethod && intent.latestCharge != nil ? intent.lastError : nil
    }
}

/// Drives an attempt from its first commit to its second.
///
/// Commit 1 makes the attempt durable before anything leaves the house. Then the network is asked. Commit 2 books what
/// it said. Between the two a crash, a silent network or a full disk leave the attempt pending, and the resolver
/// finishes it; nothing here ever calls an unknown outcome a decline.
extension Platform {
    /// Commits 1, asks the network, commits 2, and answers.
    func run(
        _ attempt: Attempt, first change: Change, cvc: CardVerificationCode?, _ context: RequestContext,
        _ decision: DecisionContext, reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        var change = change
        change.idempotency = context.claim.map { claim in
            var claim = claim
            claim.objectID = attempt.intent.id.text
            return .claim(claim)
        }
        do {
            try await commit(change)
        } catch PlatformError.unknown(let detail) {
            // If it happened after all, the attempt was never sent: the resolver finds out, and finishes it.
            background.resolve(attempt.charge.key)
            throw PlatformError.unknown(detail)
        }
        // A commit that took long: by now another process may keep the attempt, or nobody may want it any more.
        guard isFresh(attempt.charge) else { return try await leaveUnknown(attempt, context, reply) }
        let risk = policy.assess(attempt.method.card)
        let result: AttemptResult
        if risk.isBlocked {
            result = .blocked
        } else {
            let request = Self.request(attempt.charge, cvc: cvc, isRepeat: false, decision.merchant)
            switch await rail.send(request) {
            case .answered(let answer): result = .answered(answer)
            case .notSent(let reason):
                logger.warning("attempt not sent", metadata: ["charge": "\(attempt.charge.id)", "reason": "\(reason)"])
                result = .notSent
            case .unknown(let reason):
                logger.warning(
                    "attempt outcome unknown", metadata: ["charge": "\(attempt.charge.id)", "reason": "\(reason)"])
                return try await leaveUnknown(attempt, context, reply)
            }
        }
        return try await finish(attempt, result, risk, context, reply)
    }

    /// How old an attempt may be when it is first sent, in milliseconds.
    private static let sendWithinMs: Int64 = 15_000

    private func isFresh(_ charge: Charge) -> Bool {
        environment.now().milliseconds - charge.createdAt.milliseconds < Self.sendWithinMs
            && (try? seat.place())?.keeper == charge.network.keeper
    }

    private func finish(
        _ attempt: Attempt, _ result: AttemptResult, _ risk: RiskAssessment, _ context: RequestContext,
        _ reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        var attempt = attempt
        do {
            for _ in 0..<Limits.conflictRetriesMax {
                let (settled, change) = AttemptDecision.settle(
                    attempt, result, risk: risk, fundsAtOnce: policy.fundsAtOnce(attempt.method.card),
                    decision(context))
                let answer = try await reply(
                    IntentOutcome(
                        intent: settled.intent, charge: settled.charge, line: settled.line, method: settled.method))
                var last = change
                if let claim = context.claim { last.idempotency = .answer(claim, answer) }
                do {
                    try await commit(last)
                    if result.mustBeReversed { background.wake(.advices) }
                    return answer
                } catch CommitError.conflict {
                    guard let current = try await load(attempt.charge) else {
                        try await performOwn { try await reversal(of: attempt.charge, after: result) }
                        background.wake(.advices)
                        break
                    }
                    // Who took it over asks the network again, and hears the same.
                    guard current.charge.network.keeper == attempt.charge.network.keeper else { break }
                    attempt = current
                }
            }
        } catch {
            // Commit 1 stands and the network has answered: the resolver asks again and books it.
            logger.error("attempt not booked", metadata: ["charge": "\(attempt.charge.id)", "error": "\(error)"])
        }
        return try await leaveUnknown(attempt, context, reply)
    }

    /// Answers with the intent as it is on record, processing, and has the resolver finish the attempt.
    private func leaveUnknown(
        _ attempt: Attempt, _ context: RequestContext, _ reply: ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        background.resolve(attempt.charge.key)
        let answer = try await afterCommit {
            let (intent, charge) = try await read { reader in
                (
                    try await reader.first(PaymentIntent.self, key: attempt.intent.key),
                    try await reader.first(Charge.self, key: attempt.charge.key)
                )
            }
            // What somebody else has committed meanwhile may not be told before it is as durable as it will be.
            if intent?.status != .processing { try await confirm() }
            return try await reply(
                IntentOutcome(intent: intent ?? attempt.intent, charge: charge ?? attempt.charge))
        }
        if let claim = context.claim {
            do {
                try await commit(Change(idempotency: .answer(claim, answer)))
            } catch {
                // Without a stored answer a repeat of the request is answered from the intent as it is then.
                logger.error("answer not kept", metadata: ["request": "\(context.requestID)", "error": "\(error)"])
            }
        }
        return answer
    }

    /// A pending attempt as it is on record, nil when it was settled meanwhile.
    func load(_ charge: Charge) async throws -> Attempt? {
        let key = charge.key
        return try await read { reader -> Attempt? in
            guard let charge = try await reader.first(Charge.self, key: key), charge.status == .pending,
                let intent = try await reader.first(
                    PaymentIntent.self, key: [key[0], .text(charge.paymentIntent.text)]),
                let method = try await reader.first(
                    PaymentMethod.self, key: [key[0], .text(charge.paymentMethod.text)])
            else { return nil }
            return Attempt(intent: intent, charge: charge, method: method)
        }
    }

    /// The message of an attempt, first try or repeat.
    static func request(
        _ charge: Charge, cvc: CardVerificationCode?, isRepeat: Bool, _ merchant: Merchant
    ) -> CardRequest {
        message(
            charge.network.operation, charge, reference: charge.network.reference, original: nil,
            amount: charge.amount, cvc: cvc, isRepeat: isRepeat, merchant)
    }

    /// A message about a charge's card.
    static func message(
        _ operation: CardRequest.Operation, _ charge: Charge, reference: NetworkReference,
        original: OriginalMessage?, amount: Money, cvc: CardVerificationCode?, isRepeat: Bool, _ merchant: Merchant
    ) -> CardRequest {
        var acceptor = merchant.acceptor
        acceptor.name = charge.calculatedStatementDescriptor
        return CardRequest(
            merchant: charge.merchant, operation: operation, reference: reference, original: original,
            isRepeat: isRepeat,
            card: credential(charge.card, charge.billingDetails, cvc: cvc, isOnFile: charge.network.isOnFile),
            amount: amount, acceptor: acceptor)
    }

    static func credential(
        _ card: Card, _ billing: BillingDetails, cvc: CardVerificationCode?, isOnFile: Bool
    ) -> CardCredential {
        CardCredential(
            vaultToken: card.vaultToken, expiryMonth: card.expiryMonth, expiryYear: card.expiryYear, cvc: cvc,
            addressLine1: billing.address.line1, postalCode: billing.address.postalCode, isOnFile: isOnFile)
    }
}

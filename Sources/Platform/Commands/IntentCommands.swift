public import Core
import Money
public import Payments
public import Storage

/// How an intent is confirmed.
public struct Confirmation: Sendable {
    public var method: PaymentMethodChoice?
    public var returnURL: String?
    public var setupFutureUsage: String?
    public var receiptEmail: String?
    public var shipping: Shipping?
    public var captureMethod: PaymentIntent.CaptureMethod?
    /// Typed in again for a saved card.
    public var cvc: CardVerificationCode?

    public init(method: PaymentMethodChoice?) { self.method = method }
}

extension Platform {
    // MARK: Create

    /// Makes an intent and, with a confirmation, tries it at once.
    public func createIntent(
        _ command: NewIntent, method: PaymentMethodChoice?, confirmation: Confirmation?, _ context: RequestContext,
        reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        if let customer = command.customer {
            _ = try await liveCustomer(customer, of: context.merchant.merchant, parameter: "customer")
        }
        try Platform.decideAmount(command.amount)
        let decision = decision(context)
        let chosen = try await choose(method, decision)
        var intent = try decide { () throws(PaymentRefusal) in
            try IntentDecision.create(command, paymentMethod: chosen?.method.id, decision)
        }
        var change = Change()
        if !intent.isHidden { change.events.append(decision.event("payment_intent.created", intent)) }
        guard let confirmation else {
            if var chosen {
                try checkUse(chosen.method, for: intent)
                insertMethod(&chosen, spent: false, into: &change)
            }
            change.insert(intent)
            let outcome = IntentOutcome(intent: intent, charge: nil, method: chosen?.method)
            return try await usingOnce(chosen?.token) {
                try await self.commitOnce(change, outcome, context, reply)
            }
        }
        guard var chosen else { throw PlatformError.refused(.missingPaymentMethod(intent)) }
        try apply(confirmation, to: &intent)
        try checkUse(chosen.method, for: intent)
        var attempt = AttemptDecision.begin(
            intent, chosen.method, reference: try references.next(at: decision.now),
            isOnFile: chosen.method.customer != nil, decision)
        attempt.charge.spentItsMethod = chosen.isNew && attempt.intent.spendsItsMethod
        insertMethod(&chosen, spent: attempt.intent.spendsItsMethod, into: &change)
        change.insert(attempt.intent)
        change.insert(attempt.charge)
        let started = Attempt(intent: attempt.intent, charge: attempt.charge, method: chosen.method)
        let cvc = confirmation.cvc ?? chosen.cvc
        return try await usingOnce(chosen.token) { [change] in
            try await self.run(started, first: change, cvc: cvc, context, decision, reply: reply)
        }
    }

    /// Runs what marks a token as used. If somebody else used it meanwhile, that is what the conflict says.
    func usingOnce<Result>(_ token: CardToken?, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error where error.isConflict {
            guard let token else { throw PlatformError.contended }
            throw PlatformError.refused(.tokenAlreadyUsed(token.id))
        }
    }

    static func decideAmount(_ amount: Money) throws(PlatformError) {
        try decide { () throws(PaymentRefusal) in try IntentDecision.check(amount) }
    }

    private func checkUse(_ method: PaymentMethod, for intent: PaymentIntent) throws(PlatformError) {
        try decide { () throws(PaymentRefusal) in try AttemptDecision.check(method, for: intent) }
    }

    /// Commits a Change that was decided once and renders its answer.
    private func commitOnce<Result: Sendable>(
        _ change: Change, _ result: Result, _ context: RequestContext, _ reply: ReplyMaker<Result>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { _ in (result, change) }.1
    }

    // MARK: Methods

    /// A method for an intent: loaded, or made of a card and not stored yet.
    struct ChosenMethod {
        var method: PaymentMethod
        var isNew: Bool
        var cvc: CardVerificationCode?
        var token: CardToken?
    }

    func choose(_ choice: PaymentMethodChoice?, _ context: DecisionContext) async throws -> ChosenMethod? {
        switch choice {
        case nil: return nil
        case .existing(let id, let parameter):
            let method = try await object(
                PaymentMethod.self, id.text, of: context.merchant.merchant, parameter: parameter)
            return ChosenMethod(method: method, isNew: false, cvc: codes.take(id), token: nil)
        case .new(let source, let billing, let metadata, let allowRedisplay):
            let made = try await makeMethod(source, billing, metadata, allowRedisplay: allowRedisplay, context)
            return ChosenMethod(method: made.method, isNew: true, cvc: made.cvc, token: made.token)
        }
    }

    private func insertMethod(_ chosen: inout ChosenMethod, spent: Bool, into change: inout Change) {
        guard chosen.isNew else { return }
        chosen.method.isSpent = spent
        change.insert(chosen.method)
        if var token = chosen.token {
            token.isUsed = true
            change.update(&token)
        }
        if !spent { codes.remember(chosen.cvc, for: chosen.method.id) }
    }

    func liveCustomer(
        _ id: CustomerID, of merchant: MerchantKey, parameter: String
    ) async throws -> Customer {
        let customer = try await object(Customer.self, id.text, of: merchant, parameter: parameter)
        if customer.isDeleted {
            throw PlatformError.refused(.noSuch(kind: Customer.kind, id: id.text, parameter: parameter))
        }
        return customer
    }

    // MARK: Confirm

    private func apply(_ confirmation: Confirmation, to intent: inout PaymentIntent) throws(PlatformError) {
        if let url = confirmation.returnURL { intent.returnURL = url }
        if let usage = confirmation.setupFutureUsage { intent.setupFutureUsage = usage }
        if let email = confirmation.receiptEmail { intent.receiptEmail = email }
        if let shipping = confirmation.shipping { intent.shipping = shipping }
        if let capture = confirmation.captureMethod { intent.captureMethod = capture }
        if let automatic = intent.automaticPaymentMethods, automatic.allowRedirects != "never",
            intent.returnURL == nil
        {
            throw .refused(.returnURLRequired(intent))
        }
    }

    /// Tries an intent that exists.
    public func confirmIntent(
        _ id: PaymentIntentID, _ confirmation: Confirmation, _ context: RequestContext,
        reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        var chosen: ChosenMethod?
        for _ in 0..<Limits.conflictRetriesMax {
            let decision = decision(context)
            var intent = try await visibleIntent(id, of: context.merchant.merchant)
            guard intent.isOpenForConfirmation else {
                throw PlatformError.refused(.unexpectedState(intent, action: .confirm))
            }
            if chosen == nil {
                let choice =
                    confirmation.method ?? intent.paymentMethod.map { .existing($0, parameter: "payment_method") }
                chosen = try await choose(choice, decision)
            }
            guard var method = chosen else { throw PlatformError.refused(.missingPaymentMethod(intent)) }
            try apply(confirmation, to: &intent)
            try checkUse(method.method, for: intent)
            var attempt = AttemptDecision.begin(
                intent, method.method, reference: try references.next(at: decision.now),
                isOnFile: method.method.customer != nil, decision)
            var change = Change()
            attempt.charge.spentItsMethod = method.isNew && attempt.intent.spendsItsMethod
            insertMethod(&method, spent: attempt.intent.spendsItsMethod, into: &change)
            change.update(&attempt.intent)
            change.insert(attempt.charge)
            attempt.method = method.method
            do {
                return try await run(
                    attempt, first: change, cvc: confirmation.cvc ?? method.cvc, context, decision, reply: reply)
            } catch CommitError.conflict {
                continue
            }
        }
        throw PlatformError.contended
    }

    /// An intent of the merchant's that the API shows.
    public func visibleIntent(_ id: PaymentIntentID, of merchant: MerchantKey) async throws -> PaymentIntent {
        let intent = try await object(PaymentIntent.self, id.text, of: merchant, parameter: "intent")
        if intent.isHidden {
            throw PlatformError.refused(.noSuch(kind: PaymentIntent.kind, id: id.text, parameter: "intent"))
        }
        return intent
    }

    // MARK: Update, cancel, capture, increment

    public func updateIntent(
        _ id: PaymentIntentID, _ update: IntentUpdate, method: PaymentMethodChoice?, _ context: RequestContext,
        reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        if case .some(.some(let customer)) = update.customer {
            _ = try await liveCustomer(customer, of: context.merchant.merchant, parameter: "customer")
        }
        let chosen = try await choose(method, decision(context))
        return try await perform(context, reply: reply) { decision in
            let intent = try await visibleIntent(id, of: context.merchant.merchant)
            var (changed, change) = try decide { () throws(PaymentRefusal) in
                try IntentDecision.update(intent, update, paymentMethod: chosen?.method.id, decision)
            }
            if var chosen {
                try checkUse(chosen.method, for: changed)
                insertMethod(&chosen, spent: false, into: &change)
            }
            if changed.lastError != nil, chosen != nil {
                changed.lastError = nil
                change.updateOwn(changed)
            }
            return (IntentOutcome(intent: changed, charge: nil), change)
        }.1
    }

    public func cancelIntent(
        _ id: PaymentIntentID, reason: String?, _ context: RequestContext,
        reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        let (_, answer) = try await perform(context, reply: reply) { decision in
            let (intent, charge) = try await intentAndCharge(id, of: context.merchant.merchant)
            let (canceled, change, _) = try decide { () throws(PaymentRefusal) in
                try IntentDecision.cancel(
                    intent, authorised: intent.status == .requiresCapture ? charge : nil, reason: reason, decision)
            }
            return (IntentOutcome(intent: canceled, charge: nil), change)
        }
        background.wake(.advices)
        return answer
    }

    public func captureIntent(
        _ id: PaymentIntentID, amount: Int64?, metadata: Metadata.Update?, statementDescriptor: String?,
        _ context: RequestContext, reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        let (_, answer) = try await perform(context, reply: reply) { decision in
            let (intent, charge) = try await intentAndCharge(
                id, of: context.merchant.merchant, showsHidden: true)
            guard let charge, intent.status == .requiresCapture else {
                throw PlatformError.refused(.unexpectedState(intent, action: .capture))
            }
            let (captured, taken, line, change) = try decide { () throws(PaymentRefusal) in
                try CaptureDecision.capture(
                    intent, charge, amountToCapture: amount, metadata: metadata,
                    statementDescriptor: statementDescriptor, fundsAtOnce: policy.fundsAtOnce(charge.card), decision)
            }
            return (IntentOutcome(intent: captured, charge: taken, line: line), change)
        }
        background.wake(.advices)
        return answer
    }

    public func incrementAuthorisation(
        _ id: PaymentIntentID, amount: Int64, description: String?, metadata: Metadata.Update?,
        _ context: RequestContext, reply: @escaping ReplyMaker<IntentOutcome>
    ) async throws -> IdempotentReply {
        let (intent, latest) = try await intentAndCharge(id, of: context.merchant.merchant)
        try decide { () throws(PaymentRefusal) in try CaptureDecision.checkIncrement(intent, to: amount) }
        guard let charge = latest else { throw PlatformError.refused(.unexpectedState(intent, action: .increment)) }
        let request = Self.message(
            .incrementalAuthorisation, charge, reference: try references.next(at: environment.now()),
            original: OriginalMessage(operation: charge.network.operation, reference: charge.network.reference),
            amount: Money(amount, charge.amount.currency), cvc: nil, isRepeat: false, context.merchant)
        // The amount is the total to be held, so asking again after an unheard answer holds no more than that, and a
        // capture or a cancellation releases what was raised without our hearing of it.
        guard case .answered(let answer) = await rail.send(request) else {
            throw PlatformError.refused(
                .cardRefused(
                    DeclineReason.processingError.failure(
                        networkCode: nil, charge: charge.id, paymentMethod: nil)))
        }
        guard answer.isApproved else {
            let reason = DeclineReason.reason(declineCode: answer.declineCode)
            throw PlatformError.refused(
                .cardRefused(
                    reason.failure(
                        networkCode: answer.responseCode, charge: charge.id, paymentMethod: nil)))
        }
        return try await perform(context, reply: reply) { decision in
            let (intent, charge) = try await intentAndCharge(id, of: context.merchant.merchant)
            guard let charge else { throw PlatformError.refused(.unexpectedState(intent, action: .increment)) }
            let (raised, held, change) = try decide { () throws(PaymentRefusal) in
                try CaptureDecision.increment(
                    intent, charge, to: amount, description: description, metadata: metadata, decision)
            }
            return (IntentOutcome(intent: raised, charge: held), change)
        }.1
    }

    /// An intent with its latest charge, both as they were at one moment.
    func intentAndCharge(
        _ id: PaymentIntentID, of merchant: MerchantKey, showsHidden: Bool = false
    ) async throws -> (PaymentIntent, Charge?) {
        let found = try await read { reader -> (PaymentIntent, Charge?)? in
            guard
                let intent = try await reader.first(
                    PaymentIntent.self, key: [.integer(merchant.value), .text(id.text)]),
                showsHidden || !intent.isHidden
            else { return nil }
            guard let latest = intent.latestCharge else { return (intent, nil) }
            return (intent, try await reader.first(Charge.self, key: [.integer(merchant.value), .text(latest.text)]))
        }
        guard let found else {
            throw PlatformError.refused(.noSuch(kind: PaymentIntent.kind, id: id.text, parameter: "intent"))
        }
        return found
    }

    // MARK: After a crash

    /// What an intent came to, for a request that was cut off before it could be answered; nil while that is not known.
    public func orphanedOutcome(_ claim: IdempotencyClaim) async throws -> IntentOutcome? {
        guard let id = claim.objectID, id.hasPrefix(PaymentIntentKind.prefix + "_") else { return nil }
        let (intent, charge) = try await intentAndCharge(
            PaymentIntentID(id), of: claim.merchant, showsHidden: true)
        return intent.status == .processing ? nil : IntentOutcome(intent: intent, charge: charge)
    }

    /// Keeps an answer under a claim that has none.
    public func keep(_ answer: IdempotentReply, for claim: IdempotencyClaim) async throws {
        try await commit(Change(idempotency: .answer(claim, answer)))
    }
}

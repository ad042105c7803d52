public import Core
import Logging
import Money
public import Payments
public import Storage

/// What a merchant changes of a payment method.
public struct MethodUpdate: Sendable {
    public var billingDetails: BillingDetails?
    public var metadata: Metadata.Update?
    public var allowRedisplay: String?
    public var expiryMonth: Int?
    public var expiryYear: Int?

    public init() {}
}

extension Platform {
    /// Makes a method of a card.
    public func createMethod(
        _ source: CardSource, _ billing: BillingDetails, _ metadata: Metadata, allowRedisplay: String,
        _ context: RequestContext, reply: @escaping ReplyMaker<PaymentMethod>
    ) async throws -> IdempotentReply {
        let made = try await makeMethod(
            source, billing, metadata, allowRedisplay: allowRedisplay, decision(context))
        codes.remember(made.cvc, for: made.method.id)
        return try await perform(context, reply: reply) { _ in
            var change = Change()
            change.insert(made.method)
            try await use(made.token, in: &change)
            return (made.method, change)
        }.1
    }

    public func updateMethod(
        _ id: PaymentMethodID, _ update: MethodUpdate, _ context: RequestContext,
        reply: @escaping ReplyMaker<PaymentMethod>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { decision in
            var method = try await object(
                PaymentMethod.self, id.text, of: context.merchant.merchant, parameter: "payment_method")
            let before = method
            if let billing = update.billingDetails { method.billingDetails.merge(billing) }
            method = try decided(method) { method throws(PaymentRefusal) in
                try method.metadata.apply(update.metadata)
            }
            method.allowRedisplay = update.allowRedisplay ?? method.allowRedisplay
            method.card.expiryMonth = update.expiryMonth ?? method.card.expiryMonth
            method.card.expiryYear = update.expiryYear ?? method.card.expiryYear
            var change = Change()
            change.update(&method)
            change.events.append(decision.event("payment_method.updated", method, previous: before))
            return (method, change)
        }.1
    }

    /// Keeps a method for a customer, after the issuer agreed to a check of the card.
    ///
    /// A test card's name makes a new method of it.
    public func attachMethod(
        _ choice: PaymentMethodChoice, to customer: CustomerID, _ context: RequestContext,
        reply: @escaping ReplyMaker<PaymentMethod>
    ) async throws -> IdempotentReply {
        let merchant = context.merchant.merchant
        _ = try await liveCustomer(customer, of: merchant, parameter: "customer")
        guard let chosen = try await choose(choice, decision(context)) else {
            preconditionFailure("Attaching names a method")
        }
        if chosen.method.isSpent { throw PlatformError.refused(.paymentMethodSpent(chosen.method.id)) }
        if let owner = chosen.method.customer, owner != customer {
            throw PlatformError.refused(.paymentMethodOfAnotherCustomer(chosen.method.id, owner: owner))
        }
        let checks = try await verify(chosen.method, cvc: chosen.cvc, context)
        return try await perform(context, reply: reply) { decision in
            var method = chosen.method
            var change = Change()
            if chosen.isNew {
                change.insert(method)
            } else {
                method = try await object(PaymentMethod.self, method.idText, of: merchant, parameter: "payment_method")
            }
            try await use(chosen.token, in: &change)
            method.customer = customer
            method.card.checks = checks
            if chosen.isNew { change.updateOwn(method) } else { change.update(&method) }
            change.events.append(decision.event("payment_method.attached", method))
            return (method, change)
        }.1
    }

    /// Asks the issuer about a card with an amount of zero (account verification).
    func verify(
        _ method: PaymentMethod, cvc: CardVerificationCode?, _ context: RequestContext
    ) async throws -> CardChecks {
        let request = CardRequest(
            merchant: method.merchant, operation: .authorisation, reference: try references.next(at: environment.now()),
            original: nil, isRepeat: false,
            card: Self.credential(method.card, method.billingDetails, cvc: cvc, isOnFile: false),
            amount: .zero(context.merchant.defaultCurrency), acceptor: context.merchant.acceptor)
        guard case .answered(let answer) = await rail.send(request) else {
            // No amount was asked for, so an unheard answer leaves nothing to undo; the card is checked when it pays.
            logger.warning("card not verified", metadata: ["method": "\(method.id)"])
            return CardChecks(cvc: nil, addressLine1: nil, postalCode: nil)
        }
        // 85: no reason to decline, the answer of some networks to an amount of zero.
        guard answer.isApproved || answer.responseCode == "85" || answer.declineCode == "authentication_required"
        else {
            let reason = DeclineReason.reason(declineCode: answer.declineCode)
            throw PlatformError.refused(
                .cardRefused(
                    reason.failure(networkCode: answer.responseCode, charge: nil, paymentMethod: method)))
        }
        return answer.checks
    }

    public func detachMethod(
        _ id: PaymentMethodID, _ context: RequestContext, reply: @escaping ReplyMaker<PaymentMethod>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { decision in
            var method = try await object(
                PaymentMethod.self, id.text, of: context.merchant.merchant, parameter: "payment_method")
            guard method.customer != nil else { throw PlatformError.refused(.paymentMethodNotAttached(id)) }
            let before = method
            method.customer = nil
            method.isSpent = true
            var change = Change()
            change.update(&method)
            change.events.append(decision.event("payment_method.detached", method, previous: before))
            return (method, change)
        }.1
    }

    /// Marks a token as used, as it stands now.
    func use(_ token: CardToken?, in change: inout Change) async throws {
        guard let token else { return }
        var current = try await object(CardToken.self, token.idText, of: token.merchant, parameter: "token")
        if current.isUsed { throw PlatformError.refused(.tokenAlreadyUsed(token.id)) }
        current.isUsed = true
        change.update(&current)
    }

    /// Makes a one-time token of a card.
    public func createToken(
        _ card: RawCard, _ billing: BillingDetails, _ context: RequestContext,
        reply: @escaping ReplyMaker<CardToken>
    ) async throws -> IdempotentReply {
        let decision = decision(context)
        let taken = try await take(card, decision)
        let token = CardToken(
            merchant: context.merchant.merchant, id: decision.id(), createdAt: decision.now, cardID: decision.id(),
            card: taken, billingDetails: billing, clientIP: context.clientIP)
        return try await perform(context, reply: reply) { _ in
            var change = Change()
            change.insert(token)
            return (token, change)
        }.1
    }
}

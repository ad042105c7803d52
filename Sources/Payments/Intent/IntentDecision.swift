public import Core
public import Money
public import Storage

/// What happens to an intent before and after its attempts. Pure: objects in, a ``Change`` out.
public enum IntentDecision {
    // MARK: Create

    /// Makes an intent, with or without a method to be paid with.
    ///
    /// Refusals: ``PaymentRefusal/amountTooSmall(minimum:)``, ``PaymentRefusal/amountTooLarge``.
    public static func create(
        _ command: NewIntent, paymentMethod: PaymentMethodID?, _ context: DecisionContext
    ) throws(PaymentRefusal) -> PaymentIntent {
        try check(command.amount)
        var intent = PaymentIntent(
            merchant: context.merchant.merchant, id: context.id(), createdAt: context.now, amount: command.amount,
            captureMethod: command.captureMethod,
            clientSecret: IdentifierText.random(digits: 24, context.environment),
            paymentMethodTypes: command.paymentMethodTypes, automaticPaymentMethods: command.automaticPaymentMethods)
        intent.confirmationMethod = command.confirmationMethod
        intent.customer = command.customer
        intent.description = command.description
        intent.metadata = command.metadata
        intent.receiptEmail = command.receiptEmail
        intent.setupFutureUsage = command.setupFutureUsage
        intent.shipping = command.shipping
        intent.statementDescriptor = command.statementDescriptor
        intent.statementDescriptorSuffix = command.statementDescriptorSuffix
        intent.transferGroup = command.transferGroup
        intent.isHidden = command.isHidden
        intent.paymentMethod = paymentMethod
        intent.status = paymentMethod == nil ? .requiresPaymentMethod : .requiresConfirmation
        return intent
    }

    /// Amounts that can be charged.
    public static func check(_ amount: Money) throws(PaymentRefusal) {
        let minimum = amount.currency.minimumChargeAmount
        if amount.amount < minimum { throw .amountTooSmall(minimum: Money(minimum, amount.currency)) }
        if amount.amount > Limits.chargeAmountMax { throw .amountTooLarge }
    }

    // MARK: Update

    /// Changes an intent's terms, while it waits for a method or a confirmation; its texts always.
    ///
    /// Refusals: ``PaymentRefusal/unexpectedState(_:action:)``, the amount's.
    public static func update(
        _ intent: PaymentIntent, _ update: IntentUpdate, paymentMethod: PaymentMethodID?, _ context: DecisionContext
    ) throws(PaymentRefusal) -> (PaymentIntent, Change) {
        if update.touchesTerms || paymentMethod != nil {
            guard intent.isOpenForConfirmation else { throw .unexpectedState(intent, action: .update) }
        }
        var changed = intent
        changed.amount = Money(update.amount ?? intent.amount.amount, update.currency ?? intent.amount.currency)
        try check(changed.amount)
        changed.customer = update.customer ?? intent.customer
        changed.description = update.description ?? intent.description
        try changed.metadata.apply(update.metadata)
        changed.paymentMethodTypes = update.paymentMethodTypes ?? intent.paymentMethodTypes
        changed.captureMethod = update.captureMethod ?? intent.captureMethod
        changed.receiptEmail = update.receiptEmail ?? intent.receiptEmail
        changed.setupFutureUsage = update.setupFutureUsage ?? intent.setupFutureUsage
        changed.shipping = update.shipping ?? intent.shipping
        changed.statementDescriptor = update.statementDescriptor ?? intent.statementDescriptor
        changed.statementDescriptorSuffix = update.statementDescriptorSuffix ?? intent.statementDescriptorSuffix
        changed.transferGroup = update.transferGroup ?? intent.transferGroup
        if let paymentMethod {
            changed.paymentMethod = paymentMethod
            changed.status = .requiresConfirmation
        }
        var change = Change()
        change.update(&changed)
        return (changed, change)
    }

    // MARK: Cancel

    /// Ends an open intent; what it held on a card is released at the network.
    ///
    /// Refusals: ``PaymentRefusal/unexpectedState(_:action:)`` for one that is processing, succeeded or canceled.
    public static func cancel(
        _ intent: PaymentIntent, authorised charge: Charge?, reason: String?, _ context: DecisionContext
    ) throws(PaymentRefusal) -> (PaymentIntent, Change, NetworkAdvice?) {
        guard intent.isOpenForConfirmation || intent.status == .requiresCapture else {
            throw .unexpectedState(intent, action: .cancel)
        }
        var change = Change()
        var canceled = intent
        canceled.status = .canceled
        canceled.canceledAt = context.now
        canceled.cancellationReason = reason
        canceled.amountCapturable = 0
        change.update(&canceled)
        var advice: NetworkAdvice?
        if intent.status == .requiresCapture, var charge {
            invariant(!charge.isCaptured, "An intent that waits for capture has an uncaptured charge")
            let reversal = NetworkAdvice(
                merchant: charge.merchant, operation: .reversal, reference: charge.network.reference,
                charge: charge.id, refund: nil, amount: charge.amount, dueAt: context.now)
            change.insert(reversal)
            change.transactions.append(
                Booking.release(charge.amount, charge: charge, id: context.id(), at: context.now))
            charge.isReleased = true
            change.update(&charge)
            change.events.append(context.event("charge.refunded", charge))
            advice = reversal
        }
        if !intent.isHidden { change.events.append(context.event("payment_intent.canceled", canceled)) }
        return (canceled, change, advice)
    }
}

extension PaymentIntent {
    /// Whether a method that belongs to nobody cannot be used again after it paid this intent.
    public var spendsItsMethod: Bool { setupFutureUsage == nil || customer == nil }

    /// Whether it waits for a method or for its confirmation.
    public var isOpenForConfirmation: Bool { status == .requiresPaymentMethod || status == .requiresConfirmation }
}

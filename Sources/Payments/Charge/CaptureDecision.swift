import Core
import Money
public import Storage

/// Taking the money of an authorisation.
public enum CaptureDecision {
    /// Captures an authorised intent, in whole or in part; the rest is released and cannot be captured later.
    ///
    /// Refusals: ``PaymentRefusal/unexpectedState(_:action:)``, ``PaymentRefusal/captureTooLarge(_:capturable:)``.
    public static func capture(
        _ intent: PaymentIntent, _ charge: Charge, amountToCapture: Int64?, metadata: Metadata.Update?,
        statementDescriptor: String?, fundsAtOnce: Bool, _ context: DecisionContext
    ) throws(PaymentRefusal) -> (PaymentIntent, Charge, BalanceTransaction, Change) {
        guard intent.status == .requiresCapture else { throw .unexpectedState(intent, action: .capture) }
        invariant(!charge.isCaptured && charge.status == .succeeded, "\(charge.id) is authorised and not captured")
        let amount = amountToCapture ?? intent.amountCapturable
        guard amount <= intent.amountCapturable else {
            throw .captureTooLarge(intent, capturable: intent.amountCapturable)
        }
        let before = charge
        var intent = intent
        var charge = charge
        var change = Change()
        change.transactions.append(Booking.release(charge.amount, charge: charge, id: context.id(), at: context.now))
        intent.status = .succeeded
        intent.amountCapturable = 0
        intent.amountReceived = amount
        try intent.metadata.apply(metadata)
        if let statementDescriptor {
            intent.statementDescriptor = statementDescriptor
            charge.statementDescriptor = statementDescriptor
            charge.calculatedStatementDescriptor = statementDescriptor
        }
        let captured = Money(amount, charge.amount.currency)
        let line = book(captured, of: &charge, fundsAtOnce: fundsAtOnce, into: &change, context)
        let advice = NetworkAdvice(
            merchant: charge.merchant, operation: .capture, reference: charge.network.reference, charge: charge.id,
            refund: nil, amount: captured, dueAt: context.now)
        change.insert(advice)
        change.update(&charge)
        change.update(&intent)
        change.events.append(context.event("charge.captured", charge, previous: before))
        if !intent.isHidden { change.events.append(context.event("payment_intent.succeeded", intent)) }
        return (intent, charge, line, change)
    }

    /// Books a captured amount: the balance line with its fee, the ledger transaction, and both on the charge.
    static func book(
        _ amount: Money, of charge: inout Charge, fundsAtOnce: Bool, into change: inout Change,
        _ context: DecisionContext
    ) -> BalanceTransaction {
        let merchant = context.merchant
        let fee = merchant.fees.fee(on: amount, isCrossBorder: charge.card.country != merchant.country)
        let delay = fundsAtOnce ? 0 : merchant.settlementDelayDays
        let line = BalanceTransaction(
            merchant: charge.merchant, id: context.id(), createdAt: context.now, type: .charge, amount: amount,
            feeDetails: [.init(amount: fee, type: "stripe_fee", description: "Card processing fees")],
            availableOn: delay == 0 ? context.now : context.now.adding(days: delay).startOfDay,
            description: charge.description, source: charge.id.text)
        change.insert(line)
        change.transactions.append(Booking.charge(line, id: context.id()))
        charge.isCaptured = true
        charge.amountCaptured = amount.amount
        charge.balanceTransaction = line.id
        return line
    }

    /// Raises what an authorisation holds, after the network agreed.
    ///
    /// Refusals: ``PaymentRefusal/unexpectedState(_:action:)``, ``PaymentRefusal/incrementTooSmall(_:)``, the amount's.
    public static func checkIncrement(_ intent: PaymentIntent, to amount: Int64) throws(PaymentRefusal) {
        guard intent.status == .requiresCapture else { throw .unexpectedState(intent, action: .increment) }
        guard amount > intent.amount.amount else { throw .incrementTooSmall(intent) }
        try IntentDecision.check(Money(amount, intent.amount.currency))
    }

    /// The intent and its charge with the larger amount.
    public static func increment(
        _ intent: PaymentIntent, _ charge: Charge, to amount: Int64, description: String?,
        metadata: Metadata.Update?, _ context: DecisionContext
    ) throws(PaymentRefusal) -> (PaymentIntent, Charge, Change) {
        try checkIncrement(intent, to: amount)
        var intent = intent
        var charge = charge
        var change = Change()
        let more = Money(amount - charge.amount.amount, charge.amount.currency)
        change.transactions.append(Booking.hold(more, charge: charge, id: context.id(), at: context.now))
        intent.amount = Money(amount, intent.amount.currency)
        intent.amountCapturable = amount
        try intent.metadata.apply(metadata)
        if let description { intent.description = description }
        charge.amount = intent.amount
        change.update(&charge)
        change.update(&intent)
        change.events.append(context.event("charge.updated", charge))
        change.events.append(context.event("payment_intent.amount_capturable_updated", intent))
        return (intent, charge, change)
    }
}

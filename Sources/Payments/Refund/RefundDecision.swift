import Core
import Money
public import Storage

/// Giving captured money back.
public enum RefundDecision {
    /// How long the first message of a refund may be under way before it is sent again.
    static let firstTryMs: Int64 = 15_000

    /// Takes the amount from the merchant's balance and asks the network to give it to the cardholder.
    ///
    /// Refusals: ``PaymentRefusal/chargeNotRefundable(_:)``, ``PaymentRefusal/chargeAlreadyRefunded(_:)``,
    /// ``PaymentRefusal/refundTooLarge(requested:refundable:)``.
    public static func create(
        _ charge: Charge, amount: Int64?, reason: String?, metadata: Metadata, reference: NetworkReference,
        _ context: DecisionContext
    ) throws(PaymentRefusal) -> (Refund, Charge, Change, NetworkAdvice) {
        guard charge.status == .succeeded, charge.isCaptured else { throw .chargeNotRefundable(charge.id) }
        guard charge.amountRefundable > 0 else { throw .chargeAlreadyRefunded(charge.id) }
        let amount = amount ?? charge.amountRefundable
        let money = Money(amount, charge.amount.currency)
        guard amount <= charge.amountRefundable else {
            throw .refundTooLarge(requested: money, refundable: Money(charge.amountRefundable, money.currency))
        }
        invariant(amount > 0, "The API refuses amounts below 1")
        var refund = Refund(
            merchant: charge.merchant, id: context.id(), createdAt: context.now, status: .pending, amount: money,
            charge: charge.id, paymentIntent: charge.paymentIntent, reason: reason, metadata: metadata,
            reference: reference)
        refund.hidesIntent = charge.hidesIntent
        let before = charge
        var charge = charge
        var change = Change()
        let line = line(.refund, Money(-amount, money.currency), refund, "REFUND FOR CHARGE", context)
        change.insert(line)
        change.transactions.append(Booking.refund(line, id: context.id()))
        refund.balanceTransaction = line.id
        charge.amountRefunded += amount
        change.insert(refund)
        change.update(&charge)
        var advice = NetworkAdvice(
            merchant: charge.merchant, operation: .refund, reference: reference, charge: charge.id, refund: refund.id,
            amount: money, dueAt: context.now.adding(milliseconds: firstTryMs))
        // The request sends it at once; the row is for when that is not heard of.
        advice.attempts = 1
        change.insert(advice)
        change.events.append(context.event("refund.created", refund))
        change.events.append(context.event("charge.refunded", charge, previous: before))
        return (refund, charge, change, advice)
    }

    private static func line(
        _ kind: BalanceTransaction.Kind, _ amount: Money, _ refund: Refund, _ description: String,
        _ context: DecisionContext
    ) -> BalanceTransaction {
        BalanceTransaction(
            merchant: refund.merchant, id: context.id(), createdAt: context.now, type: kind, amount: amount,
            feeDetails: [], availableOn: context.now, description: description, source: refund.id.text)
    }

    /// The network took the refund.
    public static func succeed(_ refund: Refund, _ context: DecisionContext) -> (Refund, Change) {
        guard refund.status == .pending else { return (refund, Change()) }
        var refund = refund
        var change = Change()
        refund.status = .succeeded
        change.update(&refund)
        change.events.append(context.event("refund.updated", refund))
        change.events.append(context.event("charge.refund.updated", refund))
        return (refund, change)
    }

    /// The network gave the refund back: the amount returns to the merchant's balance.
    public static func fail(
        _ refund: Refund, _ charge: Charge, reason: String, _ context: DecisionContext
    ) -> (Refund, Change) {
        guard refund.status == .pending || refund.status == .succeeded else { return (refund, Change()) }
        var refund = refund
        var charge = charge
        var change = Change()
        let line = line(.refundFailure, refund.amount, refund, "REFUND FAILURE", context)
        change.insert(line)
        change.transactions.append(Booking.refundFailure(line, id: context.id()))
        refund.status = .failed
        refund.failureReason = reason
        refund.failureBalanceTransaction = line.id
        charge.amountRefunded -= refund.amount.amount
        invariant(charge.amountRefunded >= 0, "\(charge.id) gets back what was refunded")
        change.update(&refund)
        change.update(&charge)
        change.events.append(context.event("refund.failed", refund))
        change.events.append(context.event("charge.refund.updated", refund))
        return (refund, change)
    }

    /// Changes what the merchant attached to a refund.
    public static func update(
        _ refund: Refund, metadata: Metadata.Update?, _ context: DecisionContext
    ) throws(PaymentRefusal) -> (Refund, Change) {
        let before = refund
        var refund = refund
        var change = Change()
        try refund.metadata.apply(metadata)
        change.update(&refund)
        change.events.append(context.event("refund.updated", refund, previous: before))
        return (refund, change)
    }
}

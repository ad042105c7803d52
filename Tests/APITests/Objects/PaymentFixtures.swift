import Core
import Money
import Payments

/// Payments for the tests of rendering.
extension Fixtures {
    static let reference = NetworkReference(transmittedAt: now, traceNumber: 1, retrievalReference: "603212000001")

    static func attempt(_ operation: CardRequest.Operation = .purchase) -> NetworkAttempt {
        NetworkAttempt(operation: operation, reference: reference, isOnFile: false, idempotencyKey: nil)
    }

    static func failure(_ method: PaymentMethod?) -> PaymentFailure {
        PaymentFailure(
            code: "card_declined", declineCode: "insufficient_funds", adviceCode: "try_again_later",
            networkDeclineCode: "51", message: "Your card has insufficient funds.", parameter: "number",
            charge: ChargeID("ch_1"), paymentMethod: method)
    }

    static func intent(_ id: String = "pi_1") -> PaymentIntent {
        PaymentIntent(
            merchant: key, id: PaymentIntentID(id), createdAt: now, amount: Money(1_000, usd),
            captureMethod: .automaticAsync, clientSecret: "s3cret", paymentMethodTypes: [],
            automaticPaymentMethods: .init(allowRedirects: "never"))
    }

    static var fullIntent: PaymentIntent {
        var intent = PaymentIntent(
            merchant: key, id: PaymentIntentID("pi_full"), createdAt: now, amount: Money(1_000, usd),
            captureMethod: .manual, clientSecret: "s3cret", paymentMethodTypes: ["card"],
            automaticPaymentMethods: nil)
        intent.status = .canceled
        intent.amountCapturable = 0
        intent.customer = CustomerID("cus_1")
        intent.paymentMethod = PaymentMethodID("pm_1")
        intent.description = "An order"
        intent.metadata = metadata
        intent.receiptEmail = "ada@example.com"
        intent.returnURL = "https://example.com"
        intent.setupFutureUsage = "off_session"
        intent.shipping = shipping
        intent.statementDescriptor = "BOOKS"
        intent.statementDescriptorSuffix = "ORDER 1"
        intent.transferGroup = "group_1"
        intent.canceledAt = now
        intent.cancellationReason = "requested_by_customer"
        intent.latestCharge = ChargeID("ch_1")
        intent.lastError = failure(fullMethod)
        return intent
    }

    /// A pending charge of which nothing is known yet.
    static func charge(_ id: String = "ch_1", amount: Int64 = 1_000) -> Charge {
        Charge(
            merchant: key, id: ChargeID(id), createdAt: now, amount: Money(amount, usd),
            paymentIntent: PaymentIntentID("pi_1"), paymentMethod: method(), network: attempt(),
            calculatedStatementDescriptor: "ROSEMARY BOOKS")
    }

    static var fullCharge: Charge {
        var charge = Charge(
            merchant: key, id: ChargeID("ch_full"), createdAt: now, amount: Money(1_000, usd),
            paymentIntent: PaymentIntentID("pi_1"), paymentMethod: fullMethod, network: attempt(),
            calculatedStatementDescriptor: "ROSEMARY BOOKS* ORDER 1")
        charge.status = .succeeded
        charge.isCaptured = true
        charge.amountCaptured = 1_000
        charge.amountRefunded = 400
        charge.customer = CustomerID("cus_1")
        charge.description = "An order"
        charge.metadata = metadata
        charge.receiptEmail = "ada@example.com"
        charge.shipping = shipping
        charge.statementDescriptor = "BOOKS"
        charge.statementDescriptorSuffix = "ORDER 1"
        charge.transferGroup = "group_1"
        charge.balanceTransaction = BalanceTransactionID("txn_1")
        charge.network.approvalCode = "123456"
        charge.network.networkTransactionID = "1234567890"
        charge.fraudDetails = Metadata([.init(key: "user_report", value: "safe")])
        charge.outcome = ChargeOutcome(
            type: "authorized", networkStatus: "approved_by_network", reason: nil, riskLevel: "normal", riskScore: 5,
            sellerMessage: "Payment complete.", adviceCode: nil, networkDeclineCode: nil)
        return charge
    }

    static var uncapturedCharge: Charge {
        var charge = charge("ch_held")
        charge.status = .succeeded
        charge.network = attempt(.authorisation)
        return charge
    }

    static var failedCharge: Charge {
        var charge = charge("ch_failed")
        charge.status = .failed
        charge.hidesIntent = true
        charge.failure = failure(nil)
        charge.outcome = ChargeOutcome(
            type: "issuer_declined", networkStatus: "declined_by_network", reason: "insufficient_funds",
            riskLevel: "elevated", riskScore: 66, sellerMessage: "The bank returned a decline.",
            adviceCode: "try_again_later", networkDeclineCode: "51")
        return charge
    }

    static func refund(_ id: String = "re_1", charge: String = "ch_1", status: Refund.Status = .pending) -> Refund {
        Refund(
            merchant: key, id: RefundID(id), createdAt: now, status: status, amount: Money(400, usd),
            charge: ChargeID(charge), paymentIntent: PaymentIntentID("pi_1"), reason: nil, metadata: Metadata(),
            reference: reference)
    }

    static var fullRefund: Refund {
        var refund = refund("re_full", status: .succeeded)
        refund.reason = "requested_by_customer"
        refund.metadata = metadata
        refund.balanceTransaction = BalanceTransactionID("txn_2")
        return refund
    }

    static var failedRefund: Refund {
        var refund = refund("re_failed", status: .failed)
        refund.hidesIntent = true
        refund.balanceTransaction = BalanceTransactionID("txn_2")
        refund.failureBalanceTransaction = BalanceTransactionID("txn_3")
        refund.failureReason = "expired_or_canceled_card"
        return refund
    }

    static func transaction(
        _ id: String = "txn_1", _ type: BalanceTransaction.Kind = .charge, source: String = "ch_1",
        availableOn: Timestamp = now
    ) -> BalanceTransaction {
        let fees =
            type == .charge
            ? [BalanceTransaction.FeeDetail(amount: 59, type: "stripe_fee", description: "Processing fees")] : []
        return BalanceTransaction(
            merchant: key, id: BalanceTransactionID(id), createdAt: now, type: type,
            amount: Money(type == .refund ? -400 : 1_000, usd), feeDetails: fees, availableOn: availableOn,
            description: type == .charge ? "An order" : nil, source: source)
    }
}

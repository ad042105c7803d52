import Core
import Money
import Payments

/// One object of each kind with every field set to something of its own.
enum Full {
    static let address = Address(
        line1: "1 Rue \"A\"", line2: "Étage 2", city: "Gand", state: "OV", postalCode: "9000", country: "BE")
    static let billing = BillingDetails(address: address, email: "a@example.com", name: "Ann", phone: "+32 1")
    static let shipping = Shipping(
        address: Address(city: "Ghent"), name: "Bob", phone: "+32 2", carrier: "Post", trackingNumber: "T\n1")
    static let metadata = Metadata([.init(key: "order\\id", value: "7"), .init(key: "ключ", value: "\u{1F4B6}")])
    static let card: Card = {
        var card = Fixture.card(country: "FR")
        card.checks = CardChecks(cvc: .pass, addressLine1: .fail, postalCode: .unchecked)
        return card
    }()

    static let merchant: Merchant = {
        var merchant = Fixture.merchant(delayDays: 7)
        merchant.version = 3
        merchant.isLive = true
        merchant.defaultCurrency = .jpy
        merchant.fees = FeeSchedule(domesticPartsPerMillion: 1, crossBorderPartsPerMillion: 2, fixedHundredths: 3)
        return merchant
    }()

    static let customer: Customer = {
        var customer = Customer(merchant: shop, id: CustomerID("cus_1"), createdAt: now, invoicePrefix: "ABC123")
        customer.version = 9
        customer.name = "Ann"
        customer.email = "a@example.com"
        customer.phone = "+32 1"
        customer.description = "VIP"
        customer.address = address
        customer.shipping = shipping
        customer.metadata = metadata
        customer.preferredLocales = ["nl", "fr"]
        customer.taxExempt = "reverse"
        customer.nextInvoiceSequence = 12
        customer.defaultPaymentMethod = PaymentMethodID("pm_1")
        customer.isDeleted = true
        return customer
    }()

    static let method: PaymentMethod = {
        var method = PaymentMethod(
            merchant: shop, id: PaymentMethodID("pm_1"), createdAt: now, customer: CustomerID("cus_1"), card: card,
            billingDetails: billing, metadata: metadata, allowRedisplay: "always")
        method.isSpent = true
        return method
    }()

    static let token: CardToken = {
        var token = CardToken(
            merchant: shop, id: TokenID("tok_1"), createdAt: now, cardID: CardID("card_1"), card: card,
            billingDetails: billing, clientIP: "192.0.2.1")
        token.version = 2
        token.isUsed = true
        return token
    }()

    static let failure = PaymentFailure(
        code: "card_declined", declineCode: "lost_card", adviceCode: "do_not_try_again", networkDeclineCode: "41",
        message: "No.", parameter: "number", charge: ChargeID("ch_1"), paymentMethod: method)

    static let intent: PaymentIntent = {
        var intent = PaymentIntent(
            merchant: shop, id: PaymentIntentID("pi_1"), createdAt: now, amount: Money(12_34, .eur),
            captureMethod: .automaticAsync, clientSecret: "s3cret", paymentMethodTypes: ["card", "link"],
            automaticPaymentMethods: .init(allowRedirects: "always"))
        intent.version = 5
        intent.status = .canceled
        intent.amountCapturable = 1
        intent.amountReceived = 2
        intent.confirmationMethod = "manual"
        intent.customer = CustomerID("cus_1")
        intent.paymentMethod = PaymentMethodID("pm_1")
        intent.description = "d"
        intent.metadata = metadata
        intent.receiptEmail = "r@example.com"
        intent.returnURL = "https://example.com/?a=1&b=2"
        intent.setupFutureUsage = "off_session"
        intent.shipping = shipping
        intent.statementDescriptor = "WHOLE"
        intent.statementDescriptorSuffix = "SUFFIX"
        intent.transferGroup = "g"
        intent.canceledAt = now.adding(days: 1)
        intent.cancellationReason = "abandoned"
        intent.latestCharge = ChargeID("ch_2")
        intent.charges = [ChargeID("ch_1"), ChargeID("ch_2")]
        intent.lastError = failure
        intent.isHidden = true
        return intent
    }()

    static let charge: Charge = {
        var network = NetworkAttempt(
            operation: .authorisation, reference: Fixture.reference, isOnFile: true, idempotencyKey: "key-1")
        network.approvalCode = "A1B2C3"
        network.networkTransactionID = "nt_1"
        var charge = Charge(
            merchant: shop, id: ChargeID("ch_1"), createdAt: now, amount: Money(12_34, known("KWD")),
            paymentIntent: PaymentIntentID("pi_1"), paymentMethod: method, network: network,
            calculatedStatementDescriptor: "SHOP* 7")
        charge.version = 4
        charge.status = .succeeded
        charge.amountCaptured = 12_00
        charge.amountRefunded = 1_00
        charge.isCaptured = true
        charge.isReleased = true
        charge.customer = CustomerID("cus_1")
        charge.hidesIntent = true
        charge.description = "d"
        charge.metadata = metadata
        charge.receiptEmail = "r@example.com"
        charge.shipping = shipping
        charge.statementDescriptor = "WHOLE"
        charge.statementDescriptorSuffix = "SUFFIX"
        charge.transferGroup = "g"
        charge.balanceTransaction = BalanceTransactionID("txn_1")
        charge.failure = failure
        charge.outcome = ChargeOutcome(
            type: "authorized", networkStatus: "approved_by_network", reason: "elevated_risk_level",
            riskLevel: "elevated", riskScore: 70, sellerMessage: "m", adviceCode: "try_again_later",
            networkDeclineCode: "05")
        charge.fraudDetails.set("user_report", "safe")
        return charge
    }()

    static let refund: Refund = {
        var refund = Refund(
            merchant: shop, id: RefundID("re_1"), createdAt: now, status: .failed, amount: Money(1_00, .usd),
            charge: ChargeID("ch_1"), paymentIntent: PaymentIntentID("pi_1"), reason: "duplicate", metadata: metadata,
            reference: Fixture.reference)
        refund.version = 2
        refund.hidesIntent = true
        refund.balanceTransaction = BalanceTransactionID("txn_1")
        refund.failureBalanceTransaction = BalanceTransactionID("txn_2")
        refund.failureReason = "declined"
        return refund
    }()

    static let balanceTransaction: BalanceTransaction = {
        var line = BalanceTransaction(
            merchant: shop, id: BalanceTransactionID("txn_1"), createdAt: now, type: .refundFailure,
            amount: Money(-5, .usd),
            feeDetails: [
                .init(amount: 59, type: "stripe_fee", description: "Card"),
                .init(amount: -3, type: "tax", description: "Tax"),
            ], availableOn: now.adding(days: 2), description: "d", source: "ch_1")
        line.version = 2
        return line
    }()

    static let advice: NetworkAdvice = {
        var advice = NetworkAdvice(
            merchant: shop, operation: .refund, reference: Fixture.reference, charge: ChargeID("ch_1"),
            refund: RefundID("re_1"), amount: Money(1_00, .usd), dueAt: now.adding(milliseconds: 1_234))
        advice.version = 3
        advice.attempts = 2
        return advice
    }()
}

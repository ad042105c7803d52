import Core
import Ledger
import Money
import Payments
import Storage

/// 2026-09-21T14:13:20Z, a Monday.
let now = Timestamp(seconds: 1_790_000_000)
let shop = MerchantKey(7)

func known(_ code: String) -> Currency {
    guard let currency = Currency(code: code) else { preconditionFailure("\(code) is a currency") }
    return currency
}

/// Objects that tests start from; each differs from them in what it is about.
enum Fixture {
    static func merchant(delayDays: Int64 = 2) -> Merchant {
        Merchant(
            merchant: shop, account: AccountID("acct_1A2B3C4D5E6F7G8H"), createdAt: Timestamp(seconds: 1),
            isLive: false,
            businessName: "Test Shop", email: "shop@example.com", city: "Berlin", country: "US", defaultCurrency: .usd,
            categoryCode: "5734", statementDescriptor: "TESTSHOP", fees: .standard, settlementDelayDays: delayDays,
            apiVersion: "2025-10-29.clover")
    }

    static func context(
        _ merchant: Merchant = merchant(), at moment: Timestamp = now, seed: UInt64 = 1
    ) -> DecisionContext {
        DecisionContext(
            merchant: merchant, now: moment, requestID: "req_1", idempotencyKey: "key-1",
            environment: .fixed(now: moment, seed: seed))
    }

    static func card(country: String = "US") -> Card {
        Card(
            vaultToken: VaultTokenID("vlt_1"), brand: "visa", funding: "credit", country: country, bin8: "42424242",
            last4: "4242", fingerprint: "f1", expiryMonth: 12, expiryYear: 2028,
            checks: CardChecks(cvc: nil, addressLine1: nil, postalCode: nil))
    }

    static func method(customer: CustomerID? = nil, spent: Bool = false, country: String = "US") -> PaymentMethod {
        var method = PaymentMethod(
            merchant: shop, id: PaymentMethodID("pm_1"), createdAt: now, customer: customer,
            card: card(country: country),
            billingDetails: BillingDetails(), metadata: Metadata(), allowRedisplay: "unspecified")
        method.isSpent = spent
        return method
    }

    static func intent(
        _ amount: Money = Money(10_00, .usd), status: PaymentIntent.Status = .requiresConfirmation,
        capture: PaymentIntent.CaptureMethod = .automatic
    ) -> PaymentIntent {
        var intent = PaymentIntent(
            merchant: shop, id: PaymentIntentID("pi_1"), createdAt: now, amount: amount, captureMethod: capture,
            clientSecret: "secret", paymentMethodTypes: ["card"], automaticPaymentMethods: nil)
        intent.status = status
        intent.paymentMethod = PaymentMethodID("pm_1")
        return intent
    }

    static let reference = NetworkReference(transmittedAt: now, traceNumber: 42, retrievalReference: "626414000001")

    /// An attempt between its two commits.
    static func attempt(
        _ amount: Money = Money(10_00, .usd), capture: PaymentIntent.CaptureMethod = .automatic,
        method: PaymentMethod = method()
    ) -> Attempt {
        AttemptDecision.begin(
            intent(amount, capture: capture), method, reference: reference, isOnFile: method.customer != nil, context())
    }

    /// An intent that waits for capture, and its charge.
    static func authorised(_ amount: Money = Money(10_00, .usd)) -> Attempt {
        settled(attempt(amount, capture: .manual), .approved)
    }

    /// A captured charge, and its intent.
    static func captured(_ amount: Money = Money(10_00, .usd)) -> Attempt { settled(attempt(amount), .approved) }

    private static func settled(_ attempt: Attempt, _ result: AttemptResult) -> Attempt {
        AttemptDecision.settle(attempt, result, risk: .normal, fundsAtOnce: false, context(seed: 2)).0
    }
}

extension AttemptResult {
    static let checks = CardChecks(cvc: .pass, addressLine1: .unavailable, postalCode: .fail)

    static let approved = answered(
        CardAnswer(
            responseCode: "00", approvalCode: "A1B2C3", networkTransactionID: "nt_1", checks: checks))

    static func declined(_ responseCode: String, _ declineCode: String?) -> AttemptResult {
        .answered(
            CardAnswer(
                responseCode: responseCode, approvalCode: nil, networkTransactionID: nil, checks: checks,
                declineCode: declineCode))
    }
}

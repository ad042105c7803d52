import Core
import Money
import Payments
import Platform
import Storage

@testable import API

/// Domain objects for the tests of rendering: each once with as little, once with as much as there can be.
enum Fixtures {
    static let now = Timestamp(seconds: 1_770_000_000)
    static let key = MerchantKey(1)
    static let usd = Currency(code: "usd") ?? Currency.all[0]
    static let jpy = Currency(code: "jpy") ?? Currency.all[0]

    static let merchant = Merchant(
        merchant: key, account: AccountID("acct_1"), createdAt: now, isLive: false, businessName: "Rosemary Books",
        email: "shop@example.com", city: "Portland", country: "US", defaultCurrency: usd, categoryCode: "5942",
        statementDescriptor: "ROSEMARY BOOKS", fees: .standard, settlementDelayDays: 2,
        apiVersion: "2026-03-25.dahlia")

    static let context = RenderContext(merchant: merchant, now: now, apiVersion: "2026-10-28.endive")

    static let address = Address(
        line1: "1 Main St", line2: "Flat 2", city: "Portland", state: "OR", postalCode: "97201", country: "US")
    static let billing = BillingDetails(
        address: address, email: "ada@example.com", name: "Ada \"A\" Lovelace", phone: "+15550100")
    static let shipping = Shipping(
        address: address, name: "Ada Lovelace", phone: "+15550100", carrier: "USPS", trackingNumber: "9400")
    static let metadata = Metadata([.init(key: "order", value: "6735"), .init(key: "näme\n", value: "ü\\")])

    static func card(brand: String = "visa", checks: CardChecks = unchecked) -> Card {
        Card(
            vaultToken: VaultTokenID("vlt_1"), brand: brand, funding: "credit", country: "US", bin8: "42424242",
            last4: "4242", fingerprint: "Xt5EWLLDS7FJjR1c", expiryMonth: 12, expiryYear: 2_034, checks: checks)
    }

    static let unchecked = CardChecks(cvc: nil, addressLine1: nil, postalCode: nil)
    static let checked = CardChecks(cvc: .pass, addressLine1: .fail, postalCode: .unavailable)

    static func method(_ id: String = "pm_1", customer: String? = nil) -> PaymentMethod {
        PaymentMethod(
            merchant: key, id: PaymentMethodID(id), createdAt: now, customer: customer.map { CustomerID($0) },
            card: card(), billingDetails: BillingDetails(), metadata: Metadata(), allowRedisplay: "unspecified")
    }

    static var fullMethod: PaymentMethod {
        PaymentMethod(
            merchant: key, id: PaymentMethodID("pm_full"), createdAt: now, customer: CustomerID("cus_1"),
            card: card(checks: checked), billingDetails: billing, metadata: metadata, allowRedisplay: "always")
    }

    static func customer(_ id: String = "cus_1") -> Customer {
        Customer(merchant: key, id: CustomerID(id), createdAt: now, invoicePrefix: "ABCD1234")
    }

    static var fullCustomer: Customer {
        var customer = customer("cus_full")
        customer.name = "Ada Lovelace"
        customer.email = "ada@example.com"
        customer.phone = "+15550100"
        customer.description = "A regular"
        customer.address = address
        customer.shipping = shipping
        customer.metadata = metadata
        customer.preferredLocales = ["en", "de"]
        customer.defaultPaymentMethod = PaymentMethodID("pm_1")
        return customer
    }

    static var deletedCustomer: Customer {
        var customer = customer("cus_deleted")
        customer.isDeleted = true
        return customer
    }

    static let token = CardToken(
        merchant: key, id: TokenID("tok_1"), createdAt: now, cardID: CardID("card_1"), card: card(),
        billingDetails: BillingDetails(), clientIP: nil)

    static var fullToken: CardToken {
        var token = CardToken(
            merchant: key, id: TokenID("tok_full"), createdAt: now, cardID: CardID("card_1"),
            card: card(brand: "amex", checks: checked), billingDetails: billing, clientIP: "203.0.113.9")
        token.isUsed = true
        return token
    }

    static var endpoint: WebhookEndpoint {
        WebhookEndpoint(
            merchant: key, id: WebhookEndpointID("we_1"), createdAt: now, url: "http://127.0.0.1:9/hook",
            enabledEvents: ["*"], secret: "whsec_1", startSequence: 0)
    }

    static var fullEndpoint: WebhookEndpoint {
        var endpoint = endpoint
        endpoint.description = "Orders"
        endpoint.metadata = metadata
        endpoint.apiVersion = "2026-10-28.endive"
        endpoint.isEnabled = false
        return endpoint
    }

    static func event(
        kind: String, id: String, document: String, type: String = "payment_intent.succeeded",
        previous: String? = nil, requestID: String? = nil
    ) throws -> StoredEvent {
        try StoredEvent(
            row: RowReader([
                .integer(1), .integer(7), .text("evt_7"), .text(type), .text(kind), .text(id),
                .text(document), SQLValue(previous),
                .integer(now.milliseconds), SQLValue(requestID), SQLValue(requestID.map { _ in "key-1" }),
            ]))
    }
}

public import Core
public import Money
public import Storage

/// A merchant's intent to be paid an amount: it lives through as many attempts as it takes, and is paid at most once.
public struct PaymentIntent: Entity, Hashable {
    /// Where an intent stands. Source of the names and moves: Stripe's PaymentIntent life cycle.
    public enum Status: String, Sendable, CaseIterable {
        case requiresPaymentMethod = "requires_payment_method"
        case requiresConfirmation = "requires_confirmation"
        /// An attempt is with the network, or its outcome is not known yet.
        case processing
        /// Authorised, waiting to be captured.
        case requiresCapture = "requires_capture"
        case succeeded
        case canceled
    }

    /// When an authorised amount is captured.
    public enum CaptureMethod: String, Sendable {
        case automatic
        case automaticAsync = "automatic_async"
        case manual

        public var isManual: Bool { self == .manual }
    }

    public var merchant: MerchantKey
    public var id: PaymentIntentID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var status: Status
    public var amount: Money
    /// Minor units that a capture may take now.
    public var amountCapturable: Int64 = 0
    /// Minor units captured, refunds not deducted.
    public var amountReceived: Int64 = 0
    public var captureMethod: CaptureMethod
    /// `automatic` or `manual`.
    public var confirmationMethod = "automatic"
    /// The secret part of the client secret, after `{id}_secret_`.
    public var clientSecret: String
    public var customer: CustomerID?
    public var paymentMethod: PaymentMethodID?
    public var description: String?
    public var metadata: Metadata
    /// What the merchant listed; empty when automatic payment methods are on.
    public var paymentMethodTypes: [String]
    /// Nil when the merchant listed the types.
    public var automaticPaymentMethods: AutomaticPaymentMethods?
    public var receiptEmail: String?
    public var returnURL: String?
    /// `on_session`, `off_session` or nil.
    public var setupFutureUsage: String?
    public var shipping: Shipping?
    public var statementDescriptor: String?
    public var statementDescriptorSuffix: String?
    public var transferGroup: String?
    public var canceledAt: Timestamp?
    public var cancellationReason: String?
    public var latestCharge: ChargeID?
    /// All attempts, oldest first.
    public var charges: [ChargeID] = []
    public var lastError: PaymentFailure?
    /// True for the intent behind a charge that was made without one: it is not shown.
    public var isHidden = false

    public struct AutomaticPaymentMethods: Hashable, Sendable {
        /// `always` or `never`.
        public var allowRedirects: String

        public init(allowRedirects: String) { self.allowRedirects = allowRedirects }
    }

    public init(
        merchant: MerchantKey, id: PaymentIntentID, createdAt: Timestamp, amount: Money,
        captureMethod: CaptureMethod, clientSecret: String, paymentMethodTypes: [String],
        automaticPaymentMethods: AutomaticPaymentMethods?
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.amount = amount
        self.captureMethod = captureMethod
        self.clientSecret = clientSecret
        self.paymentMethodTypes = paymentMethodTypes
        self.automaticPaymentMethods = automaticPaymentMethods
        status = .requiresPaymentMethod
        metadata = Metadata()
    }

    public static let kind = "payment_intent"
    public static let table = entityTable(
        "payment_intent",
        queried: [
            .text("customer").nullable, .text("status"), .integer("amount"), .text("currency"),
            .integer("hidden"),
        ],
        indexes: [Table.Index(["merchant", "customer", "id"], whereNotNull: "customer")])
    public var idText: String { id.text }
    public var queried: [SQLValue] {
        [
            SQLValue(customer?.text), .text(status.rawValue), .integer(amount.amount),
            .text(amount.currency.lowercased), SQLValue(isHidden),
        ]
    }
}

public import Core
public import Money
public import Storage

/// One attempt to take a payment with one card: pending while the network has it, then succeeded or failed.
public struct Charge: Entity, Hashable {
    public enum Status: String, Sendable { case pending, succeeded, failed }

    public var merchant: MerchantKey
    public var id: ChargeID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var status: Status = .pending
    public var amount: Money
    /// Minor units.
    public var amountCaptured: Int64 = 0
    /// Minor units.
    public var amountRefunded: Int64 = 0
    public var isCaptured = false
    /// True for an authorisation that was canceled: the network released the amount.
    public var isReleased = false
    public var customer: CustomerID?
    public var paymentIntent: PaymentIntentID
    /// True for a charge made without an intent of the merchant's: the API names none.
    public var hidesIntent = false
    public var paymentMethod: PaymentMethodID
    /// The card as it was used, with the issuer's checks.
    public var card: Card
    public var billingDetails: BillingDetails
    public var description: String?
    public var metadata: Metadata
    public var receiptEmail: String?
    public var shipping: Shipping?
    public var statementDescriptor: String?
    public var statementDescriptorSuffix: String?
    /// What the cardholder's statement shows.
    public var calculatedStatementDescriptor: String
    public var transferGroup: String?
    public var balanceTransaction: BalanceTransactionID?
    public var failure: PaymentFailure?
    /// True when the method was made for this attempt and can be used for nothing else: a decline gives it back.
    public var spentItsMethod = false
    public var outcome: ChargeOutcome?
    public var network: NetworkAttempt
    /// The merchant's own judgement: `user_report` → `safe` or `fraudulent`.
    public var fraudDetails: Metadata = Metadata()

    public init(
        merchant: MerchantKey, id: ChargeID, createdAt: Timestamp, amount: Money, paymentIntent: PaymentIntentID,
        paymentMethod: PaymentMethod, network: NetworkAttempt, calculatedStatementDescriptor: String
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.amount = amount
        self.paymentIntent = paymentIntent
        self.paymentMethod = paymentMethod.id
        card = paymentMethod.card
        billingDetails = paymentMethod.billingDetails
        self.network = network
        self.calculatedStatementDescriptor = calculatedStatementDescriptor
        metadata = Metadata()
    }

    /// Minor units that may still be refunded.
    public var amountRefundable: Int64 { amountCaptured - amountRefunded }

    public static let kind = "charge"
    public static let table = entityTable(
        "charge",
        queried: [
            .text("customer").nullable, .text("status"), .integer("amount"), .text("currency"),
            .integer("unresolved_since").nullable, .text("transfer_group").nullable,
        ],
        isAppended: true,
        indexes: [
            Table.Index(["merchant", "customer", "id"], whereNotNull: "customer"),
            Table.Index(["merchant", "unresolved_since", "id"], whereNotNull: "unresolved_since"),
            Table.Index(["merchant", "transfer_group", "id"], whereNotNull: "transfer_group"),
        ])
    public var idText: String { id.text }
    public var queried: [SQLValue] {
        [
            SQLValue(customer?.text), .text(status.rawValue), .integer(amount.amount),
            .text(amount.currency.lowercased),
            status == .pending ? .integer(network.reference.transmittedAt.milliseconds) : .null,
            SQLValue(transferGroup),
        ]
    }
}

/// How a charge came out, for the merchant to read.
public struct ChargeOutcome: Hashable, Sendable {
    /// `authorized`, `issuer_declined`, `blocked`, `invalid` or `manual_review`.
    public var type: String
    /// `approved_by_network`, `declined_by_network`, `not_sent_to_network` or `reversed_after_approval`.
    public var networkStatus: String
    public var reason: String?
    /// `normal`, `elevated` or `highest`.
    public var riskLevel: String
    /// 0…99.
    public var riskScore: Int64
    public var sellerMessage: String
    public var adviceCode: String?
    public var networkDeclineCode: String?

    public init(
        type: String, networkStatus: String, reason: String?, riskLevel: String, riskScore: Int64,
        sellerMessage: String, adviceCode: String?, networkDeclineCode: String?
    ) {
        self.type = type
        self.networkStatus = networkStatus
        self.reason = reason
        self.riskLevel = riskLevel
        self.riskScore = riskScore
        self.sellerMessage = sellerMessage
        self.adviceCode = adviceCode
        self.networkDeclineCode = networkDeclineCode
    }
}

/// What is known of an attempt at the network: enough to repeat it, refer to it or reverse it after a crash.
public struct NetworkAttempt: Hashable, Sendable {
    public var operation: CardRequest.Operation
    public var reference: NetworkReference
    /// True for a stored credential.
    public var isOnFile: Bool
    public var approvalCode: String?
    public var networkTransactionID: String?
    /// The idempotency key of the request that made the attempt, so that its answer can be told after a crash.
    public var idempotencyKey: String?
    /// The process that began the attempt. While it lives, the attempt is its own to finish.
    public var keeper: String?

    public init(
        operation: CardRequest.Operation, reference: NetworkReference, isOnFile: Bool, idempotencyKey: String?,
        keeper: String? = nil
    ) {
        self.keeper = keeper
        self.operation = operation
        self.reference = reference
        self.isOnFile = isOnFile
        self.idempotencyKey = idempotencyKey
    }
}

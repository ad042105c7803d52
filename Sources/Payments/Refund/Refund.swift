public import Core
public import Money
public import Storage

/// Money given back to the cardholder, out of what a charge captured.
public struct Refund: Entity, Hashable {
    public enum Status: String, Sendable { case pending, succeeded, failed, canceled }

    public var merchant: MerchantKey
    public var id: RefundID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var status: Status
    public var amount: Money
    public var charge: ChargeID
    public var paymentIntent: PaymentIntentID
    public var hidesIntent = false
    /// `duplicate`, `fraudulent`, `requested_by_customer` or nil.
    public var reason: String?
    public var metadata: Metadata
    public var balanceTransaction: BalanceTransactionID?
    public var failureBalanceTransaction: BalanceTransactionID?
    public var failureReason: String?
    public var reference: NetworkReference

    public init(
        merchant: MerchantKey, id: RefundID, createdAt: Timestamp, status: Status, amount: Money, charge: ChargeID,
        paymentIntent: PaymentIntentID, reason: String?, metadata: Metadata, reference: NetworkReference
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.status = status
        self.amount = amount
        self.charge = charge
        self.paymentIntent = paymentIntent
        self.reason = reason
        self.metadata = metadata
        self.reference = reference
    }

    public static let kind = "refund"
    public static let table = entityTable(
        "refund", queried: [.text("charge"), .text("payment_intent"), .text("reference")],
        indexes: [
            Table.Index(["merchant", "charge", "id"]), Table.Index(["merchant", "payment_intent", "id"]),
            Table.Index(["reference"]),
        ])
    public var idText: String { id.text }
    public var queried: [SQLValue] {
        [.text(charge.text), .text(paymentIntent.text), .text(reference.retrievalReference)]
    }

    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.field("status", status.rawValue)
        json.field("amount", amount.amount)
        json.field("currency", amount.currency.lowercased)
        json.field("charge", charge.text)
        json.field("intent", paymentIntent.text)
        json.some("hides_intent", hidesIntent)
        json.some("reason", reason)
        metadata.encode("metadata", into: &json)
        json.some("balance_transaction", balanceTransaction?.text)
        json.some("failure_balance_transaction", failureBalanceTransaction?.text)
        json.some("failure_reason", failureReason)
        json.object("reference") { reference.encode(into: &$0) }
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = RefundID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        status = try document.choice("status")
        amount = try document.money("amount", currency: "currency")
        charge = ChargeID(try document.text("charge"))
        paymentIntent = PaymentIntentID(try document.text("intent"))
        hidesIntent = document.bool("hides_intent")
        reason = document.optionalText("reason")
        metadata = Metadata(document, "metadata")
        balanceTransaction = document.optionalText("balance_transaction").map { BalanceTransactionID($0) }
        failureBalanceTransaction = document.optionalText("failure_balance_transaction").map {
            BalanceTransactionID($0)
        }
        failureReason = document.optionalText("failure_reason")
        reference = try NetworkReference(document.part("reference"))
    }
}

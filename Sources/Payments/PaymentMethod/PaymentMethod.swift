public import Core
public import Storage

/// A card that can be paid with, once or, when attached to a customer, again.
public struct PaymentMethod: Entity, Hashable {
    public var merchant: MerchantKey
    public var id: PaymentMethodID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var customer: CustomerID?
    public var card: Card
    public var billingDetails: BillingDetails
    public var metadata: Metadata
    /// `always`, `limited` or `unspecified`.
    public var allowRedisplay: String
    /// True once it was detached, or used without a customer: it cannot be used again.
    public var isSpent = false

    public init(
        merchant: MerchantKey, id: PaymentMethodID, createdAt: Timestamp, customer: CustomerID?, card: Card,
        billingDetails: BillingDetails, metadata: Metadata, allowRedisplay: String
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.customer = customer
        self.card = card
        self.billingDetails = billingDetails
        self.metadata = metadata
        self.allowRedisplay = allowRedisplay
    }

    public static let kind = "payment_method"
    public static let table = entityTable(
        "payment_method", queried: [.text("customer").nullable],
        indexes: [Table.Index(["merchant", "customer", "id"], whereNotNull: "customer")])

    public var idText: String { id.text }
    public var queried: [SQLValue] { [SQLValue(customer?.text)] }

    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.some("customer", customer?.text)
        card.encode("card", into: &json)
        billingDetails.encode("billing", into: &json)
        metadata.encode("metadata", into: &json)
        json.field("redisplay", allowRedisplay)
        json.some("spent", isSpent)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = PaymentMethodID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        customer = document.optionalText("customer").map { CustomerID($0) }
        card = try Card(document.part("card"))
        billingDetails = BillingDetails(document.part("billing"))
        metadata = Metadata(document, "metadata")
        allowRedisplay = try document.text("redisplay")
        isSpent = document.bool("spent")
    }
}

public import Core
public import Storage

/// Someone who pays a merchant more than once.
public struct Customer: Entity, Hashable {
    public var merchant: MerchantKey
    public var id: CustomerID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var name: String?
    public var email: String?
    public var phone: String?
    public var description: String?
    public var address: Address?
    public var shipping: Shipping?
    public var metadata: Metadata
    public var preferredLocales: [String] = []
    /// `none`, `exempt` or `reverse`.
    public var taxExempt = "none"
    /// Prefix of the customer's invoice numbers, 3…12 upper-case letters or digits.
    public var invoicePrefix: String
    public var nextInvoiceSequence: Int64 = 1
    public var defaultPaymentMethod: PaymentMethodID?
    /// A deleted customer still reads, as deleted, and leaves the lists.
    public var isDeleted = false

    public init(merchant: MerchantKey, id: CustomerID, createdAt: Timestamp, invoicePrefix: String) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.invoicePrefix = invoicePrefix
        metadata = Metadata()
    }

    public static let kind = "customer"
    public static let table = entityTable(
        "customer", queried: [.text("email").nullable, .integer("deleted")],
        indexes: [Table.Index(["merchant", "email", "id"], whereNotNull: "email")])
    public var idText: String { id.text }
    public var queried: [SQLValue] { [SQLValue(email), SQLValue(isDeleted)] }

    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.some("name", name)
        json.some("email", email)
        json.some("phone", phone)
        json.some("description", description)
        address?.encode("address", into: &json)
        shipping?.encode("shipping", into: &json)
        metadata.encode("metadata", into: &json)
        json.someTexts("locales", preferredLocales)
        json.field("tax_exempt", taxExempt)
        json.field("invoice_prefix", invoicePrefix)
        json.field("next_invoice", nextInvoiceSequence)
        json.some("default_payment_method", defaultPaymentMethod?.text)
        json.some("deleted", isDeleted)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = CustomerID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        name = document.optionalText("name")
        email = document.optionalText("email")
        phone = document.optionalText("phone")
        description = document.optionalText("description")
        address = document.part("address").map { Address($0) }
        shipping = Shipping(document.part("shipping"))
        metadata = Metadata(document, "metadata")
        preferredLocales = document.texts("locales")
        taxExempt = try document.text("tax_exempt")
        invoicePrefix = try document.text("invoice_prefix")
        nextInvoiceSequence = document.integer("next_invoice")
        defaultPaymentMethod = document.optionalText("default_payment_method").map { PaymentMethodID($0) }
        isDeleted = document.bool("deleted")
    }
}

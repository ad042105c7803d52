public import Core
public import Money
public import Storage

/// A message that the network must receive, sooner or later: a capture, a refund or a reversal.
///
/// It is a row of the Change that decided it, sent until it is answered, and removed then (store and forward).
public struct NetworkAdvice: Entity, Hashable {
    public var merchant: MerchantKey
    /// The object it is for: `ch_…` or `re_…`, with the operation: `ch_1:capture`.
    public var idText: String
    public var version: Int64 = 1
    public var operation: CardRequest.Operation
    public var reference: NetworkReference
    /// What it refers to.
    public var charge: ChargeID
    /// With a refund.
    public var refund: RefundID?
    public var amount: Money
    /// When it is to be tried next.
    public var dueAt: Timestamp
    /// Tries so far, the one under way included; from the second on the message is marked as a repeat.
    public var attempts: Int64 = 0

    public init(
        merchant: MerchantKey, operation: CardRequest.Operation, reference: NetworkReference, charge: ChargeID,
        refund: RefundID?, amount: Money, dueAt: Timestamp
    ) {
        self.merchant = merchant
        self.operation = operation
        self.reference = reference
        self.charge = charge
        self.refund = refund
        self.amount = amount
        self.dueAt = dueAt
        idText = "\(refund?.text ?? charge.text):\(operation.rawValue):\(reference.retrievalReference)"
    }

    public static let kind = "network_advice"
    public static let table = entityTable(
        "network_advice", queried: [.integer("due_at")], indexes: [Table.Index(["merchant", "due_at", "id"])])
    public var queried: [SQLValue] { [.integer(dueAt.milliseconds)] }

    public func encode(into json: inout JSONWriter) {
        json.field("operation", operation.rawValue)
        json.object("reference") { reference.encode(into: &$0) }
        json.field("charge", charge.text)
        json.some("refund", refund?.text)
        json.field("amount", amount.amount)
        json.field("currency", amount.currency.lowercased)
        json.field("due_at", dueAt.milliseconds)
        json.field("attempts", attempts)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.init(
            merchant: merchant, operation: try document.choice("operation"),
            reference: try NetworkReference(document.part("reference")), charge: ChargeID(try document.text("charge")),
            refund: document.optionalText("refund").map { RefundID($0) },
            amount: try document.money("amount", currency: "currency"),
            dueAt: Timestamp(milliseconds: document.integer("due_at")))
        self.version = version
        attempts = document.integer("attempts")
    }
}

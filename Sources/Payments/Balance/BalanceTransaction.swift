public import Core
public import Money
public import Storage

/// One line of a merchant's balance: what an object brought in or took out, and the fees on it. Never changes.
///
/// Over all of a merchant's lines in a currency, the sum of `net` is what is pending and available.
public struct BalanceTransaction: Entity, Hashable {
    /// The kinds of lines, with the names reports use.
    public enum Kind: String, Sendable {
        case charge
        case refund
        case refundFailure = "refund_failure"

        /// The category reports group it under.
        public var reportingCategory: String { rawValue }
    }

    public struct FeeDetail: Hashable, Sendable {
        /// Minor units.
        public var amount: Int64
        /// `stripe_fee` at the API: the platform's processing fee.
        public var type: String
        public var description: String

        public init(amount: Int64, type: String, description: String) {
            self.amount = amount
            self.type = type
            self.description = description
        }
    }

    public var merchant: MerchantKey
    public var id: BalanceTransactionID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var type: Kind
    /// Gross, negative for what leaves the balance.
    public var amount: Money
    public var feeDetails: [FeeDetail]
    /// When the net becomes available for payout; pending before.
    public var availableOn: Timestamp
    public var description: String?
    /// The object it is for: `ch_…`, `re_…`.
    public var source: String

    public init(
        merchant: MerchantKey, id: BalanceTransactionID, createdAt: Timestamp, type: Kind, amount: Money,
        feeDetails: [FeeDetail], availableOn: Timestamp, description: String?, source: String
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.type = type
        self.amount = amount
        self.feeDetails = feeDetails
        self.availableOn = availableOn
        self.description = description
        self.source = source
    }

    /// Minor units.
    public var fee: Int64 { feeDetails.reduce(0) { $0 + $1.amount } }
    /// `amount − fee`, minor units.
    public var net: Int64 { amount.amount - fee }

    public static let kind = "balance_transaction"
    public static let table = entityTable(
        "balance_transaction", queried: [.text("type"), .text("currency")], indexes: [])
    public var idText: String { id.text }
    public var queried: [SQLValue] { [.text(type.rawValue), .text(amount.currency.lowercased)] }

    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.field("type", type.rawValue)
        json.field("amount", amount.amount)
        json.field("currency", amount.currency.lowercased)
        json.array("fees") { json in
            for detail in feeDetails {
                json.object { json in
                    json.field("amount", detail.amount)
                    json.field("type", detail.type)
                    json.field("description", detail.description)
                }
            }
        }
        json.field("available_on", availableOn.milliseconds)
        json.some("description", description)
        json.field("source", source)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = BalanceTransactionID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        type = try document.choice("type")
        amount = try document.money("amount", currency: "currency")
        var details: [FeeDetail] = []
        for part in document.parts("fees") {
            details.append(
                FeeDetail(
                    amount: part.integer("amount"), type: try part.text("type"),
                    description: try part.text("description")))
        }
        feeDetails = details
        availableOn = Timestamp(milliseconds: document.integer("available_on"))
        description = document.optionalText("description")
        source = try document.text("source")
    }
}

public import Core
public import Money
public import Storage

/// A merchant in one mode: who is paid, and on what terms.
public struct Merchant: Entity, Hashable {
    public var merchant: MerchantKey
    public var version: Int64 = 1
    public var account: AccountID
    public var createdAt: Timestamp
    public var isLive: Bool
    public var businessName: String
    public var email: String
    public var city: String
    /// ISO 3166 alpha-2.
    public var country: String
    public var defaultCurrency: Currency
    /// ISO 18245, four digits.
    public var categoryCode: String
    /// What statements show when a payment says nothing else: 5…22 characters.
    public var statementDescriptor: String
    public var fees: FeeSchedule
    /// Days from a charge until its funds are available.
    public var settlementDelayDays: Int64
    /// The version that events are rendered at.
    public var apiVersion: String

    public init(
        merchant: MerchantKey, account: AccountID, createdAt: Timestamp, isLive: Bool, businessName: String,
        email: String, city: String, country: String, defaultCurrency: Currency, categoryCode: String,
        statementDescriptor: String, fees: FeeSchedule, settlementDelayDays: Int64, apiVersion: String
    ) {
        self.merchant = merchant
        self.account = account
        self.createdAt = createdAt
        self.isLive = isLive
        self.businessName = businessName
        self.email = email
        self.city = city
        self.country = country
        self.defaultCurrency = defaultCurrency
        self.categoryCode = categoryCode
        self.statementDescriptor = statementDescriptor
        self.fees = fees
        self.settlementDelayDays = settlementDelayDays
        self.apiVersion = apiVersion
    }

    public static let kind = "account"
    public static let table = entityTable("merchant", queried: [], indexes: [])
    public var idText: String { account.text }
    public var queried: [SQLValue] { [] }

    /// How the network names this merchant.
    public var acceptor: CardAcceptor {
        CardAcceptor(
            merchantIdentifier: String(account.text.dropFirst("acct_".count).suffix(15)), name: statementDescriptor,
            city: city, country: country, categoryCode: categoryCode)
    }

    public func encode(into json: inout JSONWriter) {
        json.field("account", account.text)
        json.field("created", createdAt.milliseconds)
        json.some("live", isLive)
        json.field("business_name", businessName)
        json.field("email", email)
        json.field("city", city)
        json.field("country", country)
        json.field("currency", defaultCurrency.lowercased)
        json.field("category", categoryCode)
        json.field("descriptor", statementDescriptor)
        fees.encode("fees", into: &json)
        json.field("delay_days", settlementDelayDays)
        json.field("api_version", apiVersion)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        account = AccountID(try document.text("account"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        isLive = document.bool("live")
        businessName = try document.text("business_name")
        email = try document.text("email")
        city = try document.text("city")
        country = try document.text("country")
        guard let currency = Currency(code: try document.text("currency")) else {
            throw DocumentError(field: "currency")
        }
        defaultCurrency = currency
        categoryCode = try document.text("category")
        statementDescriptor = try document.text("descriptor")
        fees = try FeeSchedule(document.part("fees"))
        settlementDelayDays = document.integer("delay_days")
        apiVersion = try document.text("api_version")
    }
}

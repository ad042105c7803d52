public import Core
public import Storage

/// A one-time stand-in for a card, made by a client so that the number never reaches the merchant's server.
public struct CardToken: Entity, Hashable {
    public var merchant: MerchantKey
    public var id: TokenID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var cardID: CardID
    public var card: Card
    public var billingDetails: BillingDetails
    /// The address the request came from, as the API shows it.
    public var clientIP: String?
    public var isUsed = false

    public init(
        merchant: MerchantKey, id: TokenID, createdAt: Timestamp, cardID: CardID, card: Card,
        billingDetails: BillingDetails, clientIP: String?
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.cardID = cardID
        self.card = card
        self.billingDetails = billingDetails
        self.clientIP = clientIP
    }

    public static let kind = "token"
    public static let table = entityTable("card_token", queried: [], indexes: [])
    public var idText: String { id.text }
    public var queried: [SQLValue] { [] }

    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.field("card_id", cardID.text)
        card.encode("card", into: &json)
        billingDetails.encode("billing", into: &json)
        json.some("client_ip", clientIP)
        json.some("used", isUsed)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = TokenID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        cardID = CardID(try document.text("card_id"))
        card = try Card(document.part("card"))
        billingDetails = BillingDetails(document.part("billing"))
        clientIP = document.optionalText("client_ip")
        isUsed = document.bool("used")
    }
}

public import Core
public import Payments
public import Storage

/// `we_…`
public enum WebhookEndpointKind: IdentifierKind { public static let prefix = "we" }
public typealias WebhookEndpointID = Identifier<WebhookEndpointKind>

/// A URL of a merchant's that is told of events.
public struct WebhookEndpoint: Entity, Hashable {
    public var merchant: MerchantKey
    public var id: WebhookEndpointID
    public var version: Int64 = 1
    public var createdAt: Timestamp
    public var url: String
    /// Event types; `*` is all.
    public var enabledEvents: [String]
    /// `whsec_…`, the key of the signatures; answered once, on creation.
    public var secret: String
    public var description: String?
    public var metadata = Metadata()
    /// The version that its events are rendered at; nil for the account's default.
    public var apiVersion: String?
    public var isEnabled = true
    /// Events up to this number existed when it was made, and are not sent.
    public var startSequence: Int64

    public init(
        merchant: MerchantKey, id: WebhookEndpointID, createdAt: Timestamp, url: String, enabledEvents: [String],
        secret: String, startSequence: Int64
    ) {
        self.merchant = merchant
        self.id = id
        self.createdAt = createdAt
        self.url = url
        self.enabledEvents = enabledEvents
        self.secret = secret
        self.startSequence = startSequence
    }

    /// Whether it wants events of this type.
    public func wants(_ type: String) -> Bool {
        enabledEvents.contains { pattern in
            pattern == "*" || pattern == type || (pattern.hasSuffix(".*") && type.hasPrefix(pattern.dropLast()))
        }
    }

    public static let kind = "webhook_endpoint"
    public static let table = Table(
        "webhook_endpoint",
        columns: [.integer("merchant"), .text("id"), .integer("version"), .text("document")],
        keyCount: 2, indexes: [])
    public var idText: String { id.text }
    public var queried: [SQLValue] { [] }

    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.field("url", url)
        json.array("events") { json in for type in enabledEvents { json.element(type) } }
        json.field("secret", secret)
        json.field("description", description)
        metadata.encode("metadata", into: &json)
        json.field("api_version", apiVersion)
        json.field("enabled", isEnabled)
        json.field("start", startSequence)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = WebhookEndpointID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        url = try document.text("url")
        enabledEvents = document.texts("events")
        secret = try document.text("secret")
        description = document.optionalText("description")
        metadata = Metadata(document, "metadata")
        apiVersion = document.optionalText("api_version")
        isEnabled = document.bool("enabled")
        startSequence = document.integer("start")
    }
}

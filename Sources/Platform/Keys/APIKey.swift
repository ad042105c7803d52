public import Core
import Crypto
public import Storage

/// A key to the API, kept as its SHA-256: what is stored cannot be used.
public struct APIKey: Record, Hashable {
    public enum Kind: String, Sendable {
        /// `sk_…`: all of a merchant's objects.
        case secret
        /// `pk_…`: in pages and apps; makes tokens and methods, confirms with a client secret.
        case publishable
    }

    public var merchant: MerchantKey
    /// SHA-256 of the whole key.
    public var digest: [UInt8]
    public var kind: Kind
    public var createdAt: Timestamp

    public init(merchant: MerchantKey, key: String, kind: Kind, createdAt: Timestamp) {
        self.merchant = merchant
        digest = Self.digest(of: key)
        self.kind = kind
        self.createdAt = createdAt
    }

    public static func digest(of key: String) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }

    public static let table = Table(
        "api_key",
        columns: [.integer("merchant"), .blob("digest"), .text("kind"), .integer("created_at")],
        keyCount: 2, indexes: [])

    public var row: [SQLValue] {
        [.integer(merchant.value), .blob(digest), .text(kind.rawValue), .integer(createdAt.milliseconds)]
    }

    public init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        digest = try row.blob(1)
        guard let kind = Kind(rawValue: try row.text(2)) else { throw RowError(column: 2, expected: "a kind of key") }
        self.kind = kind
        createdAt = Timestamp(milliseconds: try row.integer(3))
    }
}

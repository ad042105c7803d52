import Core
import Storage

/// Whose key it is, and what for.
enum KeyOwner: Hashable, Sendable {
    /// A merchant's keys that encrypt its cards.
    case cards(MerchantKey)
    /// The installation's key that fingerprints cards. Fingerprints are compared for as long as they are kept, so it
    /// has no lifetime, and it is wrapped like the others, so that replacing the key-encryption key leaves them as they
    /// are.
    case fingerprints

    var purpose: String {
        switch self {
        case .cards: "card"
        case .fingerprints: "fingerprint"
        }
    }

    /// The merchant of the row; 0 for the installation, and told apart from a merchant 0 by the purpose.
    var merchant: MerchantKey {
        switch self {
        case .cards(let merchant): merchant
        case .fingerprints: MerchantKey(0)
        }
    }

    /// How long the key may encrypt.
    var lifetimeDays: Int64? {
        switch self {
        case .cards: VaultLimits.dataKeyLifetimeDays
        case .fingerprints: nil
        }
    }
}

/// A key as it is stored: encrypted under the key-encryption key.
struct WrappedKey: Record {
    var merchant: MerchantKey
    var purpose: String
    /// 1, 2, 3… of one owner; the highest one encrypts, the others decrypt.
    var number: Int64
    /// The key-encryption key that opens it.
    var sealedBy: String
    var wrapped: [UInt8]
    var createdAt: Timestamp

    static let table = Table(
        "vault_key",
        columns: [
            .integer("merchant"), .text("purpose"), .integer("number"), .text("sealed_by"), .blob("wrapped"),
            .integer("created_at"),
        ], keyCount: 3, indexes: [])

    init(
        owner: KeyOwner, number: Int64, sealedBy: String, wrapped: [UInt8], createdAt: Timestamp
    ) {
        merchant = owner.merchant
        purpose = owner.purpose
        self.number = number
        self.sealedBy = sealedBy
        self.wrapped = wrapped
        self.createdAt = createdAt
    }

    init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        purpose = try row.text(1)
        number = try row.integer(2)
        sealedBy = try row.text(3)
        wrapped = try row.blob(4)
        createdAt = Timestamp(milliseconds: try row.integer(5))
    }

    var key: [SQLValue] { [.integer(merchant.value), .text(purpose), .integer(number)] }

    var row: [SQLValue] {
        key + [.text(sealedBy), .blob(wrapped), .integer(createdAt.milliseconds)]
    }

    /// All keys of an owner, the newest last.
    static func all(of owner: KeyOwner, _ reader: Reader) async throws -> [WrappedKey] {
        try await reader.select(
            WrappedKey.self, where: "merchant = ? AND purpose = ?",
            [.integer(owner.merchant.value), .text(owner.purpose)], orderBy: "number",
            limit: VaultLimits.dataKeysPerOwner)
    }
}

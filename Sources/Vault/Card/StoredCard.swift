import Core
import Storage

/// A card number as it is stored: encrypted under a data key of its merchant.
///
/// Nothing else is kept here. What may be known of the card (``VaultedCard``) lies with whoever asked for the token, so
/// this table alone says neither whose cards these are nor which.
struct StoredCard: Record {
    var merchant: MerchantKey
    var token: String
    /// The data key that opens it.
    var dataKey: Int64
    /// See ``Envelope``.
    var sealed: [UInt8]
    var createdAt: Timestamp

    static let table = Table(
        "vault_card",
        columns: [
            .integer("merchant"), .text("token"), .integer("data_key"), .blob("sealed"), .integer("created_at"),
        ], keyCount: 2, indexes: [])

    init(merchant: MerchantKey, token: String, dataKey: Int64, sealed: [UInt8], createdAt: Timestamp) {
        self.merchant = merchant
        self.token = token
        self.dataKey = dataKey
        self.sealed = sealed
        self.createdAt = createdAt
    }

    init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        token = try row.text(1)
        dataKey = try row.integer(2)
        sealed = try row.blob(3)
        createdAt = Timestamp(milliseconds: try row.integer(4))
    }

    var key: [SQLValue] { [.integer(merchant.value), .text(token)] }

    var row: [SQLValue] {
        [
            .integer(merchant.value), .text(token), .integer(dataKey), .blob(sealed),
            .integer(createdAt.milliseconds),
        ]
    }

    /// What the ciphertext belongs to: it opens in this row only.
    static func context(merchant: MerchantKey, token: String, dataKey: Int64) -> SealingContext {
        SealingContext("florin vault card 1").with(merchant.value).with(token).with(dataKey)
    }

    /// Encrypts a card number into a new row.
    init(
        sealing number: CardNumber, merchant: MerchantKey, token: String, with key: DataKey, _ environment: Environment
    ) {
        let context = Self.context(merchant: merchant, token: token, dataKey: key.number)
        let sealed = number.withDigits { Envelope.seal($0, with: key.key, context: context, environment) }
        self.init(
            merchant: merchant, token: token, dataKey: key.number, sealed: sealed, createdAt: environment.now())
    }

    /// Decrypts the card number; nil when row and key do not belong together, or the row is not as it was written.
    func open(with key: DataKey) -> SecretBytes? {
        Envelope.open(
            sealed, with: key.key, context: Self.context(merchant: merchant, token: token, dataKey: dataKey))
    }
}

import Core
import Storage

/// How far an endpoint has been told of its merchant's events.
struct WebhookCursor: Record {
    var merchant: MerchantKey
    var endpoint: WebhookEndpointID
    /// Events up to this number were delivered, passed over, or wait in ``WebhookRetry``.
    var sequence: Int64

    static let table = Table(
        "webhook_cursor", columns: [.integer("merchant"), .text("endpoint"), .integer("sequence")], keyCount: 2,
        indexes: [])

    init(merchant: MerchantKey, endpoint: WebhookEndpointID, sequence: Int64) {
        self.merchant = merchant
        self.endpoint = endpoint
        self.sequence = sequence
    }

    var row: [SQLValue] { [.integer(merchant.value), .text(endpoint.text), .integer(sequence)] }

    init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        endpoint = WebhookEndpointID(try row.text(1))
        sequence = try row.integer(2)
    }
}

/// An event that an endpoint did not take, to be sent again.
struct WebhookRetry: Record {
    var merchant: MerchantKey
    var endpoint: WebhookEndpointID
    var sequence: Int64
    /// Deliveries tried so far.
    var attempts: Int64
    var dueAt: Timestamp

    static let table = Table(
        "webhook_retry",
        columns: [
            .integer("merchant"), .text("endpoint"), .integer("sequence"), .integer("attempts"), .integer("due_at"),
        ],
        keyCount: 3, indexes: [])

    init(merchant: MerchantKey, endpoint: WebhookEndpointID, sequence: Int64, attempts: Int64, dueAt: Timestamp) {
        self.merchant = merchant
        self.endpoint = endpoint
        self.sequence = sequence
        self.attempts = attempts
        self.dueAt = dueAt
    }

    var key: [SQLValue] { [.integer(merchant.value), .text(endpoint.text), .integer(sequence)] }
    var row: [SQLValue] { key + [.integer(attempts), .integer(dueAt.milliseconds)] }

    init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        endpoint = WebhookEndpointID(try row.text(1))
        sequence = try row.integer(2)
        attempts = try row.integer(3)
        dueAt = Timestamp(milliseconds: try row.integer(4))
    }
}

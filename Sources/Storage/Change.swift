public import Core
public import Ledger

/// Everything that becomes durable together, or not at all.
///
/// A decision returns a Change; the store's committer checks its requirements, books its transactions and writes it in
/// one group commit with others. A Change is a value, so a decision can be tested, simulated and explained without a
/// database.
public struct Change: Sendable {
    /// What must still hold when the Change is committed; if it does not, nothing of it happens.
    public var requires: [Requirement]
    public var writes: [Write]
    /// Moves of money in merchants' books, applied in this order.
    public var transactions: [Transaction]
    /// What the world is told.
    public var events: [EventDraft]
    /// The claim or the answer kept for a repeat of the request.
    public var idempotency: IdempotencyWrite?

    public init(
        requires: [Requirement] = [], writes: [Write] = [], transactions: [Transaction] = [],
        events: [EventDraft] = [], idempotency: IdempotencyWrite? = nil
    ) {
        self.requires = requires
        self.writes = writes
        self.transactions = transactions
        self.events = events
        self.idempotency = idempotency
    }

    /// Adds a new row.
    public mutating func insert(_ record: some Record) {
        writes.append(Write(kind: .insert, table: type(of: record).table, values: record.row))
    }

    /// Replaces the row of a record, on condition that nobody else changed it since it was read. Counts its version up.
    ///
    /// Returns the row that is written.
    @discardableResult
    public mutating func update<R: VersionedRecord>(_ record: inout R) -> [SQLValue] {
        let before = record.version
        record.version = before + 1
        let values = record.row
        let key = Array(values.prefix(R.table.keyCount))
        requires.append(.version(R.table, key: key, is: before))
        writes.append(Write(kind: .update, table: R.table, values: values))
        return values
    }

    /// Replaces the row of a record again, within the Change that inserted or updated it already.
    public mutating func updateOwn<R: Record>(_ record: R) {
        writes.append(Write(kind: .update, table: R.table, values: record.row))
    }

    /// Removes the row with this key.
    public mutating func delete(from table: Table, key: [SQLValue]) {
        precondition(key.count == table.keyCount, "\(table.name): deleting needs the whole key")
        writes.append(Write(kind: .delete, table: table, values: key))
    }

    /// Adds all of `other` after this.
    public mutating func append(_ other: Change) {
        requires += other.requires
        writes += other.writes
        transactions += other.transactions
        events += other.events
        if let theirs = other.idempotency { idempotency = theirs }
    }
}

/// What must hold for a Change to be committed.
public enum Requirement: Hashable, Sendable {
    /// No row has this primary key.
    case absent(Table, key: [SQLValue])
    /// A row has this primary key.
    case present(Table, key: [SQLValue])
    /// The row with this key exists and its `version` is this.
    case version(Table, key: [SQLValue], is: Int64)
}

/// One row to write.
public struct Write: Sendable {
    public enum Kind: Sendable {
        case insert
        /// Replaces all columns of the row with the same key; the row must exist.
        case update
        /// `values` is the key alone.
        case delete
    }

    public let kind: Kind
    public let table: Table
    public let values: [SQLValue]
}

/// An event before it has its number: the committer numbers each merchant's events without gaps.
public struct EventDraft: Sendable {
    public var merchant: MerchantKey
    /// For example `payment_intent.succeeded`.
    public var type: String
    /// The kind of object told of, for example `payment_intent`, and its stored document as it was then.
    public var objectKind: String
    public var objectID: String
    public var document: String
    /// The stored document of the object before an update; nil for anything but updates.
    public var previousDocument: String?
    public var createdAt: Timestamp
    /// The request that caused it, nil when Florin did of itself.
    public var requestID: String?
    public var idempotencyKey: String?

    public init(
        merchant: MerchantKey, type: String, objectKind: String, objectID: String, document: String,
        previousDocument: String? = nil, createdAt: Timestamp, requestID: String?, idempotencyKey: String?
    ) {
        self.merchant = merchant
        self.type = type
        self.objectKind = objectKind
        self.objectID = objectID
        self.document = document
        self.previousDocument = previousDocument
        self.createdAt = createdAt
        self.requestID = requestID
        self.idempotencyKey = idempotencyKey
    }
}

/// What a Change does to the record of its request's idempotency key.
public enum IdempotencyWrite: Sendable {
    /// The request starts: refuse the Change if the key is there already.
    case claim(IdempotencyClaim)
    /// The request that claimed the key ends with this answer.
    case answer(IdempotencyClaim, IdempotentReply)
    /// The request starts and ends in this one Change.
    case claimAndAnswer(IdempotencyClaim, IdempotentReply)

    /// The claim that must find the key free.
    var claim: IdempotencyClaim? {
        switch self {
        case .claim(let claim), .claimAndAnswer(let claim, _): claim
        case .answer: nil
        }
    }
}

/// Who holds an idempotency key, and for what.
public struct IdempotencyClaim: Sendable, Hashable {
    public var merchant: MerchantKey
    /// Up to 255 characters, the client's.
    public var key: String
    /// SHA-256 over method, path and parameters: another request under the key is refused.
    public var fingerprint: [UInt8]
    public var requestID: String
    public var createdAt: Timestamp
    /// The object the request works on, so that an answer can be given after a crash: `pi_…`.
    public var objectID: String?

    public init(
        merchant: MerchantKey, key: String, fingerprint: [UInt8], requestID: String, createdAt: Timestamp,
        objectID: String?
    ) {
        self.merchant = merchant
        self.key = key
        self.fingerprint = fingerprint
        self.requestID = requestID
        self.createdAt = createdAt
        self.objectID = objectID
    }
}

/// The answer that a repeat of a request gets, byte for byte.
public struct IdempotentReply: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// What a committed Change became.
public struct Receipt: Sendable {
    /// The ledger transactions as they were booked, in the order of the Change.
    public let transactions: [RecordedTransaction]
}

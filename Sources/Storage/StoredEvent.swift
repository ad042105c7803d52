public import Core

/// An event as it was committed: numbered without gaps for its merchant, and never changed.
public struct StoredEvent: Record, Hashable {
    public let merchant: MerchantKey
    /// 1, 2, 3 … for each merchant.
    public let sequence: Int64
    /// `evt_` and 25 base-62 digits, of which the first eleven are the sequence: no index is needed to find it.
    public let id: String
    public let type: String
    public let objectKind: String
    public let objectID: String
    /// The stored document of the object as it was then.
    public let document: String
    public let previousDocument: String?
    public let createdAt: Timestamp
    public let requestID: String?
    public let idempotencyKey: String?

    init(_ draft: EventDraft, sequence: Int64, random: UInt64) {
        merchant = draft.merchant
        self.sequence = sequence
        id = StoredEvent.identifier(sequence: sequence, random: random)
        type = draft.type
        objectKind = draft.objectKind
        objectID = draft.objectID
        document = draft.document
        previousDocument = draft.previousDocument
        createdAt = draft.createdAt
        requestID = draft.requestID
        idempotencyKey = draft.idempotencyKey
    }

    private static let sequenceDigits = 11

    static func identifier(sequence: Int64, random: UInt64) -> String {
        "evt_" + IdentifierText.fixedWidth(UInt64(sequence), digits: sequenceDigits)
            + IdentifierText.fixedWidth(random, digits: 10)
    }

    /// The sequence an event's id holds, nil when the text is no event id.
    public static func sequence(ofIdentifier text: String) -> Int64? {
        guard text.hasPrefix("evt_") else { return nil }
        let digits = text.dropFirst(4)
        guard digits.count == sequenceDigits + 10,
            let value = IdentifierText.value(of: digits.prefix(sequenceDigits))
        else { return nil }
        return Int64(exactly: value)
    }

    public static let table = Table(
        "event",
        columns: [
            .integer("merchant"), .integer("sequence"), .text("id"), .text("type"), .text("object_kind"),
            .text("object_id"), .text("document"), .text("previous").nullable, .integer("created_at"),
            .text("request_id").nullable, .text("idempotency_key").nullable,
        ],
        keyCount: 2, isAppended: true, indexes: [])

    public var row: [SQLValue] {
        [
            .integer(merchant.value), .integer(sequence), .text(id), .text(type), .text(objectKind), .text(objectID),
            .text(document), SQLValue(previousDocument), .integer(createdAt.milliseconds), SQLValue(requestID),
            SQLValue(idempotencyKey),
        ]
    }

    public init(row: RowReader) throws {
        merchant = MerchantKey(try row.integer(0))
        sequence = try row.integer(1)
        id = try row.text(2)
        type = try row.text(3)
        objectKind = try row.text(4)
        objectID = try row.text(5)
        document = try row.text(6)
        previousDocument = try row.optionalText(7)
        createdAt = Timestamp(milliseconds: try row.integer(8))
        requestID = try row.optionalText(9)
        idempotencyKey = try row.optionalText(10)
    }
}

extension Reader {
    /// The number of a merchant's newest event, 0 when there is none.
    public func lastEventSequence(of merchant: MerchantKey) async throws -> Int64 {
        let row = try await rows("SELECT sequence FROM event_head WHERE merchant = ?", [.integer(merchant.value)]).first
        guard let row else { return 0 }
        return try RowReader(row).integer(0)
    }
}

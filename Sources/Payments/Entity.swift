public import Core
public import Storage

/// A domain object that is stored as one row: the merchant, its id, its version, the columns that are queried, and one
/// JSON document that holds everything of it.
///
/// The document alone is enough to read the object again, so an event can keep it as the object was then.
public protocol Entity: VersionedRecord {
    /// The name of the kind, in events and errors: `payment_intent`.
    static var kind: String { get }
    var merchant: MerchantKey { get }
    /// The text of its identifier.
    var idText: String { get }
    /// Values of the columns between `version` and `document`.
    var queried: [SQLValue] { get }

    /// Writes the members of the document.
    func encode(into json: inout JSONWriter)
    init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError)
}

extension Entity {
    /// Everything of it as compact JSON.
    public var document: String {
        var json = JSONWriter(style: .compact, capacity: 1_024)
        json.object { encode(into: &$0) }
        return json.text
    }

    public var row: [SQLValue] {
        var values: [SQLValue] = [.integer(merchant.value), .text(idText), .integer(version)]
        values.append(contentsOf: queried)
        values.append(.text(document))
        return values
    }

    public init(row: RowReader) throws {
        try self.init(
            merchant: MerchantKey(row.integer(0)), version: row.integer(2),
            document: DocumentReader(text: row.text(row.count - 1)))
    }

    /// The object's primary key.
    public var key: [SQLValue] { [.integer(merchant.value), .text(idText)] }

    /// The table of a kind of entity.
    static func entityTable(
        _ name: String, queried: [Table.Column], isAppended: Bool = false, indexes: [Table.Index]
    ) -> Table {
        Table(
            name, columns: [.integer("merchant"), .text("id"), .integer("version")] + queried + [.text("document")],
            keyCount: 2, isAppended: isAppended, indexes: indexes)
    }
}

/// A table, described once: its schema, its inserts and its updates on both engines are derived from this.
///
/// The merchant comes first in every primary key. There are no triggers, no foreign keys across merchants and no
/// defaults that the database computes, so the same description serves SQLite, PostgreSQL and what speaks its protocol.
public struct Table: Hashable, Sendable {
    /// A column and its type in the subset that both engines share.
    public struct Column: Hashable, Sendable {
        public enum Kind: String, Sendable { case integer, text, blob }

        public let name: String
        public let kind: Kind
        public let isNullable: Bool

        public static func integer(_ name: String) -> Column { Column(name: name, kind: .integer, isNullable: false) }
        public static func text(_ name: String) -> Column { Column(name: name, kind: .text, isNullable: false) }
        public static func blob(_ name: String) -> Column { Column(name: name, kind: .blob, isNullable: false) }

        /// The same column, allowed to hold null.
        public var nullable: Column { Column(name: name, kind: kind, isNullable: true) }
    }

    /// An index besides the primary key.
    public struct Index: Hashable, Sendable {
        public let columns: [String]
        public let isUnique: Bool
        /// Rows where this column is null are left out, so they cost nothing.
        public let whereNotNull: String?

        public init(_ columns: [String], isUnique: Bool = false, whereNotNull: String? = nil) {
            self.columns = columns
            self.isUnique = isUnique
            self.whereNotNull = whereNotNull
        }
    }

    public let name: String
    public let columns: [Column]
    /// The first `keyCount` columns are the primary key.
    public let keyCount: Int
    /// True where rows are often larger than a quarter of a page: they are put at the table's end, and the key is an
    /// index. All other tables are kept in the order of their key, in one tree.
    public let isAppended: Bool
    public let indexes: [Index]
    /// What the database itself must see to for each row, as SQL of the shared subset.
    public let check: String?

    public init(
        _ name: String, columns: [Column], keyCount: Int, isAppended: Bool = false, indexes: [Index],
        check: String? = nil
    ) {
        precondition(keyCount > 0 && keyCount <= columns.count, "\(name): the key is the first columns of the table")
        self.name = name
        self.columns = columns
        self.keyCount = keyCount
        self.isAppended = isAppended
        self.indexes = indexes
        self.check = check
    }

    /// Tables are told apart by name.
    public static func == (left: Table, right: Table) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A typed row: what a domain reads and writes.
public protocol Record: Sendable {
    static var table: Table { get }

    /// The values in the order of the table's columns.
    var row: [SQLValue] { get }

    /// Reads a row whose values come in the order of the table's columns.
    init(row: RowReader) throws
}

/// A record that changes after it was inserted. Its `version` counts the changes, from 1, and guards against lost
/// updates.
public protocol VersionedRecord: Record {
    /// The column `version` of its table, third by convention: merchant, id, version.
    var version: Int64 { get set }
}

/// Reads the columns of one row in order.
public struct RowReader {
    private let values: [SQLValue]

    public init(_ values: [SQLValue]) { self.values = values }

    public var count: Int { values.count }

    public subscript(index: Int) -> SQLValue { values[index] }

    public func integer(_ index: Int) throws(RowError) -> Int64 {
        guard case .integer(let value) = values[index] else { throw RowError(column: index, expected: "an integer") }
        return value
    }

    public func text(_ index: Int) throws(RowError) -> String {
        guard case .text(let value) = values[index] else { throw RowError(column: index, expected: "text") }
        return value
    }

    public func blob(_ index: Int) throws(RowError) -> [UInt8] {
        guard case .blob(let value) = values[index] else { throw RowError(column: index, expected: "bytes") }
        return value
    }

    public func optionalInteger(_ index: Int) throws(RowError) -> Int64? {
        if case .null = values[index] { return nil }
        return try integer(index)
    }

    public func optionalText(_ index: Int) throws(RowError) -> String? {
        if case .null = values[index] { return nil }
        return try text(index)
    }
}

/// A row that does not fit its record: the database was changed by other hands or is damaged.
public struct RowError: Error, Hashable, Sendable {
    public let column: Int
    public let expected: String

    public init(column: Int, expected: String) {
        self.column = column
        self.expected = expected
    }
}

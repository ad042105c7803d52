/// The tables of a database, as the list of steps that made them.
public struct Schema: Sendable {
    /// Append only: a step that was released is never edited.
    public let migrations: [Migration]
    /// Tells schemas apart that share a PostgreSQL database.
    public let name: String

    public init(_ migrations: [Migration], name: String = "main") {
        self.migrations = migrations
        self.name = name
    }

    /// All tables, in the order in which they were made.
    public var tables: [Table] { migrations.flatMap(\.tables) }
}

/// One step of a schema, run in a transaction of its own.
public struct Migration: Sendable {
    /// Numbered and named for its reason: `1-card-payments`.
    public let name: String
    let tables: [Table]
    let statements: [String]

    /// Makes tables and then runs statements of the SQL subset that all engines share.
    public init(_ name: String, tables: [Table] = [], statements: [String] = []) {
        self.name = name
        self.tables = tables
        self.statements = statements
    }
}

extension Schema {
    /// What the store itself keeps: events, idempotency and the ledger.
    public static let storeTables: [Table] = [
        StoredEvent.table, EventHead.table, StoredClaim.table, StoredAnswer.table, LedgerTables.account,
        LedgerTables.head, LedgerTables.transaction, LedgerTables.posting,
    ]
}

/// What SQLite and PostgreSQL name differently.
enum Dialect {
    case sqlite, postgres

    func type(_ kind: Table.Column.Kind) -> String {
        switch (self, kind) {
        case (.sqlite, .integer): "INTEGER"
        case (.sqlite, .text): "TEXT"
        case (.sqlite, .blob): "BLOB"
        case (.postgres, .integer): "bigint"
        // Texts are compared byte for byte, as SQLite does, whatever the database's language.
        case (.postgres, .text): "text COLLATE \"C\""
        case (.postgres, .blob): "bytea"
        }
    }
}

/// SQL derived from a table's description.
enum TableSQL {
    static func create(_ table: Table, on dialect: Dialect) -> [String] {
        var lines = table.columns.map { column in
            "\(column.name) \(dialect.type(column.kind))\(column.isNullable ? "" : " NOT NULL")"
        }
        let key = table.columns.prefix(table.keyCount).map(\.name).joined(separator: ", ")
        lines.append("PRIMARY KEY (\(key))")
        if let check = table.check { lines.append("CHECK (\(check))") }
        let suffix = dialect == .sqlite && !table.isAppended ? " WITHOUT ROWID" : ""
        var statements = [
            "CREATE TABLE \(table.name) (\n  \(lines.joined(separator: ",\n  "))\n)\(suffix)"
        ]
        for index in table.indexes {
            let named = index.columns.filter { $0 != table.columns[0].name }
            let name = "\(table.name)_by_\(named.joined(separator: "_"))"
            let filter = index.whereNotNull.map { " WHERE \($0) IS NOT NULL" } ?? ""
            statements.append(
                "CREATE \(index.isUnique ? "UNIQUE " : "")INDEX \(name) ON \(table.name) "
                    + "(\(index.columns.joined(separator: ", ")))\(filter)")
        }
        return statements
    }

    static func insert(_ table: Table) -> String {
        let names = table.columns.map(\.name).joined(separator: ", ")
        let marks = Array(repeating: "?", count: table.columns.count).joined(separator: ", ")
        return "INSERT INTO \(table.name) (\(names)) VALUES (\(marks))"
    }

    /// Arguments: the columns behind the key, then the key.
    static func update(_ table: Table) -> String {
        let changes = table.columns.dropFirst(table.keyCount).map { "\($0.name) = ?" }.joined(separator: ", ")
        return "UPDATE \(table.name) SET \(changes) WHERE \(keyCondition(table))"
    }

    static func upsert(_ table: Table) -> String {
        insert(table) + replacing(table)
    }

    /// What makes an insert replace the row that has its key already.
    static func replacing(_ table: Table) -> String {
        let key = table.columns.prefix(table.keyCount).map(\.name).joined(separator: ", ")
        let changes = table.columns.dropFirst(table.keyCount)
            .map { "\($0.name) = excluded.\($0.name)" }.joined(separator: ", ")
        return " ON CONFLICT (\(key)) DO UPDATE SET \(changes)"
    }

    static func delete(_ table: Table) -> String { "DELETE FROM \(table.name) WHERE \(keyCondition(table))" }

    static func version(_ table: Table) -> String { "SELECT version FROM \(table.name) WHERE \(keyCondition(table))" }

    static func exists(_ table: Table) -> String { "SELECT 1 FROM \(table.name) WHERE \(keyCondition(table))" }

    static func select(_ table: Table) -> String {
        "SELECT \(table.columns.map(\.name).joined(separator: ", ")) FROM \(table.name)"
    }

    static func keyCondition(_ table: Table) -> String {
        table.columns.prefix(table.keyCount).map { "\($0.name) = ?" }.joined(separator: " AND ")
    }
}

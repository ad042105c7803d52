/// SQL for PostgreSQL: many rows in one statement, as arrays, and the shared subset's `?` as `$1`.
enum PostgresSQL {
    /// Numbers the marks of a statement of the shared subset: `?` becomes `$1`, `?2` becomes `$2`.
    ///
    /// The subset has no question mark in a literal.
    static func numbered(_ sql: String) -> String {
        guard sql.utf8.contains(UInt8(ascii: "?")) else { return sql }
        var text = ""
        text.reserveCapacity(sql.utf8.count + 8)
        var count = 0
        var characters = Substring(sql)
        while let mark = characters.firstIndex(of: "?") {
            text += characters[..<mark] + "$"
            characters = characters[characters.index(after: mark)...]
            if characters.first?.isNumber != true {
                count += 1
                text += String(count)
            }
        }
        return text + characters
    }

    static func insert(_ table: Table) -> String {
        "INSERT INTO \(table.name) (\(names(table.columns))) SELECT * FROM \(unnest(table.columns))"
    }

    static func insertUnlessThere(_ table: Table) -> String {
        insert(table) + " ON CONFLICT (\(key(table))) DO NOTHING"
    }

    static func upsert(_ table: Table) -> String { insert(table) + TableSQL.replacing(table) }

    static func delete(_ table: Table) -> String {
        "DELETE FROM \(table.name) t USING \(unnest(table.keyColumns)) AS n (\(key(table))) WHERE \(keysMatch(table))"
    }

    /// The rows with these keys: all columns.
    static func select(_ table: Table) -> String { find(table, table.columns) }

    /// The keys of these that exist, each with its version where the table has one.
    static func state(_ table: Table) -> String {
        find(table, table.keyColumns + table.columns.filter { $0.name == "version" })
    }

    private static func find(_ table: Table, _ columns: some Collection<Table.Column>) -> String {
        let wanted = columns.map { "t.\($0.name)" }.joined(separator: ", ")
        return "SELECT \(wanted) FROM \(unnest(table.keyColumns)) AS n (\(key(table))) "
            + "JOIN \(table.name) t ON \(keysMatch(table))"
    }

    private static func keysMatch(_ table: Table) -> String {
        table.keyColumns.map { "t.\($0.name) = n.\($0.name)" }.joined(separator: " AND ")
    }

    private static func key(_ table: Table) -> String { names(table.keyColumns) }

    private static func names(_ columns: some Collection<Table.Column>) -> String {
        columns.map(\.name).joined(separator: ", ")
    }

    private static func unnest(_ columns: some Collection<Table.Column>) -> String {
        let arrays = columns.enumerated().map { "$\($0.offset + 1)::\(array($0.element.kind))" }
        return "unnest(\(arrays.joined(separator: ", ")))"
    }

    private static func array(_ kind: Table.Column.Kind) -> String {
        switch kind {
        case .integer: "bigint[]"
        case .text: "text[]"
        case .blob: "bytea[]"
        }
    }
}

extension Table {
    var keyColumns: ArraySlice<Column> { columns.prefix(keyCount) }
}

extension PostgresStatement {
    /// A statement on many rows, whose arguments are the first columns of them, as arrays.
    init(_ sql: String, _ columns: some Collection<Table.Column>, rows: [[SQLValue]]) {
        self.init(sql)
        for (index, column) in columns.enumerated() { add(column.kind, rows, column: index) }
    }
}

/// SQL texts that are made once for each table.
struct PostgresTexts {
    enum Kind: Hashable { case insert, insertUnlessThere, upsert, delete, select, state, stateShared, stateLocked }

    private struct Key: Hashable {
        let kind: Kind
        let table: Table
    }

    private var texts: [Key: String] = [:]

    mutating func text(_ kind: Kind, _ table: Table) -> String {
        let key = Key(kind: kind, table: table)
        if let text = texts[key] { return text }
        let text =
            switch kind {
            case .insert: PostgresSQL.insert(table)
            case .insertUnlessThere: PostgresSQL.insertUnlessThere(table)
            case .upsert: PostgresSQL.upsert(table)
            case .delete: PostgresSQL.delete(table)
            case .select: PostgresSQL.select(table)
            case .state: PostgresSQL.state(table)
            case .stateShared: PostgresSQL.state(table) + " ORDER BY 1, 2 FOR SHARE OF t"
            case .stateLocked: PostgresSQL.state(table) + " ORDER BY 1, 2 FOR UPDATE OF t"
            }
        texts[key] = text
        return text
    }
}

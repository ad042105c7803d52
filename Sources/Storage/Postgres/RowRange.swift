/// Reading a table of either engine in the order of its key, a range at a time.
enum RowRange {
    /// The rows behind a key, or the first ones: at most `rowsMax` of them, and none more once they hold `bytesMax`.
    static func read(
        _ table: Table, after key: [SQLValue]?, rowsMax: Int, bytesMax: Int, from store: Store
    ) async throws -> [[SQLValue]] {
        let sql = sql(table, isFirst: key == nil)
        let arguments = (key ?? []) + [.integer(Int64(rowsMax))]
        return try await store.read { reader in
            var rows: [[SQLValue]] = []
            var bytes = 0
            do {
                try await reader.forEachRow(sql, arguments) { row in
                    rows.append(row)
                    bytes += size(row)
                    if bytes >= bytesMax { throw Enough() }
                }
            } catch is Enough {}
            return rows
        }
    }

    /// Ends a query before its last row.
    private struct Enough: Error {}

    private static func size(_ row: [SQLValue]) -> Int {
        row.reduce(0) { sum, value in
            switch value {
            case .null: sum
            case .integer: sum + 8
            case .text(let text): sum + text.utf8.count
            case .blob(let blob): sum + blob.count
            }
        }
    }

    private static func sql(_ table: Table, isFirst: Bool) -> String {
        let marks = Array(repeating: "?", count: table.keyCount).joined(separator: ", ")
        let condition = isFirst ? "" : " WHERE (\(key(table))) > (\(marks))"
        return TableSQL.select(table) + condition + " ORDER BY \(key(table)) LIMIT ?"
    }

    /// All rows of a table, in the order of its key.
    static func all(_ table: Table) -> String { TableSQL.select(table) + " ORDER BY \(key(table))" }

    /// The key of the last row.
    static func last(_ table: Table) -> String {
        let order = table.keyColumns.map { "\($0.name) DESC" }.joined(separator: ", ")
        return "SELECT \(key(table)) FROM \(table.name) ORDER BY \(order) LIMIT 1"
    }

    private static func key(_ table: Table) -> String { table.keyColumns.map(\.name).joined(separator: ", ") }
}

/// The rows in which a PostgreSQL database remembers what was imported into it.
///
/// A schema has one row with an empty name for its whole import, and one for each of its tables. The row of a table
/// changes in the transaction that copies rows into it, so the two never disagree, however either process ends.
enum ImportRecord {
    static let table = Table(
        "florin_import",
        columns: [
            .text("schema"), .text("name"), .text("import_id"), .text("stamp"), .integer("row_count"),
            .integer("is_finished"),
        ],
        keyCount: 2, indexes: [])

    static var create: PostgresStatement {
        let text = TableSQL.create(table, on: .postgres)[0]
        return PostgresStatement(
            text.replacing("CREATE TABLE", with: "CREATE TABLE IF NOT EXISTS"), isPrepared: false)
    }

    /// All rows of a schema: name, import, stamp, rows, whether it is finished.
    static func all(of schema: String) -> PostgresStatement {
        PostgresStatement(
            "SELECT name, import_id, stamp, row_count, is_finished FROM florin_import WHERE schema = $1",
            [.text(schema)])
    }

    static func insert(schema: String, name: String, id: String, stamp: String) -> PostgresStatement {
        PostgresStatement(
            PostgresSQL.insert(table), table.columns,
            rows: [[.text(schema), .text(name), .text(id), .text(stamp), .integer(0), .integer(0)]])
    }

    /// How many rows of a table are there; nobody else changes that until the transaction ends.
    static func lock(schema: String, name: String) -> PostgresStatement {
        PostgresStatement(
            "SELECT row_count FROM florin_import WHERE schema = $1 AND name = $2 FOR UPDATE",
            [.text(schema), .text(name)])
    }

    static func count(schema: String, name: String, rows: Int) -> PostgresStatement {
        PostgresStatement(
            "UPDATE florin_import SET row_count = $3 WHERE schema = $1 AND name = $2",
            [.text(schema), .text(name), .integer(Int64(rows))])
    }

    static func finish(schema: String, name: String) -> PostgresStatement {
        PostgresStatement(
            "UPDATE florin_import SET is_finished = 1 WHERE schema = $1 AND name = $2", [.text(schema), .text(name)])
    }

    /// Whether anything was ever imported into a database.
    static func isThere(_ connection: PostgresConnection) async throws(PostgresFailure) -> Bool {
        let question = PostgresStatement(
            "SELECT 1 WHERE to_regclass('florin_import') IS NOT NULL", isPrepared: false)
        return try await !connection.run([question])[0].rows.isEmpty
    }

    /// Refuses a database into which an import was begun and not finished.
    static func refuseUnfinished(_ connection: PostgresConnection, _ address: PostgresAddress) async throws {
        guard try await isThere(connection) else { return }
        let unfinished = PostgresStatement(
            "SELECT 1 FROM florin_import WHERE name = '' AND is_finished = 0 LIMIT 1", isPrepared: false)
        guard try await connection.run([unfinished])[0].rows.isEmpty else {
            throw StoreError.importUnfinished(server: address.description)
        }
    }
}

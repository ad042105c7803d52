public import Core

/// Reads one consistent snapshot of the database.
///
/// SQL that other rooms hand to it keeps to the subset that all engines share, with `?` or `?1` for each argument.
public struct Reader: Sendable {
    let session: any ReadSession

    /// The record with this primary key, nil when there is none.
    public func first<R: Record>(_ type: R.Type, key: [SQLValue]) async throws -> R? {
        precondition(key.count == R.table.keyCount, "\(R.table.name): reading needs the whole key")
        let sql = TableSQL.select(R.table) + " WHERE " + TableSQL.keyCondition(R.table)
        return try await rows(sql, key).first.map { try R(row: RowReader($0)) }
    }

    /// Records that fulfil a condition, in an order, at most `limit` of them.
    public func select<R: Record>(
        _ type: R.Type, where condition: String, _ arguments: [SQLValue], orderBy order: String, limit: Int
    ) async throws -> [R] {
        let sql = TableSQL.select(R.table) + " WHERE \(condition) ORDER BY \(order) LIMIT ?"
        return try await rows(sql, arguments + [.integer(Int64(limit))]).map { try R(row: RowReader($0)) }
    }

    /// The rows of a query, column by column.
    public func rows(_ sql: String, _ arguments: [SQLValue]) async throws -> [[SQLValue]] {
        try await session.rows(sql, arguments)
    }

    /// Hands each row to `body` as it is read, so a long result needs no memory.
    public func forEachRow(
        _ sql: String, _ arguments: [SQLValue], _ body: ([SQLValue]) throws -> Void
    ) async throws {
        try await session.forEachRow(sql, arguments, body)
    }

    /// The time by the clock that all processes on this database share: PostgreSQL's own; with SQLite the process's.
    public func sharedTime() async throws -> Timestamp { try await session.sharedTime() }
}

extension Reader {
    /// What the database finds wrong with its own files; nothing where it is the server's to look.
    public func damage() async throws -> [String] { try await session.damage() }
}

/// An engine's side of a ``Reader``: one snapshot, used by one task at a time.
protocol ReadSession: Sendable {
    func rows(_ sql: String, _ arguments: [SQLValue]) async throws -> [[SQLValue]]
    func forEachRow(_ sql: String, _ arguments: [SQLValue], _ body: ([SQLValue]) throws -> Void) async throws
    func sharedTime() async throws -> Timestamp
    func damage() async throws -> [String]
}

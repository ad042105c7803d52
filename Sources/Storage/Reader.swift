import Foundation
import GRDB

/// Reads one consistent snapshot of the database.
public struct Reader {
    let database: Database

    /// The record with this primary key, nil when there is none.
    public func first<R: Record>(_ type: R.Type, key: [SQLValue]) throws -> R? {
        precondition(key.count == R.table.keyCount, "\(R.table.name): reading needs the whole key")
        let sql = TableSQL.select(R.table) + " WHERE " + TableSQL.keyCondition(R.table)
        return try rows(sql, key).first.map { try R(row: RowReader($0)) }
    }

    /// Records that fulfil a condition, in an order, at most `limit` of them.
    ///
    /// `condition` and `order` are SQL of the subset all engines share, with `?` for each argument.
    public func select<R: Record>(
        _ type: R.Type, where condition: String, _ arguments: [SQLValue], orderBy order: String, limit: Int
    ) throws -> [R] {
        let sql = TableSQL.select(R.table) + " WHERE \(condition) ORDER BY \(order) LIMIT ?"
        return try rows(sql, arguments + [.integer(Int64(limit))]).map { try R(row: RowReader($0)) }
    }

    /// The rows of a query, column by column.
    public func rows(_ sql: String, _ arguments: [SQLValue]) throws -> [[SQLValue]] {
        var result: [[SQLValue]] = []
        try forEachRow(sql, arguments) { result.append($0) }
        return result
    }

    /// Hands each row to `body` as it is read, so a long result needs no memory.
    public func forEachRow(_ sql: String, _ arguments: [SQLValue], _ body: ([SQLValue]) throws -> Void) throws {
        let statement = try database.cachedStatement(sql: sql)
        try statement.setArguments(StatementArguments(arguments.map(\.databaseValue)))
        let cursor = try Row.fetchCursor(statement)
        while try cursor.next() != nil { try body(SQLiteStatement.row(of: statement.sqliteStatement)) }
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}

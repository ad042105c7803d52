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
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
        while let row = try cursor.next() {
            try body(row.databaseValues.map(SQLValue.init(_:)))
        }
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

    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .integer(Int64(value))
        case .string(let value): self = .text(value)
        case .blob(let value): self = .blob(Array(value))
        }
    }
}

import Core
import Foundation
import Testing

@testable import Storage

/// The PostgreSQL server that tests put their stores on: where `FLORIN_TEST_DATABASE` leads. `Tests/with-postgres` sets
/// it; without it they use SQLite's files.
///
/// Each test has a schema of its own, as it has a folder of its own with SQLite.
enum TestDatabase {
    /// An address without parameters, of a user who may do everything.
    static let url = ProcessInfo.processInfo.environment["FLORIN_TEST_DATABASE"] ?? ""
    static var isUsed: Bool { !url.isEmpty }

    static let filesOnly: Comment = "SQLite's files are the subject"
    static let serverOnly: Comment = "a PostgreSQL server is needed: Tests/with-postgres swift test"

    /// A name for a schema that nobody has.
    static func newSchema() -> String { "t_" + IdentifierText.random(digits: 20, .live).lowercased() }

    /// The address of a schema, which is made when it is missing; nil when tests use SQLite.
    static func address(of schema: String) async throws -> PostgresAddress? {
        guard isUsed else { return nil }
        try await run("CREATE SCHEMA IF NOT EXISTS \(schema)")
        return try PostgresAddress(url + "?options=-csearch_path%3D\(schema)")
    }

    private static let connection = Task { try await PostgresConnection.open(PostgresAddress(url)) }

    /// Runs one statement, which names the schema of what it touches.
    @discardableResult
    static func run(_ sql: String) async throws -> [[SQLValue]] {
        try await connection.value.run([PostgresStatement(sql, isPrepared: false)])[0].rows
    }

    /// The bytes of all values of a schema's tables, by table.
    static func contents(of schema: String) async throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for row in try await run("SELECT tablename FROM pg_tables WHERE schemaname = '\(schema)'") {
            let table = try RowReader(row).text(0)
            contents[table] = try await run("SELECT * FROM \(schema).\(table)").flatMap { $0.flatMap(bytes) }
        }
        return contents
    }

    private static func bytes(_ value: SQLValue) -> [UInt8] {
        switch value {
        case .null: []
        case .integer(let number): Array("\(number) ".utf8) + withUnsafeBytes(of: number.bigEndian) { Array($0) }
        case .text(let text): Array(text.utf8)
        case .blob(let blob): blob
        }
    }
}

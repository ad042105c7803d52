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

    /// The names of a schema's tables.
    static func tables(of schema: String) async throws -> [String] {
        try await run("SELECT tablename FROM pg_tables WHERE schemaname = '\(schema)' ORDER BY tablename").map { row in
            try RowReader(row).text(0)
        }
    }

    /// The tables of a schema as they are at one moment, under another name.
    static func copy(_ schema: String, to other: String) async throws {
        let session = try await PostgresConnection.open(PostgresAddress(url))
        var statements = ["CREATE SCHEMA \(other)"]
        _ = try await session.run([
            PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ"), PostgresStatement("SELECT 1"),
        ])
        for table in try await tables(of: schema) {
            statements.append("CREATE TABLE \(other).\(table) (LIKE \(schema).\(table) INCLUDING ALL)")
            statements.append("INSERT INTO \(other).\(table) SELECT * FROM \(schema).\(table)")
        }
        _ = try await session.run((statements + ["COMMIT"]).map { PostgresStatement($0, isPrepared: false) })
    }

    /// A place among the tests that use the server at the same time: it has only so many connections. Left when it is
    /// let go of.
    final class Turn: Sendable {
        private static let places = ReaderPool(Array(0..<10))
        private let place: Int

        init() async throws { place = try await Self.places.take() }

        deinit { Self.places.put(place) }
    }
}

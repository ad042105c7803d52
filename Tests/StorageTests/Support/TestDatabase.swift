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

    /// The address of a schema, which is made when it is missing. Parameters: `&connect_timeout=1`; options of the
    /// session: `-cstatement_timeout=100`.
    static func address(
        of schema: String, parameters: String = "", options: String...
    ) async throws -> PostgresAddress {
        try await run("CREATE SCHEMA IF NOT EXISTS \(schema)")
        let all = (["-csearch_path=\(schema)"] + options).joined(separator: " ")
        let encoded = all.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return try PostgresAddress(url + "?application_name=\(schema)&options=\(encoded)\(parameters)")
    }

    private static let connection = Task { try await PostgresConnection.open(PostgresAddress(url)) }

    /// Runs one statement, which names the schema of what it touches.
    @discardableResult
    static func run(_ sql: String) async throws -> [[SQLValue]] {
        try await connection.value.run([PostgresStatement(sql, isPrepared: false)])[0].rows
    }

    /// A session of the test's own.
    static func session(_ schema: String) async throws -> PostgresConnection {
        try await PostgresConnection.open(address(of: schema))
    }

    /// Ends the sessions of a schema's stores, and returns when they are over.
    static func endSessions(of schema: String) async throws {
        let ended = try await run(
            "SELECT CAST(pid AS text), pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE application_name = '\(schema)'")
        let pids = try ended.map { try RowReader($0).text(0) }.joined(separator: ",")
        while try await !run("SELECT 1 FROM pg_stat_activity WHERE pid IN (0\(pids.isEmpty ? "" : "," + pids))").isEmpty
        {
            try Task.checkCancellation()
        }
    }

    /// A place among the tests that use the server at the same time: it has only so many connections. Left when it is
    /// let go of.
    final class Turn: Sendable {
        private static let places = ReaderPool(Array(0..<12))
        private let place: Int

        init() async throws { place = try await Self.places.take() }

        deinit { Self.places.put(place) }
    }
}

extension PostgresConnection {
    /// Runs statements one after another, and gives the rows of the last.
    @discardableResult
    func run(_ sql: String...) async throws -> [[SQLValue]] {
        try await run(sql.map { PostgresStatement($0, isPrepared: false) }).last?.rows ?? []
    }
}

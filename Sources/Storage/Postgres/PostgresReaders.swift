import Core
import Synchronization

/// The connections that read snapshots of a PostgreSQL database, always of its primary.
final class PostgresReaders: Sendable {
    /// A place for one connection; whoever took it has it alone.
    private final class Place: Sendable {
        let connection = Mutex<PostgresConnection?>(nil)
    }

    private let pool: ReaderPool<Place>
    private let address: PostgresAddress
    private let health: PostgresHealth

    init(_ address: PostgresAddress, count: Int, health: PostgresHealth) {
        self.address = address
        self.health = health
        pool = ReaderPool((0..<count).map { _ in Place() })
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        let place = try await pool.take()
        defer { pool.put(place) }
        let session = PostgresReadSession { () async throws(PostgresFailure) in try await self.connect(place) }
        do {
            let result = try await body(Reader(session: session))
            session.end()
            return result
        } catch {
            session.end()
            if session.isLost { place.connection.withLock { $0 = nil } }
            throw error
        }
    }

    private func connect(_ place: Place) async throws(PostgresFailure) -> PostgresConnection {
        if let connection = place.connection.withLock({ $0 }) { return connection }
        do throws(PostgresFailure) {
            let connection = try await PostgresConnection.open(address)
            place.connection.withLock { $0 = connection }
            health.reached()
            return connection
        } catch {
            health.failed(error)
            throw error
        }
    }

    /// Closes the connections that nobody reads with.
    func close() {
        for place in pool.close() { place.connection.withLock { $0 = nil } }
    }
}

/// One snapshot: a transaction that begins with the first query, on which all later ones see the same.
private final class PostgresReadSession: ReadSession {
    private struct State {
        var connection: PostgresConnection?
        var isLost = false
    }

    private let state = Mutex(State())
    private let connect: @Sendable () async throws(PostgresFailure) -> PostgresConnection

    init(_ connect: @escaping @Sendable () async throws(PostgresFailure) -> PostgresConnection) {
        self.connect = connect
    }

    var isLost: Bool { state.withLock { $0.isLost } }

    private static let begin = PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    private static let commit = PostgresStatement("COMMIT")

    /// Ends the transaction; the next user's statements line up behind.
    func end() { state.withLock { $0.isLost ? nil : $0.connection }?.post([Self.commit]) }

    private func run(_ statements: [PostgresStatement]) async throws(ReadError) -> PostgresRows {
        do throws(PostgresFailure) {
            if let connection = state.withLock({ $0.connection }) { return try await last(statements, connection) }
            return try await first([Self.begin] + statements)
        } catch {
            if error.endsConnection { state.withLock { $0.isLost = true } }
            throw error.endsConnection || error.invitesRetry ? .unavailable(error.sentence) : .failed(error.sentence)
        }
    }

    /// The first query. A connection that broke while nobody used it is replaced once: nothing was read yet.
    private func first(_ statements: [PostgresStatement]) async throws(PostgresFailure) -> PostgresRows {
        let connection = try await connect()
        state.withLock { $0.connection = connection }
        return try await last(statements, connection)
    }

    private func last(
        _ statements: [PostgresStatement], _ connection: PostgresConnection
    ) async throws(PostgresFailure) -> PostgresRows {
        try await connection.run(statements, withinMs: Self.answerMs).last ?? PostgresRows()
    }

    /// A long query of a report or a verification may take this, in milliseconds.
    private static let answerMs: UInt64 = 120_000

    func rows(_ sql: String, _ arguments: [SQLValue]) async throws -> [[SQLValue]] {
        try await run([PostgresStatement(PostgresSQL.numbered(sql), arguments)]).rows
    }

    private static let rowsAtOnce = 2_000

    func forEachRow(_ sql: String, _ arguments: [SQLValue], _ body: ([SQLValue]) throws -> Void) async throws {
        let fetch = PostgresStatement("FETCH \(Self.rowsAtOnce) FROM florin_rows", isPrepared: false)
        var rows = try await run([
            PostgresStatement(
                "DECLARE florin_rows NO SCROLL CURSOR FOR " + PostgresSQL.numbered(sql), arguments, isPrepared: false),
            fetch,
        ]).rows
        while true {
            for row in rows { try body(row) }
            guard rows.count == Self.rowsAtOnce else { break }
            rows = try await run([fetch]).rows
        }
        _ = try await run([PostgresStatement("CLOSE florin_rows", isPrepared: false)])
    }

    func damage() async throws -> [String] { [] }

    func sharedTime() async throws -> Timestamp {
        let rows = try await run([
            PostgresStatement("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)")
        ]).rows
        guard case .integer(let milliseconds)? = rows.first?.first else {
            throw ReadError.failed("the time is missing")
        }
        return Timestamp(milliseconds: milliseconds)
    }
}

import Core
import Synchronization

/// The connections that read snapshots of a PostgreSQL database, always of its primary.
final class PostgresReaders: Sendable {
    private let pool: ReaderPool<PostgresReadPlace>
    private let health: PostgresHealth

    init(_ address: PostgresAddress, count: Int, health: PostgresHealth) {
        self.health = health
        pool = ReaderPool((0..<count).map { _ in PostgresReadPlace(address, health) })
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        if let detail = health.end { throw ReadError.unavailable(detail) }
        let place = try await pool.take()
        defer { pool.put(place) }
        let session = PostgresReadSession(place)
        defer { session.end() }
        return try await body(Reader(session: session))
    }

    /// Closes the connections that nobody reads with.
    func close() {
        for place in pool.close() { place.drop() }
    }
}

/// A place for one connection; whoever took it from the pool has it alone.
private final class PostgresReadPlace: Sendable {
    private let connection = Mutex<PostgresConnection?>(nil)
    private let address: PostgresAddress
    private let health: PostgresHealth

    init(_ address: PostgresAddress, _ health: PostgresHealth) {
        self.address = address
        self.health = health
    }

    var known: PostgresConnection? { connection.withLock { $0 } }

    func connect() async throws(PostgresFailure) -> PostgresConnection {
        do throws(PostgresFailure) {
            let fresh = try await PostgresConnection.open(address)
            try await health.recognise(fresh)
            connection.withLock { $0 = fresh }
            health.reached()
            return fresh
        } catch {
            health.failed(error)
            throw error
        }
    }

    func drop() { connection.withLock { $0 = nil } }

    /// The connection broke.
    func lose(_ failure: PostgresFailure) {
        drop()
        health.failed(failure)
    }
}

/// One snapshot: a transaction that begins with the first query, on which all later ones see the same.
private final class PostgresReadSession: ReadSession {
    private let place: PostgresReadPlace
    /// The connection with the transaction; nil before the first query, and after the connection broke.
    private let open = Mutex<PostgresConnection?>(nil)

    init(_ place: PostgresReadPlace) { self.place = place }

    private static let begin = PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    private static let commit = PostgresStatement("COMMIT")
    /// How long the server may take to tell the time; it is asked for to learn whether it lives.
    private static let shortAnswerMs: UInt64 = 4_000
    /// How long a query may take, and one of a report or a verification, in milliseconds.
    private static let answerMs: UInt64 = 15_000
    private static let longAnswerMs: UInt64 = 120_000

    /// Ends the transaction; the next user's statements line up behind.
    func end() { open.withLock { $0 }?.post([Self.commit]) }

    private func run(
        _ statements: [PostgresStatement], withinMs milliseconds: UInt64 = answerMs
    ) async throws(ReadError) -> PostgresRows {
        do throws(PostgresFailure) {
            if let connection = open.withLock({ $0 }) {
                return try await last(statements, on: connection, milliseconds)
            }
            if let connection = place.known {
                // It may have broken while nobody used it: nothing was read yet, so another one will do.
                do throws(PostgresFailure) {
                    return try await last([Self.begin] + statements, on: connection, milliseconds)
                } catch  where error.endsConnection {}
            }
            return try await last([Self.begin] + statements, on: place.connect(), milliseconds)
        } catch {
            throw error.endsConnection || error.invitesRetry
                ? .unavailable(error.publicSentence) : .failed(error.sentence)
        }
    }

    private func last(
        _ statements: [PostgresStatement], on connection: PostgresConnection, _ milliseconds: UInt64
    ) async throws(PostgresFailure) -> PostgresRows {
        open.withLock { $0 = connection }
        do throws(PostgresFailure) {
            return try await connection.run(statements, withinMs: milliseconds).last ?? PostgresRows()
        } catch {
            if error.endsConnection {
                open.withLock { $0 = nil }
                place.lose(error)
            }
            throw error
        }
    }

    func rows(_ sql: String, _ arguments: [SQLValue]) async throws -> [[SQLValue]] {
        try await run([PostgresStatement(PostgresSQL.numbered(sql), arguments)]).rows
    }

    private static let rowsAtOnce = 2_000

    func forEachRow(_ sql: String, _ arguments: [SQLValue], _ body: ([SQLValue]) throws -> Void) async throws {
        let fetch = PostgresStatement("FETCH \(Self.rowsAtOnce) FROM florin_rows", isPrepared: false)
        var rows = try await run(
            [
                PostgresStatement(
                    "DECLARE florin_rows NO SCROLL CURSOR FOR " + PostgresSQL.numbered(sql), arguments,
                    isPrepared: false),
                fetch,
            ], withinMs: Self.longAnswerMs
        ).rows
        while true {
            for row in rows { try body(row) }
            guard rows.count == Self.rowsAtOnce else { break }
            rows = try await run([fetch], withinMs: Self.longAnswerMs).rows
        }
        _ = try await run([PostgresStatement("CLOSE florin_rows", isPrepared: false)])
    }

    func damage() async throws -> [String] { [] }

    func sharedTime() async throws -> Timestamp {
        let rows = try await run(
            [
                PostgresStatement("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)")
            ], withinMs: Self.shortAnswerMs
        ).rows
        guard case .integer(let milliseconds)? = rows.first?.first else {
            throw ReadError.failed("the time is missing")
        }
        return Timestamp(milliseconds: milliseconds)
    }
}

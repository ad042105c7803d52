import CLibpq
import Core
import Dispatch
import Glibc

/// A connection to PostgreSQL, for tasks: sends statements together and waits for their results without a thread.
final class PostgresConnection: Sendable {
    /// Touched on the loop's thread only.
    nonisolated(unsafe) private let line: PostgresLine
    private let loop: PostgresLoop

    private init(_ line: PostgresLine, _ loop: PostgresLoop) {
        self.line = line
        self.loop = loop
    }

    deinit { Self.close(line, loop) }

    private static func close(_ line: PostgresLine, _ loop: PostgresLoop) {
        nonisolated(unsafe) let line = line
        loop.execute { line.close() }
    }

    /// Connects, and prepares the session with these statements.
    static func open(
        _ address: PostgresAddress, session: [String] = []
    ) async throws(PostgresFailure) -> PostgresConnection {
        let loop = PostgresLoop.shared
        let opened: Result<PostgresConnection, PostgresFailure> = await withCheckedContinuation { continuation in
            // libpq looks names up, and speaks TLS, while it connects: on a thread that may wait.
            DispatchQueue.global().async {
                continuation.resume(returning: connect(address, loop))
            }
        }
        let connection = try opened.get()
        if !session.isEmpty {
            _ = try await connection.run(session.map { PostgresStatement($0, isPrepared: false) })
        }
        return connection
    }

    private static func connect(
        _ address: PostgresAddress, _ loop: PostgresLoop
    ) -> Result<PostgresConnection, PostgresFailure> {
        // What comes later wins, so the address is the last.
        let options = PostgresAddress.defaults + [("dbname", address.text)]
        let keywords = options.map { strdup($0.0) } + [nil]
        let values = options.map { strdup($0.1) } + [nil]
        defer { for text in keywords + values { free(text) } }
        let handle = PQconnectdbParams(
            keywords.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 1)
        guard let handle else {
            return .failure(PostgresFailure(state: "53200", message: "no memory for a connection"))
        }
        guard PQstatus(handle) == CONNECTION_OK, PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1
        else {
            defer { PQfinish(handle) }
            return .failure(PostgresFailure(connection: handle))
        }
        nonisolated(unsafe) let line = PostgresLine(handle, on: loop)
        loop.execute { loop.add(line) }
        return .success(PostgresConnection(line, loop))
    }

    /// How long the server may take to answer, in milliseconds.
    static let answerMs: UInt64 = 15_000

    /// Sends statements in one go, and gives their rows when all are done.
    ///
    /// The first that fails ends them; the ones after it are not done, and a transaction that they began stays open.
    func run(
        _ statements: [PostgresStatement], withinMs milliseconds: UInt64 = PostgresConnection.answerMs,
        isReadWrite: Bool = false
    ) async throws(PostgresFailure) -> [PostgresRows] {
        let result = await withCheckedContinuation { continuation in
            submit(statements, milliseconds, isReadWrite) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Sends statements whose outcome nobody waits for.
    func post(_ statements: [PostgresStatement]) { submit(statements, Self.answerMs, false) { _ in } }

    private func submit(
        _ statements: [PostgresStatement], _ milliseconds: UInt64, _ isReadWrite: Bool,
        _ finish: @escaping @Sendable (Result<[PostgresRows], PostgresFailure>) -> Void
    ) {
        let deadline = Environment.monotonicNanoseconds() + milliseconds * 1_000_000
        loop.execute {
            self.line.submit(
                PostgresLine.Job(
                    statements: statements, deadline: deadline, isReadWrite: isReadWrite, finish: finish))
        }
    }
}

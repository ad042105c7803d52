internal import Core

/// A schema that a command makes for itself in a database, so that it touches nothing else there.
///
///     let schema = try await OwnSchema.make(for: "bench", sql)
///     … schema.address …
///     await schema.drop()
///
/// It is dropped when a person interrupts the command, too.
struct OwnSchema: Sendable {
    /// `florin_bench_0123456789ab`: the schema, and the application name of those who work in it.
    let name: String
    /// The database's connection string, with this schema instead of its own.
    let address: String
    let sql: SQLClient

    static func make(for purpose: String, _ sql: SQLClient) async throws(ChildProcessError) -> OwnSchema {
        let name = "florin_\(purpose)_" + IdentifierText.random(digits: 10, .live).lowercased()
        let address = sql.database.with(schema: name, applicationName: name)
        let schema = OwnSchema(name: name, address: address.text, sql: sql)
        try await sql.rows("CREATE SCHEMA \(name)")
        Interruption.register(Interruption.Cleanup(name: name) { sql.attempt(schema.endSessions, schema.dropping) })
        return schema
    }

    /// Drops the schema with all that is in it.
    func drop() async {
        do throws(ChildProcessError) {
            try await sql.rows(endSessions, dropping)
            keep()
        } catch {
            Terminal.standardError.say("The schema \(name) could not be dropped: \(error)")
        }
    }

    /// Leaves the schema where it is, whatever happens.
    func keep() { Interruption.forget(cleanup: name) }

    /// A process that was killed can leave a session that works on for a while, and holds its locks.
    private var endSessions: String { "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(isOurs)" }
    private var dropping: String { "DROP SCHEMA IF EXISTS \(name) CASCADE" }

    private var isOurs: String { "application_name = '\(name)' AND pid <> pg_backend_pid()" }

    /// Cuts off some of those who work in the schema, those first who are just committing; gives how many.
    func cutOff(_ count: Int) async throws(ChildProcessError) -> Int {
        try await sql.rows(
            """
            SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE \(isOurs) \
            ORDER BY (state = 'active' AND query LIKE 'COMMIT%') DESC, random() LIMIT \(count)) AS chosen
            """
        ).count { $0 == ["t"] }
    }

    /// What the database server has done so far.
    func reading() async -> DatabaseReading? {
        // The server's processes can be looked at where they run on this machine.
        let rows = try? await sql.rows(
            """
            SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), \
            CASE WHEN coalesce(inet_server_addr() = inet_client_addr(), true) THEN \
            (SELECT min(pid) FROM pg_stat_activity WHERE \(isOurs)) END
            """)
        guard let row = rows?.first, row.count == 2 else { return nil }
        let session = Int32(row[1]).flatMap { ProcessTree.parent(of: $0, named: "postgres") }
        return DatabaseReading(
            loggedBytes: UInt64(row[0]), cpuNanoseconds: session.flatMap { ProcessTree.cpuNanoseconds(below: $0) })
    }
}

/// What a database server has done at one moment, as far as it can be found out.
struct DatabaseReading: Hashable, Sendable {
    /// Bytes of its write-ahead log.
    var loggedBytes: UInt64?
    /// CPU time of all its processes, those that have ended included.
    var cpuNanoseconds: UInt64?
}

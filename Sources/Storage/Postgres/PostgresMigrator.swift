import Core

/// Brings the schema of a PostgreSQL database up to date: each step in a transaction of its own, one process at a time.
///
/// Steps only add (tables, columns that may be null, indexes), so that processes of the version before go on working on
/// the new schema. A process that starts on a schema with steps it does not know refuses to.
struct PostgresMigrator {
    private static let table = Table(
        "florin_schema", columns: [.text("schema"), .text("step"), .integer("number"), .integer("applied_at")],
        keyCount: 2, indexes: [])

    let address: PostgresAddress
    let schema: Schema
    let environment: Environment

    private static let triesMax = 20
    /// How long a step may take, and another process may wait for it, in milliseconds.
    private static let stepMs: UInt64 = 600_000

    func migrate(_ connection: PostgresConnection) async throws {
        var tries = 0
        while true {
            do {
                guard try await step(connection) else { return }
                tries = 0
            } catch let failure as PostgresFailure {
                connection.post([PostgresStatement("ROLLBACK")])
                // Another process may make the same at this moment: its steps are found the next time.
                tries += 1
                let isRace = failure.isDuplicateKey || failure.invitesRetry || failure.state == "42P07"
                guard isRace, tries < Self.triesMax else { throw failure }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Takes the next step that is missing; false when none is.
    private func step(_ connection: PostgresConnection) async throws -> Bool {
        let make = TableSQL.create(Self.table, on: .postgres)[0]
            .replacing("CREATE TABLE", with: "CREATE TABLE IF NOT EXISTS")
        let lock: [SQLValue] = [.text(schema.name), .text(""), .integer(0), .integer(0)]
        let answers = try await connection.run(
            [
                PostgresStatement("BEGIN"), PostgresStatement(make, isPrepared: false),
                PostgresStatement(
                    "INSERT INTO florin_schema (schema, step, number, applied_at) VALUES ($1, $2, $3, $4) "
                        + "ON CONFLICT (schema, step) DO NOTHING", lock, isPrepared: false),
                PostgresStatement(
                    "SELECT step FROM florin_schema WHERE schema = $1 AND step = '' FOR UPDATE", [.text(schema.name)],
                    isPrepared: false),
                PostgresStatement(
                    "SELECT step FROM florin_schema WHERE schema = $1 AND step <> ''", [.text(schema.name)],
                    isPrepared: false),
            ], withinMs: Self.stepMs)
        var applied: Set<String> = []
        for row in answers[4].rows { applied.insert(try RowReader(row).text(0)) }
        guard applied.isSubset(of: schema.migrations.map(\.name)) else {
            throw StoreError.schemaFromTheFuture(path: address.description)
        }
        guard let number = schema.migrations.firstIndex(where: { !applied.contains($0.name) }) else {
            _ = try await connection.run([PostgresStatement("COMMIT")])
            return false
        }
        let migration = schema.migrations[number]
        var statements = (number == 0 ? [GroupCommitRecord.table] : []) + migration.tables
        if number == 0, try await hasGroupCommits(connection) { statements.removeFirst() }
        let record: [SQLValue] = [
            .text(schema.name), .text(migration.name), .integer(Int64(number + 1)),
            .integer(environment.now().milliseconds),
        ]
        _ = try await connection.run(
            (statements.flatMap { TableSQL.create($0, on: .postgres) } + migration.statements)
                .map { PostgresStatement($0, isPrepared: false) } + [
                    PostgresStatement(
                        "INSERT INTO florin_schema (schema, step, number, applied_at) VALUES ($1, $2, $3, $4)", record,
                        isPrepared: false),
                    PostgresStatement("COMMIT"),
                ], withinMs: Self.stepMs)
        return true
    }

    /// Whether a schema that shares the database has made the table of group commits.
    private func hasGroupCommits(_ connection: PostgresConnection) async throws -> Bool {
        try await connection.run([
            PostgresStatement("SELECT 1 WHERE to_regclass('group_commit') IS NOT NULL", isPrepared: false)
        ])[0].rows.isEmpty == false
    }
}

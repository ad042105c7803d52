import Core
import Crypto

/// Carries all rows of a schema from one store into an empty PostgreSQL database.
///
/// Rows go over in the order of their keys, some thousand in a transaction, which also counts them in `florin_import`.
/// So an import that is cut off at any moment goes on after the last row that is there. Until ``finish()`` the database
/// refuses to be opened for anything else.
///
///     let moving = try await PostgresImport.begin(schema, from: source, to: target, at: address, id: id)
///     try await moving.copy { progress in … }
///     let tables = try await moving.compare { progress in … }
///     if tables.allSatisfy(\.isEqual) { try await moving.finish() }
public struct PostgresImport: Sendable {
    /// How far a table is.
    public struct Progress: Sendable {
        public let table: String
        public let done: Int
        public let total: Int
    }

    let schema: Schema
    let source: Store
    let target: Store
    /// Rows of each table of the source, by name.
    let totals: [String: Int]
    /// Rows that had been copied when this began.
    public let copiedBefore: Int
    /// Whether an earlier run had finished: then nothing is left to do, and the database may be in use.
    public let isFinished: Bool
    private let connection: PostgresConnection
    private let server: String

    /// All rows of the source.
    public var rows: Int { totals.values.reduce(0, +) }

    // MARK: Beginning

    /// The import of a schema that was begun in a database.
    public struct Known: Sendable, Hashable {
        public let id: String
        public let isFinished: Bool
    }

    /// The import of a schema that a database knows of; nil when none was begun. Changes nothing.
    ///
    /// - throws: ``ImportError``
    public static func known(_ schema: Schema, at address: PostgresAddress) async throws -> Known? {
        do {
            let connection = try await PostgresConnection.open(address)
            guard try await ImportRecord.isThere(connection) else { return nil }
            let records = try await connection.run([ImportRecord.all(of: schema.name)])[0].rows.map(RowReader.init)
            guard let record = try records.first(where: { try $0.text(0).isEmpty }) else { return nil }
            return Known(id: try record.text(1), isFinished: try record.integer(4) == 1)
        } catch let failure as PostgresFailure {
            throw ImportError.failed(server: address.description, detail: failure.sentence)
        }
    }

    /// Begins an import, or takes up the one with the same id.
    ///
    /// - Parameters:
    ///   - source: Nobody else writes into it until the import is finished.
    ///   - target: The store at `address`, opened with ``StoreConfiguration/isForImport``.
    ///   - id: Names this import of this source, and no other.
    /// - throws: ``ImportError``, or ``ReadError`` when the source cannot be read.
    public static func begin(
        _ schema: Schema, from source: Store, to target: Store, at address: PostgresAddress, id: String
    ) async throws -> PostgresImport {
        let (totals, stamp) = try await survey(schema, source)
        do {
            let connection = try await PostgresConnection.open(address, session: session)
            let known = try await register(schema, id: id, stamp: stamp, address.description, connection)
            return PostgresImport(
                schema: schema, source: source, target: target, totals: totals, copiedBefore: known.rows,
                isFinished: known.isFinished, connection: connection, server: address.description)
        } catch let failure as PostgresFailure {
            throw ImportError.failed(server: address.description, detail: failure.sentence)
        }
    }

    private static let session = ["SET synchronous_commit = on"]

    /// Counts the rows of the source, and takes a stamp of its state: no payment is made without changing that.
    private static func survey(_ schema: Schema, _ source: Store) async throws -> ([String: Int], String) {
        try await source.read { reader in
            var totals: [String: Int] = [:]
            var state = RowDigest()
            for table in schema.tables {
                let count = try await reader.rows("SELECT COUNT(*) FROM \(table.name)", [])
                totals[table.name] = Int(try RowReader(count[0]).integer(0))
                state.add([.text(table.name)] + count[0])
            }
            for table in [EventHead.table, LedgerTables.head] where schema.tables.contains(table) {
                for row in try await reader.rows(RowRange.all(table), []) { state.add(row) }
            }
            return (totals, Hex.encode(state.value))
        }
    }

    /// Makes the rows that remember the import, or checks that those which are there are this one's.
    private static func register(
        _ schema: Schema, id: String, stamp: String, _ server: String, _ connection: PostgresConnection
    ) async throws -> (rows: Int, isFinished: Bool) {
        let answers = try await connection.run([
            ImportRecord.create, begin, ImportRecord.all(of: schema.name),
        ])
        do {
            let records = answers[2].rows.map(RowReader.init)
            var known: [String: Int] = [:]
            var isFinished = false
            for record in records {
                let name = try record.text(0)
                guard try record.text(1) == id else { throw ImportError.belongsToAnotherImport(server: server) }
                guard try record.text(2) == stamp else { throw ImportError.sourceHasChanged(server: server) }
                if name.isEmpty { isFinished = try record.integer(4) == 1 }
                known[name] = Int(try record.integer(3))
            }
            let missing = [""] + schema.tables.map(\.name)
            var statements: [PostgresStatement] = []
            for name in missing where known[name] == nil {
                statements.append(ImportRecord.insert(schema: schema.name, name: name, id: id, stamp: stamp))
                guard !name.isEmpty else { continue }
                let rows = try await connection.run([PostgresStatement("SELECT 1 FROM \(name) LIMIT 1")])
                guard rows[0].rows.isEmpty else {
                    throw ImportError.holdsAnotherInstallation(server: server, table: name)
                }
            }
            _ = try await connection.run(statements + [commit], isReadWrite: true)
            return (known.values.reduce(0, +), isFinished)
        } catch {
            connection.post([rollback])
            throw error
        }
    }

    private static let begin = PostgresStatement("BEGIN ISOLATION LEVEL READ COMMITTED")
    private static let commit = PostgresStatement("COMMIT")
    private static let rollback = PostgresStatement("ROLLBACK")

    // MARK: Copying

    /// Rows, and bytes of them, in one transaction.
    public static let chunkRowsMax = 2_000
    static let chunkBytesMax = 4_194_304

    /// Copies what is not there yet. `progress` is told after each transaction, and may throw to stop between two.
    ///
    /// - throws: ``ImportError``, or ``ReadError`` when the source cannot be read.
    public func copy(
        chunkRows: Int = PostgresImport.chunkRowsMax, _ progress: @Sendable (Progress) throws -> Void
    ) async throws {
        precondition(chunkRows > 0, "A chunk has at least one row")
        for table in schema.tables {
            let count = try await copy(table, chunkRows, progress)
            let total = totals[table.name] ?? 0
            guard count == total else {
                throw ImportError.failed(
                    server: server,
                    detail: "\(table.name) has \(total) rows in the folder, and \(count) were copied")
            }
        }
    }

    private func copy(
        _ table: Table, _ chunkRows: Int, _ progress: @Sendable (Progress) throws -> Void
    ) async throws -> Int {
        var (count, last) = try await copied(table)
        while true {
            try progress(Progress(table: table.name, done: count, total: totals[table.name] ?? 0))
            let rows = try await RowRange.read(
                table, after: last, rowsMax: chunkRows, bytesMax: Self.chunkBytesMax, from: source)
            guard let end = rows.last else { break }
            if try await write(rows, into: table, after: count) {
                count += rows.count
                last = Array(end.prefix(table.keyCount))
            } else {
                // A run that was killed had a transaction under way, which was finished only now.
                (count, last) = try await copied(table)
            }
        }
        _ = try await run([
            ImportRecord.finish(schema: schema.name, name: table.name),
            PostgresStatement("ANALYZE \(table.name)", isPrepared: false),
        ])
        return count
    }

    /// How many rows of a table are there, and the key of the last of them.
    private func copied(_ table: Table) async throws -> (Int, [SQLValue]?) {
        let answers = try await run([
            Self.begin, ImportRecord.lock(schema: schema.name, name: table.name),
            PostgresStatement(RowRange.last(table)), Self.commit,
        ])
        return (try count(answers[1]), answers[2].rows.first)
    }

    /// Adds rows to a table; false if it does not have `count` before, and then nothing is done.
    private func write(_ rows: [[SQLValue]], into table: Table, after count: Int) async throws -> Bool {
        let answers = try await run([
            Self.begin, ImportRecord.lock(schema: schema.name, name: table.name),
        ])
        guard try self.count(answers[1]) == count else {
            _ = try await run([Self.rollback])
            return false
        }
        do {
            _ = try await run([
                PostgresStatement(PostgresSQL.insert(table), table.columns, rows: rows),
                ImportRecord.count(schema: schema.name, name: table.name, rows: count + rows.count), Self.commit,
            ])
        } catch ImportError.failed(_, let detail) {
            throw ImportError.failed(server: server, detail: "rows of \(table.name): \(detail)")
        }
        return true
    }

    private func count(_ answer: PostgresRows) throws -> Int {
        guard let row = answer.rows.first else {
            throw ImportError.failed(server: server, detail: "the record of the import is gone from florin_import")
        }
        return Int(try RowReader(row).integer(0))
    }

    // MARK: Finishing

    /// Lets the database be used. Only after ``compare(_:)`` has found all tables equal.
    ///
    /// - throws: ``ImportError``
    public func finish() async throws {
        let answers = try await run([
            ImportRecord.finish(schema: schema.name, name: ""), ImportRecord.all(of: schema.name),
        ])
        let isFinished = answers[1].rows.contains { $0.first == .text("") && $0.last == .integer(1) }
        guard isFinished else {
            throw ImportError.failed(server: server, detail: "the record of the import is gone from florin_import")
        }
    }

    private func run(_ statements: [PostgresStatement]) async throws(ImportError) -> [PostgresRows] {
        do throws(PostgresFailure) {
            return try await connection.run(statements, withinMs: Self.answerMs, isReadWrite: true)
        } catch {
            if !error.endsConnection { connection.post([Self.rollback]) }
            throw .failed(server: server, detail: error.sentence)
        }
    }

    /// How long a transaction may take, in milliseconds.
    private static let answerMs: UInt64 = 120_000
}

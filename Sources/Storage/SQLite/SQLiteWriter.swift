import Core
import GRDB
import GRDBSQLite
import Ledger
import Money

/// Checks and writes Changes on the one write connection.
///
/// Confined to the committer's queue. What it remembers of the database (ledger balances, event numbers) is what it
/// wrote itself, since one process owns the folder; after a failed transaction it forgets everything and reads again.
final class SQLiteWriter {
    private let connection: OpaquePointer
    private let environment: Environment
    private var statements: [String: SQLiteStatement] = [:]
    private var tableStatements: [TableStatement: SQLiteStatement] = [:]
    private var ledger = LedgerState()
    private var eventSequences: [MerchantKey: Int64] = [:]
    private var changedEventSequences: Set<MerchantKey> = []

    /// Accounts kept in memory between batches.
    private static let ledgerAccountsMax = 200_000
    /// Merchants whose last event number is kept in memory.
    private static let eventSequencesMax = 100_000

    init(connection: OpaquePointer, environment: Environment) {
        self.connection = connection
        self.environment = environment
    }

    // MARK: The batch

    func begin() throws(SQLiteFailure) { try run("BEGIN IMMEDIATE") }

    /// Writes what the batch changed as a whole, and waits for the disk.
    func commit() throws(SQLiteFailure) {
        let changed = ledger.takeChanged()
        for account in changed.accounts { try upsert(LedgerTables.account, LedgerTables.row(account)) }
        for head in changed.heads { try upsert(LedgerTables.head, LedgerTables.row(head)) }
        for merchant in changedEventSequences {
            guard let sequence = eventSequences[merchant] else { continue }
            try upsert(EventHead.table, [.integer(merchant.value), .integer(sequence)])
        }
        changedEventSequences.removeAll(keepingCapacity: true)
        try run("COMMIT")
        ledger.evict(keepingAtMost: Self.ledgerAccountsMax)
        if eventSequences.count > Self.eventSequencesMax { eventSequences.removeAll() }
    }

    /// Undoes the batch and forgets what it taught.
    func rollBack() {
        if sqlite3_get_autocommit(connection) == 0 { try? run("ROLLBACK") }
        ledger.forgetAll()
        eventSequences.removeAll()
        changedEventSequences.removeAll()
    }

    /// Copies committed pages from the write-ahead log into the database, as far as readers allow.
    func checkpoint() { sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) }

    /// Leaves the whole database in its one file, and lets go of the connection.
    func finish() {
        statements.removeAll()
        tableStatements.removeAll()
        sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }

    // MARK: One Change

    /// Checks a Change against the database and the batch so far, and writes it.
    ///
    /// A `CommitError` leaves no trace of it; an `SQLiteFailure` means that the whole batch must be rolled back.
    func apply(_ change: Change) throws(SQLiteFailure) -> Result<Receipt, CommitError> {
        for requirement in change.requires where try !holds(requirement) { return .failure(.conflict(requirement)) }
        if let claim = change.idempotency?.claim, try isClaimed(claim) { return .failure(.idempotencyKeyInUse) }
        try load(change.transactions)
        let recorded: [RecordedTransaction]
        do throws(LedgerRefusal) {
            recorded = try ledger.applyAll(change.transactions, recordedAt: environment.now())
        } catch {
            return .failure(.refused(error))
        }
        for write in change.writes { try self.write(write) }
        for transaction in recorded { try write(transaction) }
        for event in change.events { try write(event) }
        if let idempotency = change.idempotency { try write(idempotency) }
        return .success(Receipt(transactions: recorded))
    }

    private func holds(_ requirement: Requirement) throws(SQLiteFailure) -> Bool {
        switch requirement {
        case .absent(let table, let key): return try statement(.exists, table).first(key) == nil
        case .present(let table, let key):
            return try statement(.exists, table).first(key) != nil
        case .version(let table, let key, let version):
            return try statement(.version, table).first(key) == [.integer(version)]
        }
    }

    private func isClaimed(_ claim: IdempotencyClaim) throws(SQLiteFailure) -> Bool {
        try statement(Self.claimExists).first(StoredClaim.key(claim)) != nil
    }

    private static let claimExists = TableSQL.exists(StoredClaim.table)

    private func load(_ transactions: [Transaction]) throws(SQLiteFailure) {
        for transaction in transactions {
            if !ledger.knows(transaction.book) {
                let row = try statement(Self.selectHead).first([.integer(transaction.book.value)])
                ledger.load(try parse(row) { try LedgerTables.head($0) } ?? BookHead(emptyBook: transaction.book))
            }
            for key in transaction.accountKeys where !ledger.knows(key) {
                let row = try statement(Self.selectAccount).first(LedgerTables.key(key))
                if let account = try parse(row, { try LedgerTables.account($0) }) {
                    ledger.load(account)
                } else {
                    ledger.loadAbsent(key)
                }
            }
        }
    }

    private static let selectHead =
        TableSQL.select(LedgerTables.head) + " WHERE " + TableSQL.keyCondition(LedgerTables.head)
    private static let selectAccount =
        TableSQL.select(LedgerTables.account) + " WHERE " + TableSQL.keyCondition(LedgerTables.account)

    private func parse<T>(_ row: [SQLValue]?, _ read: (RowReader) throws -> T) throws(SQLiteFailure) -> T? {
        guard let row else { return nil }
        do {
            return try read(RowReader(row))
        } catch {
            throw SQLiteFailure(code: SQLITE_CORRUPT, message: "a ledger row cannot be read: \(error)")
        }
    }

    // MARK: Rows

    private func write(_ write: Write) throws(SQLiteFailure) {
        switch write.kind {
        case .insert: try insert(write.table, write.values)
        case .update:
            let keyCount = write.table.keyCount
            let arguments = Array(write.values[keyCount...]) + write.values[..<keyCount]
            let count = try statement(.update, write.table).run(arguments)
            guard count == 1 else {
                throw SQLiteFailure(code: SQLITE_INTERNAL, message: "no row of \(write.table.name) to update")
            }
        case .delete: try statement(.delete, write.table).run(write.values)
        }
    }

    private func write(_ recorded: RecordedTransaction) throws(SQLiteFailure) {
        try insert(LedgerTables.transaction, LedgerTables.row(recorded))
        for posting in recorded.postings {
            try insert(LedgerTables.posting, LedgerTables.row(posting, of: recorded))
        }
    }

    private func write(_ draft: EventDraft) throws(SQLiteFailure) {
        let last = try eventSequence(draft.merchant)
        let event = StoredEvent(draft, sequence: last + 1, random: environment.randomWord())
        eventSequences[draft.merchant] = last + 1
        changedEventSequences.insert(draft.merchant)
        try insert(StoredEvent.table, event.row)
    }

    private func eventSequence(_ merchant: MerchantKey) throws(SQLiteFailure) -> Int64 {
        if let sequence = eventSequences[merchant] { return sequence }
        let row = try statement("SELECT sequence FROM event_head WHERE merchant = ?").first([.integer(merchant.value)])
        guard case .integer(let sequence)? = row?.first else { return 0 }
        return sequence
    }

    private func write(_ idempotency: IdempotencyWrite) throws(SQLiteFailure) {
        switch idempotency {
        case .claim(let claim): try insert(StoredClaim.table, StoredClaim.row(claim))
        case .answer(let claim, let reply): try write(reply, to: claim)
        case .claimAndAnswer(let claim, let reply):
            try insert(StoredClaim.table, StoredClaim.row(claim))
            try write(reply, to: claim)
        }
    }

    private func write(_ reply: IdempotentReply, to claim: IdempotencyClaim) throws(SQLiteFailure) {
        try statement(Self.insertAnswer).run(StoredAnswer.row(reply, to: claim))
    }

    /// The first answer stays: a request that was cut off may be answered by two repeats of it at once.
    private static let insertAnswer = TableSQL.insert(StoredAnswer.table) + " ON CONFLICT DO NOTHING"

    // MARK: Statements

    private func insert(_ table: Table, _ values: [SQLValue]) throws(SQLiteFailure) {
        try statement(.insert, table).run(values)
    }

    private func upsert(_ table: Table, _ values: [SQLValue]) throws(SQLiteFailure) {
        try statement(.upsert, table).run(values)
    }

    /// A statement that is derived from a table's description; its text is made once.
    private struct TableStatement: Hashable {
        enum Kind { case insert, update, upsert, delete, exists, version }

        let kind: Kind
        let table: Table

        var sql: String {
            switch kind {
            case .insert: TableSQL.insert(table)
            case .update: TableSQL.update(table)
            case .upsert: TableSQL.upsert(table)
            case .delete: TableSQL.delete(table)
            case .exists: TableSQL.exists(table)
            case .version: TableSQL.version(table)
            }
        }
    }

    private func statement(_ kind: TableStatement.Kind, _ table: Table) throws(SQLiteFailure) -> SQLiteStatement {
        let key = TableStatement(kind: kind, table: table)
        if let statement = tableStatements[key] { return statement }
        let statement = try SQLiteStatement(key.sql, on: connection)
        tableStatements[key] = statement
        return statement
    }

    private func run(_ sql: String) throws(SQLiteFailure) { try statement(sql).run([SQLValue]()) }

    private func statement(_ sql: String) throws(SQLiteFailure) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        let statement = try SQLiteStatement(sql, on: connection)
        statements[sql] = statement
        return statement
    }
}

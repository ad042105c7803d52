import Core
import Ledger
import Money

/// A group commit on PostgreSQL between its two round trips: what it has to load, which of its Changes stand, and what
/// is to be written then.
///
/// The decision is pure: it takes the rows that were loaded, and later Changes see what earlier ones of the batch did.
struct PostgresBatch {
    private enum RowState: Hashable {
        case absent
        /// With its version, in tables that have one.
        case present(version: Int64?)
    }

    /// What becomes of a row that the batch touches.
    private enum Fate {
        case insert([SQLValue])
        case update([SQLValue])
        case delete
    }

    let changes: [Change]
    /// Merchants whose row in `event_head` the batch locks, in ascending order: it lets one batch at a time write
    /// anything of a merchant's.
    let merchants: [Int64]
    private var states: [Table: [[SQLValue]: RowState]] = [:]
    private var fates: [Table: [[SQLValue]: Fate]] = [:]
    private var appended: [Table: [[SQLValue]]] = [:]
    private var ledger = LedgerState()
    private var sequences: [MerchantKey: Int64] = [:]
    private var answers: Set<[SQLValue]> = []

    /// - Parameter locksMerchants: False in a store without events, such as the vault's: there the rows themselves are
    ///   locked.
    init(_ changes: [Change], locksMerchants: Bool) {
        self.changes = changes
        self.locksMerchants = locksMerchants
        merchants = locksMerchants ? Set(changes.flatMap(\.merchants)).sorted() : []
        for change in changes {
            for requirement in change.requires { states[requirement.table, default: [:]][requirement.key] = .absent }
            for write in change.writes where write.kind == .update {
                let key = Array(write.values.prefix(write.table.keyCount))
                states[write.table, default: [:]][key] = .absent
            }
            if let claim = change.idempotency?.claim {
                states[StoredClaim.table, default: [:]][StoredClaim.key(claim)] = .absent
            }
        }
    }

    private let locksMerchants: Bool

    // MARK: Loading

    /// What is asked in the first round trip, in this order; ``load(_:)`` takes the answers.
    private var questions: [Question] {
        var questions: [Question] = []
        if !merchants.isEmpty { questions.append(.merchants) }
        let books = Set(changes.flatMap { $0.transactions.map(\.book) })
        if !books.isEmpty {
            questions.append(.heads(books.map(\.value).sorted()))
            questions.append(.accounts(Array(Set(changes.flatMap { $0.transactions.flatMap(\.accountKeys) }))))
        }
        let locked = Set(merchants.map { SQLValue.integer($0) })
        for table in states.keys.sorted(by: { $0.name < $1.name }) {
            let keys = Array(states[table, default: [:]].keys)
            let covered = locksMerchants ? keys.filter { locked.contains($0[0]) } : []
            let others = locksMerchants ? keys.filter { !locked.contains($0[0]) } : keys
            if !covered.isEmpty { questions.append(.states(table, covered, .state)) }
            if !others.isEmpty {
                questions.append(.states(table, others, locksMerchants ? .stateShared : .stateLocked))
            }
        }
        return questions
    }

    private enum Question {
        case merchants
        case heads([Int64])
        case accounts([AccountKey])
        case states(Table, [[SQLValue]], PostgresTexts.Kind)
    }

    /// The statements of the first round trip, behind its BEGIN.
    func loading(_ texts: inout PostgresTexts) -> [PostgresStatement] {
        questions.map { question in
            switch question {
            case .merchants:
                PostgresStatement(
                    "SELECT merchant, sequence FROM event_head WHERE merchant = ANY ($1::bigint[]) "
                        + "ORDER BY merchant FOR UPDATE",
                    [Table.Column.integer("merchant")], rows: merchants.map { [.integer($0)] })
            case .heads(let books):
                PostgresStatement(
                    texts.text(.select, LedgerTables.head), LedgerTables.head.keyColumns,
                    rows: books.map { [.integer($0)] })
            case .accounts(let keys):
                PostgresStatement(
                    texts.text(.select, LedgerTables.account), LedgerTables.account.keyColumns,
                    rows: keys.map(LedgerTables.key))
            case .states(let table, let keys, let kind):
                PostgresStatement(texts.text(kind, table), table.keyColumns, rows: keys)
            }
        }
    }

    /// Takes the answers to ``loading(_:)``.
    ///
    /// - Returns: merchants that have no row to lock yet.
    mutating func load(_ answers: some Sequence<PostgresRows>) throws(PostgresFailure) -> [Int64] {
        var missing: [Int64] = []
        do {
            for (question, answer) in zip(questions, answers) {
                let rows = answer.rows.map(RowReader.init)
                switch question {
                case .merchants:
                    for row in rows { sequences[MerchantKey(try row.integer(0))] = try row.integer(1) }
                    missing = merchants.filter { sequences[MerchantKey($0)] == nil }
                case .heads(let books):
                    for row in rows { ledger.load(try LedgerTables.head(row)) }
                    for book in books.map(BookKey.init) where !ledger.knows(book) {
                        ledger.load(BookHead(emptyBook: book))
                    }
                case .accounts(let keys):
                    for row in rows { ledger.load(try LedgerTables.account(row)) }
                    for key in keys where !ledger.knows(key) { ledger.loadAbsent(key) }
                case .states(let table, _, _):
                    for row in answer.rows {
                        let version = row.count > table.keyCount ? try RowReader(row).integer(table.keyCount) : nil
                        states[table, default: [:]][Array(row.prefix(table.keyCount))] = .present(version: version)
                    }
                }
            }
        } catch {
            throw PostgresFailure(state: "XX001", message: "a row cannot be read: \(error)")
        }
        return missing
    }

    // MARK: Deciding

    /// Which Changes stand, in their order. What stands is in ``writing(_:)`` afterwards.
    mutating func decide(_ environment: Environment) -> [Result<Receipt, CommitError>] {
        changes.map { apply($0, environment) }
    }

    private mutating func apply(_ change: Change, _ environment: Environment) -> Result<Receipt, CommitError> {
        for requirement in change.requires where !holds(requirement) { return .failure(.conflict(requirement)) }
        if let claim = change.idempotency?.claim, state(StoredClaim.table, StoredClaim.key(claim)) != .absent {
            return .failure(.idempotencyKeyInUse)
        }
        var undo: [Note] = []
        for write in change.writes {
            guard let note = note(write) else {
                playBack(undo)
                return .failure(.unavailable("a write does not fit what is stored in \(write.table.name)"))
            }
            undo.append(note)
        }
        let recorded: [RecordedTransaction]
        do throws(LedgerRefusal) {
            recorded = try ledger.applyAll(change.transactions, recordedAt: environment.now())
        } catch {
            playBack(undo)
            return .failure(.refused(error))
        }
        for transaction in recorded { append(transaction) }
        for draft in change.events { append(draft, environment) }
        if let idempotency = change.idempotency { append(idempotency) }
        return .success(Receipt(transactions: recorded))
    }

    private func state(_ table: Table, _ key: [SQLValue]) -> RowState? { states[table]?[key] }

    private func holds(_ requirement: Requirement) -> Bool {
        let state = state(requirement.table, requirement.key)
        switch requirement {
        case .absent: return state == .absent
        case .present: return state != .absent
        case .version(_, _, let version): return state == .present(version: version)
        }
    }

    /// A row as it was before a write.
    private struct Note {
        let table: Table
        let key: [SQLValue]
        let state: RowState?
        let fate: Fate?
    }

    private mutating func playBack(_ notes: [Note]) {
        for note in notes.reversed() {
            states[note.table, default: [:]][note.key] = note.state
            fates[note.table, default: [:]][note.key] = note.fate
        }
    }

    /// Adds a write to the fate of its row; nil when the row is not as the write needs it.
    private mutating func note(_ write: Write) -> Note? {
        let table = write.table
        let key = Array(write.values.prefix(table.keyCount))
        let known = state(table, key)
        let fate = fates[table]?[key]
        let next: Fate?
        switch (write.kind, fate) {
        case (.insert, .insert), (.insert, .update), (.update, .delete): return nil
        case (.insert, nil):
            if case .present = known { return nil }
            next = .insert(write.values)
        case (.insert, .delete): next = .update(write.values)
        case (.update, .insert): next = .insert(write.values)
        case (.update, _):
            if known == .absent { return nil }
            next = .update(write.values)
        case (.delete, .insert): next = nil
        case (.delete, _): next = .delete
        }
        fates[table, default: [:]][key] = next
        let version = table.versionIndex.flatMap { write.kind == .delete ? nil : write.values[$0].integer }
        states[table, default: [:]][key] = write.kind == .delete ? .absent : .present(version: version)
        return Note(table: table, key: key, state: known, fate: fate)
    }

    private mutating func append(_ recorded: RecordedTransaction) {
        appended[LedgerTables.transaction, default: []].append(LedgerTables.row(recorded))
        for posting in recorded.postings {
            appended[LedgerTables.posting, default: []].append(LedgerTables.row(posting, of: recorded))
        }
    }

    private mutating func append(_ draft: EventDraft, _ environment: Environment) {
        let sequence = (sequences[draft.merchant] ?? 0) + 1
        sequences[draft.merchant] = sequence
        hasEvents.insert(draft.merchant)
        appended[StoredEvent.table, default: []].append(
            StoredEvent(draft, sequence: sequence, random: environment.randomWord()).row)
    }

    private var hasEvents: Set<MerchantKey> = []

    private mutating func append(_ idempotency: IdempotencyWrite) {
        if let claim = idempotency.claim {
            appended[StoredClaim.table, default: []].append(StoredClaim.row(claim))
            states[StoredClaim.table, default: [:]][StoredClaim.key(claim)] = .present(version: nil)
        }
        switch idempotency {
        case .claim: break
        case .answer(let claim, let reply), .claimAndAnswer(let claim, let reply):
            let row = StoredAnswer.row(reply, to: claim)
            // The first answer stays: a request that was cut off may be answered by two repeats of it at once.
            if answers.insert(Array(row.prefix(StoredAnswer.table.keyCount))).inserted {
                appended[StoredAnswer.table, default: []].append(row)
            }
        }
    }

    // MARK: Writing

    /// The statements of the second round trip, before its COMMIT.
    mutating func writing(_ record: GroupCommitRecord, _ texts: inout PostgresTexts) -> [PostgresStatement] {
        var statements = [
            PostgresStatement(
                texts.text(.insert, GroupCommitRecord.table), GroupCommitRecord.table.columns, rows: [record.row])
        ]
        let changed = ledger.takeChanged()
        var replaced: [Table: [[SQLValue]]] = [
            LedgerTables.account: changed.accounts.map(LedgerTables.row),
            LedgerTables.head: changed.heads.map(LedgerTables.row),
            EventHead.table: hasEvents.map { [.integer($0.value), .integer(sequences[$0] ?? 0)] },
        ]
        var removed: [Table: [[SQLValue]]] = [:]
        for (table, rows) in fates {
            for (key, fate) in rows {
                switch fate {
                case .insert(let values): appended[table, default: []].append(values)
                case .update(let values): replaced[table, default: []].append(values)
                case .delete: removed[table, default: []].append(key)
                }
            }
        }
        add(removed, .delete, to: &statements, &texts)
        add(replaced, .upsert, to: &statements, &texts)
        add(appended, .insert, to: &statements, &texts)
        return statements
    }

    private func add(
        _ rows: [Table: [[SQLValue]]], _ kind: PostgresTexts.Kind, to statements: inout [PostgresStatement],
        _ texts: inout PostgresTexts
    ) {
        for (table, unsorted) in rows.sorted(by: { $0.key.name < $1.key.name }) where !unsorted.isEmpty {
            // In one order of keys everywhere, so that batches that share rows wait for each other and do not cross.
            let rows = kind == .insert ? unsorted : unsorted.sorted { $0.precedes($1, upTo: table.keyCount) }
            let isAnswer = table == StoredAnswer.table && kind == .insert
            statements.append(
                PostgresStatement(
                    texts.text(isAnswer ? .insertUnlessThere : kind, table),
                    kind == .delete ? table.keyColumns : table.columns[...], rows: rows))
        }
    }
}

extension Requirement {
    var table: Table {
        switch self {
        case .absent(let table, _), .present(let table, _), .version(let table, _, _): table
        }
    }

    var key: [SQLValue] {
        switch self {
        case .absent(_, let key), .present(_, let key), .version(_, let key, _): key
        }
    }
}

extension Table {
    fileprivate var versionIndex: Int? { columns.firstIndex { $0.name == "version" } }
}

extension [SQLValue] {
    /// The order of keys, byte for byte.
    fileprivate func precedes(_ other: [SQLValue], upTo count: Int) -> Bool {
        for (mine, theirs) in zip(prefix(count), other) where mine != theirs {
            return switch (mine, theirs) {
            case (.integer(let left), .integer(let right)): left < right
            case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
            case (.blob(let left), .blob(let right)): left.lexicographicallyPrecedes(right)
            default: false
            }
        }
        return false
    }
}

extension SQLValue {
    var integer: Int64? {
        if case .integer(let value) = self { return value }
        return nil
    }
}

extension Change {
    /// The merchants whose rows, events or money it writes.
    var merchants: [Int64] {
        var merchants = writes.compactMap { $0.values[0].integer }
        merchants += events.map(\.merchant.value)
        merchants += transactions.map(\.book.value)
        switch idempotency {
        case .claim(let claim), .answer(let claim, _), .claimAndAnswer(let claim, _):
            merchants.append(claim.merchant.value)
        case nil: break
        }
        return merchants
    }
}

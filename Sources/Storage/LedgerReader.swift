public import Core
public import Ledger
import Money

extension Reader {
    /// Accounts of all books whose names lie between two bounds, both included.
    public func accounts(namedFrom first: String, through last: String) async throws -> [Account] {
        try await rows(
            TableSQL.select(LedgerTables.account) + " WHERE name >= ? AND name <= ? ORDER BY book, currency, name",
            [.text(first), .text(last)]
        ).map { try LedgerTables.account(RowReader($0)) }
    }

    /// All accounts of a book.
    public func accounts(of book: BookKey) async throws -> [Account] {
        try await rows(
            TableSQL.select(LedgerTables.account) + " WHERE book = ? ORDER BY currency, name", [.integer(book.value)]
        ).map { try LedgerTables.account(RowReader($0)) }
    }

    /// The head of a book: its last transaction.
    public func head(of book: BookKey) async throws -> BookHead {
        let row = try await rows(TableSQL.select(LedgerTables.head) + " WHERE book = ?", [.integer(book.value)]).first
        return try row.map { try LedgerTables.head(RowReader($0)) } ?? BookHead(emptyBook: book)
    }

    /// The books that exist.
    public func books() async throws -> [BookKey] {
        try await rows("SELECT book FROM ledger_head ORDER BY book", []).map { BookKey(try RowReader($0).integer(0)) }
    }

    /// The balance of an account just after the transaction numbered `sequence`, 0 before its first posting.
    ///
    /// Each posting carries the balances of both its accounts, so this is one index look-up for each side.
    public func balance(of account: Account, after sequence: Int64) async throws -> Int64 {
        var latest: (sequence: Int64, number: Int64, balance: Int64)?
        for side in ["source", "destination"] {
            let row = try await rows(
                "SELECT sequence, number, \(side)_balance FROM ledger_posting "
                    + "WHERE book = ? AND \(side) = ? AND sequence <= ? ORDER BY sequence DESC, number DESC LIMIT 1",
                [.integer(account.key.book.value), .integer(account.identifier), .integer(sequence)]
            ).first
            guard let row else { continue }
            let reader = RowReader(row)
            let found = try (reader.integer(0), reader.integer(1), reader.integer(2))
            if let known = latest, (known.sequence, known.number) > (found.0, found.1) { continue }
            latest = found
        }
        return latest?.balance ?? 0
    }

    /// The number of the last transaction of a book that was recorded at `moment` or before, 0 when there is none.
    ///
    /// Transactions are recorded in the order of their numbers, so this is a binary search by primary key.
    public func sequence(of book: BookKey, recordedBy moment: Timestamp) async throws -> Int64 {
        var low: Int64 = 0
        var high = try await head(of: book).sequence
        while low < high {
            let middle = low + (high - low + 1) / 2
            let row = try await rows(
                "SELECT recorded_at FROM ledger_transaction WHERE book = ? AND sequence = ?",
                [.integer(book.value), .integer(middle)]
            ).first
            guard let row else { throw RowError(column: 0, expected: "transaction \(middle) of \(book)") }
            if try RowReader(row).integer(0) <= moment.milliseconds { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// An account's balance as of `effective`, as it was known at `known`.
    ///
    /// The balance after the last transaction recorded by `known`, less what those took effect later.
    public func balance(of account: Account, asOf effective: Timestamp, knownAt known: Timestamp) async throws -> Int64
    {
        let last = try await sequence(of: account.key.book, recordedBy: known)
        let standing = try await balance(of: account, after: last)
        let later = try await rows(
            """
            SELECT CAST(COALESCE(SUM(CASE WHEN p.destination = ?1 THEN p.amount ELSE -p.amount END), 0) AS BIGINT)
            FROM ledger_transaction t JOIN ledger_posting p ON p.book = t.book AND p.sequence = t.sequence
            WHERE t.book = ?2 AND t.sequence <= ?3 AND t.effective_at > ?4 AND (p.source = ?1 OR p.destination = ?1)
            """,
            [
                .integer(account.identifier), .integer(account.key.book.value), .integer(last),
                .integer(effective.milliseconds),
            ]
        ).first
        guard let later else { return standing }
        return standing - (try RowReader(later).integer(0))
    }

    /// Hands the transactions of a book to `body` in their order, as they were recorded.
    public func forEachTransaction(
        of book: BookKey, after sequence: Int64, _ body: (RecordedTransaction) throws -> Void
    ) async throws {
        var names: [Int64: (AccountName, Currency)] = [:]
        for account in try await accounts(of: book) {
            names[account.identifier] = (account.key.name, account.key.currency)
        }
        var hash = BookHead.noHash
        let before = try await rows(
            "SELECT hash FROM ledger_transaction WHERE book = ? AND sequence = ?",
            [.integer(book.value), .integer(sequence)]
        ).first
        if let before { hash = try RowReader(before).blob(0) }
        var open: LedgerRows?
        try await forEachRow(
            """
            SELECT t.sequence, t.id, t.kind, t.reference, t.effective_at, t.recorded_at, t.rate, t.hash, p.number,
              p.source, p.destination, p.amount, p.source_balance, p.destination_balance
            FROM ledger_transaction t LEFT JOIN ledger_posting p ON p.book = t.book AND p.sequence = t.sequence
            WHERE t.book = ? AND t.sequence > ? ORDER BY t.sequence, p.number
            """,
            [.integer(book.value), .integer(sequence)]
        ) { values in
            let row = RowReader(values)
            if let current = open, try current.sequence != row.integer(0) {
                try body(current.recorded(book, previousHash: hash))
                hash = current.hash
                open = nil
            }
            if open == nil { open = try LedgerRows(row) }
            try open?.add(row, names)
        }
        if let open { try body(open.recorded(book, previousHash: hash)) }
    }
}

/// The rows of one transaction, gathered.
private struct LedgerRows {
    let sequence: Int64
    let id: String
    let kind: String
    let reference: String
    let effectiveAt: Timestamp
    let recordedAt: Timestamp
    let rate: String?
    let hash: [UInt8]
    var postings: [RecordedPosting] = []

    init(_ row: RowReader) throws {
        sequence = try row.integer(0)
        id = try row.text(1)
        kind = try row.text(2)
        reference = try row.text(3)
        effectiveAt = Timestamp(milliseconds: try row.integer(4))
        recordedAt = Timestamp(milliseconds: try row.integer(5))
        rate = try row.optionalText(6)
        hash = try row.blob(7)
    }

    mutating func add(_ row: RowReader, _ names: [Int64: (AccountName, Currency)]) throws {
        guard let number = try row.optionalInteger(8) else { return }
        let source = try row.integer(9)
        let destination = try row.integer(10)
        guard let from = names[source], let to = names[destination] else {
            throw RowError(column: 9, expected: "accounts of the book in transaction \(sequence)")
        }
        postings.append(
            RecordedPosting(
                posting: Posting(currency: from.1, source: from.0, destination: to.0, amount: try row.integer(11)),
                number: Int(number), sourceAccount: source, destinationAccount: destination,
                sourceBalance: try row.integer(12), destinationBalance: try row.integer(13)))
    }

    func recorded(_ book: BookKey, previousHash: [UInt8]) -> RecordedTransaction {
        RecordedTransaction(
            transaction: Transaction(
                id: id, book: book, kind: kind, reference: reference, effectiveAt: effectiveAt,
                postings: postings.map(\.posting), rate: rate),
            sequence: sequence, recordedAt: recordedAt, postings: postings, previousHash: previousHash, hash: hash)
    }
}

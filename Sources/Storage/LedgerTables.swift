import Core
import Ledger
import Money

/// The ledger's tables. A book's accounts are numbered, so postings stay short.
enum LedgerTables {
    static let account = Table(
        "ledger_account",
        columns: [
            .integer("book"), .text("currency"), .text("name"), .integer("account"), .integer("balance"),
            .integer("floor").nullable, .integer("last_sequence"),
        ],
        keyCount: 3, indexes: [Table.Index(["book", "account"], isUnique: true)],
        check: "floor IS NULL OR balance >= floor")

    static let head = Table(
        "ledger_head",
        columns: [
            .integer("book"), .integer("sequence"), .blob("hash"), .integer("account_count"), .integer("recorded_at"),
        ],
        keyCount: 1, indexes: [])

    static let transaction = Table(
        "ledger_transaction",
        columns: [
            .integer("book"), .integer("sequence"), .text("id"), .text("kind"), .text("reference"),
            .integer("effective_at"), .integer("recorded_at"), .text("rate").nullable, .blob("hash"),
        ],
        keyCount: 2, indexes: [])

    static let posting = Table(
        "ledger_posting",
        columns: [
            .integer("book"), .integer("sequence"), .integer("number"), .integer("source"), .integer("destination"),
            .integer("amount"), .integer("source_balance"), .integer("destination_balance"),
        ],
        keyCount: 3,
        indexes: [
            Table.Index(["book", "source", "sequence", "number"]),
            Table.Index(["book", "destination", "sequence", "number"]),
        ])

    static func key(_ account: AccountKey) -> [SQLValue] {
        [.integer(account.book.value), .text(account.currency.lowercased), .text(account.name.text)]
    }

    static func row(_ account: Account) -> [SQLValue] {
        key(account.key) + [
            .integer(account.identifier), .integer(account.balance), SQLValue(account.floor),
            .integer(account.lastSequence),
        ]
    }

    static func account(_ row: RowReader) throws -> Account {
        guard let currency = Currency(code: try row.text(1)) else { throw RowError(column: 1, expected: "a currency") }
        return try Account(
            key: AccountKey(book: BookKey(row.integer(0)), currency: currency, name: AccountName(row.text(2))),
            identifier: row.integer(3), balance: row.integer(4), floor: row.optionalInteger(5),
            lastSequence: row.integer(6))
    }

    static func row(_ head: BookHead) -> [SQLValue] {
        [
            .integer(head.book.value), .integer(head.sequence), .blob(head.hash), .integer(head.accountCount),
            .integer(head.lastRecordedAt.milliseconds),
        ]
    }

    static func head(_ row: RowReader) throws -> BookHead {
        try BookHead(
            book: BookKey(row.integer(0)), sequence: row.integer(1), hash: row.blob(2),
            accountCount: row.integer(3), lastRecordedAt: Timestamp(milliseconds: row.integer(4)))
    }

    static func row(_ recorded: RecordedTransaction) -> [SQLValue] {
        let fact = recorded.transaction
        return [
            .integer(fact.book.value), .integer(recorded.sequence), .text(fact.id), .text(fact.kind),
            .text(fact.reference), .integer(fact.effectiveAt.milliseconds),
            .integer(recorded.recordedAt.milliseconds), SQLValue(fact.rate), .blob(recorded.hash),
        ]
    }

    static func row(_ posting: RecordedPosting, of recorded: RecordedTransaction) -> [SQLValue] {
        [
            .integer(recorded.transaction.book.value), .integer(recorded.sequence), .integer(Int64(posting.number)),
            .integer(posting.sourceAccount), .integer(posting.destinationAccount), .integer(posting.posting.amount),
            .integer(posting.sourceBalance), .integer(posting.destinationBalance),
        ]
    }
}

/// The number of a merchant's last event.
struct EventHead {
    static let table = Table(
        "event_head", columns: [.integer("merchant"), .integer("sequence")], keyCount: 1,
        indexes: [])
}

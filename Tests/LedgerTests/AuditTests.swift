import Core
import Ledger
import Money
import Testing

@Suite("The audit")
struct AuditTests {
    /// Something that is wrong in the rows, and what an audit has to say about it, in order.
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let checks: [AuditCheck]
        /// What one of the sentences says, among others.
        let words: String
        let apply: @Sendable (inout Rows) -> Void
        var testDescription: String { name }
    }

    /// Rows of six transactions in two currencies, with a wallet, a hold and an exchange.
    static func rows() throws -> Rows {
        var state = LedgerState()
        var rows = Rows()
        let postings: [[Posting]] = [
            [posting("clearing/card", "wallet/1", 1_000)], [.hold(400, .usd, of: "wallet/1")],
            [.capture(400, .usd, of: "wallet/1", to: "available"), posting("available", "fees", 12)],
            [posting("available", "fx", 100), posting("fx", "available", 92, eur)],
            [posting("wallet/1", "wallet/2", 250)], [posting("wallet/2", "available", 50)],
        ]
        for (index, postings) in postings.enumerated() {
            let next = transaction(postings, id: "ltx_\(index + 1)")
            rows.transactions[book, default: []].append(try state.book(next, at: Int64(index) * 10))
        }
        rows.write(state.takeChanged())
        return rows
    }

    static func fault(
        _ name: String, _ checks: AuditCheck..., words: String, apply: @escaping @Sendable (inout Rows) -> Void
    ) -> Fault {
        Fault(name: name, checks: checks, words: words, apply: apply)
    }

    static let faults: [Fault] = [
        fault(
            "a balance in an account's row", .accountBalance, .currencySum,
            words: "Account book 7, USD fees has the balance 13, but its postings lead to 12."
        ) { $0.change("fees", balance: 13) },
        fault("a floor that is gone", .floor, words: "wallet/1 has the floor none where 0 is due") {
            $0.change("wallet/1", floor: .some(nil))
        },
        fault("a row's last sequence", .accountBalance, words: "says that transaction 5 moved it last, but it was 3") {
            $0.change("fees", lastSequence: 5)
        },
        fault("a row's number", .account, .account, words: "has the number 1, which") {
            $0.change("fees", identifier: 1)
        },
        fault("a number beyond the head's count", .account, .account, words: "but its number is 99") {
            $0.change("fees", identifier: 99)
        },
        fault("a row that is gone", .account, .currencySum, .account, words: "moves book 7, USD fees, which has no row")
        {
            $0.accounts[key("fees")] = nil
        },
        fault("a row too many", .account, .account, words: "counts 9 accounts, but there are 10 rows") {
            $0.accounts[key("x")] = Account(key: key("x"), identifier: 10, balance: 0, floor: nil, lastSequence: 0)
        },
        fault(
            "a balance after a posting", .chain, .balanceAfter,
            words: "Posting 0 of transaction 2 left book 7, USD wallet/1 at 600, but says that it left it at 601."
        ) { $0.damage(2) { $0.change(0, sourceBalance: 601) } },
        fault("an amount", .chain, .balanceAfter, .balanceAfter, words: "Posting 0 of transaction 5") {
            $0.damage(5) { $0.change(0) { $0.amount = 7 } }
        },
        fault("an account's number in a posting", .chain, .account, words: "by the number 7, but its number is") {
            $0.damage(5) { $0.change(0, source: 7) }
        },
        fault("an amount below zero", .chain, .shape, .balanceAfter, .balanceAfter, words: "A posting moves -250") {
            $0.damage(5) { $0.change(0) { $0.amount = -250 } }
        },
        fault(
            "a missing transaction", .sequence, .balanceAfter, .accountBalance, .accountBalance,
            words: "Posting 0 of transaction 6"
        ) {
            $0.transactions[book]?.remove(at: 4)
        },
        fault("a kind", .chain, words: "Transaction 4 of book 7 was changed after it was written") {
            $0.damage(4) { $0.transaction.kind = "gift" }
        },
        fault("a time", .chain, words: "has one bit flipped in recordedAt") { $0.damage(4) { $0.recordedAt ^= 1 } },
        fault("the head's count", .account, .account, words: "counts 8 accounts, but there are 9 rows") {
            $0.changeHead(accountCount: 8)
        },
        fault("the head's time", .recordedAt, words: "the book's head says 51 ms") { $0.changeHead(at: 51) },
        fault("the head's sequence", .sequence, words: "Transaction 7 of book 7 is missing.") {
            $0.changeHead(sequence: 7)
        },
        fault("no head", .sequence, .account, .account, words: "which ends at 0") { $0.heads = [:] },
    ]

    @Test("audit: sound rows have no findings, nor has an empty book")
    func sound() throws {
        let rows = try Self.rows()
        #expect(rows.audit(book).isEmpty)
        #expect(rows.audit(BookKey(8)).isEmpty)
    }

    @Test("audit: each fault is found, and the culprit named", arguments: faults)
    func found(_ fault: Fault) throws {
        var rows = try Self.rows()
        fault.apply(&rows)
        let findings = rows.audit(book)
        #expect(findings.map(\.check) == fault.checks, "\(findings.map(\.sentence))")
        #expect(findings.contains { $0.sentence.contains(fault.words) }, "\(findings.map(\.sentence))")
        #expect(findings.allSatisfy { $0.book == book && $0.sentence.hasSuffix(".") })
    }

    @Test("audit: a floor that was crossed is found once, even if the account recovered")
    func floor() throws {
        // An engine that forgot the floor: the rows say 0, the state did not know.
        var state = LedgerState()
        var rows = Rows()
        state.load(BookHead(emptyBook: book))
        let moves = [posting("wallet/1", "fees", 5), posting("wallet/1", "fees", 1), posting("fees", "wallet/1", 6)]
        var previous = BookHead.noHash
        var encoder = ChainEncoder()
        var (fees, wallet) = (Int64(0), Int64(0))
        for (index, move) in moves.enumerated() {
            let gives = move.source == "fees"
            wallet += gives ? move.amount : -move.amount
            fees = -wallet
            let recorded = RecordedPosting(
                posting: move, number: 0, sourceAccount: gives ? 2 : 1, destinationAccount: gives ? 1 : 2,
                sourceBalance: gives ? fees : wallet, destinationBalance: gives ? wallet : fees)
            var draft = Draft(
                RecordedTransaction(
                    transaction: transaction([move]), sequence: Int64(index + 1), recordedAt: time(10),
                    postings: [recorded], previousHash: previous, hash: previous))
            draft.hash = encoder.hash(of: draft.recorded, after: previous)
            previous = draft.hash
            rows.transactions[book, default: []].append(draft.recorded)
        }
        rows.accounts[key("wallet/1")] = Account(
            key: key("wallet/1"), identifier: 1, balance: 0, floor: 0, lastSequence: 3)
        rows.accounts[key("fees")] = Account(key: key("fees"), identifier: 2, balance: 0, floor: nil, lastSequence: 3)
        rows.heads[book] = BookHead(
            book: book, sequence: 3, hash: previous, accountCount: 2, lastRecordedAt: time(10))
        let findings = rows.audit(book)
        #expect(findings.map(\.check) == [.floor])
        #expect(findings.first?.sequence == 1)
        #expect(findings.first?.account == key("wallet/1"))
        #expect(
            findings.first?.sentence
                == "Posting 0 of transaction 1 took book 7, USD wallet/1 to -5, below its floor of 0.")
    }

    @Test("audit: a row of another book, an invalid name and a number of 0 are found")
    func strangeRows() {
        var audit = LedgerAudit(book: book)
        let stranger = key("a", .usd, BookKey(8))
        audit.check(Account(key: stranger, identifier: 1, balance: 0, floor: nil, lastSequence: 0))
        audit.check(Account(key: key("a b"), identifier: 0, balance: 0, floor: nil, lastSequence: 0))
        audit.check(Account(key: key("c"), identifier: 3, balance: 0, floor: nil, lastSequence: 0))
        audit.check(Account(key: key("c"), identifier: 4, balance: 0, floor: nil, lastSequence: 0))
        let found = audit.finish(
            head: BookHead(book: book, sequence: 0, hash: BookHead.noHash, accountCount: 4, lastRecordedAt: time(0)))
        #expect(found.map(\.check) == [.account, .account, .account, .account])
        #expect(found.map(\.account) == [stranger, key("a b"), key("a b"), key("c")])
    }

    @Test("audit: findings are bounded, and what was left out is counted")
    func bounded() {
        var audit = LedgerAudit(book: book)
        for index in 1...1_500 {
            let name = AccountName("wallet/\(index)")
            audit.check(
                Account(key: key(name), identifier: Int64(index), balance: 0, floor: nil, lastSequence: 0))
        }
        let found = audit.finish(
            head: BookHead(book: book, sequence: 0, hash: BookHead.noHash, accountCount: 1_500, lastRecordedAt: time(0))
        )
        #expect(found.count == 1_001)
        #expect(found.last?.check == .findingsOmitted)
        #expect(found.last?.sentence == "500 more findings in book 7 are not listed.")
    }
}

extension Rows {
    mutating func change(
        _ name: AccountName, _ currency: Currency = .usd, identifier: Int64? = nil, balance: Int64? = nil,
        floor: Int64?? = nil, lastSequence: Int64? = nil
    ) {
        guard let old = accounts[key(name, currency)] else { preconditionFailure("No row for \(name)") }
        accounts[old.key] = Account(
            key: old.key, identifier: identifier ?? old.identifier, balance: balance ?? old.balance,
            floor: floor ?? old.floor, lastSequence: lastSequence ?? old.lastSequence)
    }

    mutating func changeHead(sequence: Int64? = nil, accountCount: Int64? = nil, at: Int64? = nil) {
        guard let old = heads[book] else { preconditionFailure("No head") }
        heads[book] = BookHead(
            book: book, sequence: sequence ?? old.sequence, hash: old.hash,
            accountCount: accountCount ?? old.accountCount, lastRecordedAt: at.map { time($0) } ?? old.lastRecordedAt)
    }

    mutating func damage(_ sequence: Int, _ change: (inout Draft) -> Void) {
        guard let old = transactions[book]?[sequence - 1] else { preconditionFailure("No transaction \(sequence)") }
        transactions[book]?[sequence - 1] = Draft.damaged(old, change)
    }
}

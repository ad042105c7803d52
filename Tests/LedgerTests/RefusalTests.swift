import Core
import Ledger
import Money
import Testing

@Suite("Refusals")
struct RefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let expected: LedgerRefusal
        let transaction: Transaction
        var testDescription: String { name }
    }

    /// Each row also breaks every later rule that it can, so the table pins the order of precedence.
    static let rows: [Row] = {
        let long = String(repeating: "x", count: 97)
        let small = posting("wallet/1", "wallet/1", 0)
        var wrong = transaction([posting("a b", "a b", 0)], rate: "0")
        wrong.id = ""
        wrong.kind = ""
        wrong.reference = ""
        func changed(_ change: (inout Transaction) -> Void) -> Transaction {
            var result = wrong
            change(&result)
            return result
        }
        func only(_ postings: Posting...) -> Transaction { transaction(postings) }
        return [
            Row(name: "no postings", expected: .noPostings, transaction: changed { $0.postings = [] }),
            Row(
                name: "33 postings", expected: .tooManyPostings(33),
                transaction: changed { $0.postings = Array(repeating: small, count: 33) }),
            Row(name: "no id", expected: .invalidText(.id), transaction: wrong),
            Row(
                name: "an id of 256 characters", expected: .invalidText(.id),
                transaction: changed { $0.id = String(repeating: "x", count: 256) }),
            Row(name: "no kind", expected: .invalidText(.kind), transaction: changed { $0.id = "ltx_1" }),
            Row(
                name: "a reference with a space", expected: .invalidText(.reference),
                transaction: changed { ($0.id, $0.kind, $0.reference) = ("ltx_1", "charge", "ch 1") }),
            Row(
                name: "a rate of zero", expected: .invalidText(.rate),
                transaction: changed { ($0.id, $0.kind, $0.reference) = ("ltx_1", "charge", "ch_1") }),
            Row(
                name: "a source with a space", expected: .invalidAccountName("a b"),
                transaction: only(posting("a b", "a b", 0))),
            Row(
                name: "a destination that is too long", expected: .invalidAccountName(long),
                transaction: only(posting("fees", AccountName(long), 0))),
            Row(
                name: "a destination with an accent", expected: .invalidAccountName("café"),
                transaction: only(posting("fees", "café", 0))),
            Row(name: "no name", expected: .invalidAccountName(""), transaction: only(posting("", "fees", 1))),
            Row(
                name: "the same account twice", expected: .sameAccount("fees"),
                transaction: only(posting("fees", "fees", 0))),
            Row(
                name: "an amount of zero", expected: .nonPositiveAmount(0),
                transaction: only(posting("wallet/1", "fees", 0), posting("a b", "fees", 1))),
            Row(
                name: "the least amount", expected: .nonPositiveAmount(.min),
                transaction: only(posting("wallet/1", "fees", 5), posting("fees", "full", .min))),
            Row(
                name: "the source overflows", expected: .overflow(key("empty")),
                transaction: only(posting("empty", "full", 2))),
            Row(
                name: "the destination overflows", expected: .overflow(key("full")),
                transaction: only(posting("wallet/1", "full", 1_000))),
            Row(
                name: "below the floor", expected: .belowFloor(key("wallet/1"), floor: 0, balance: -1),
                transaction: only(posting("wallet/1", "fees", 101))),
            Row(
                name: "below the transaction's floor", expected: .belowFloor(key("fees"), floor: 10, balance: 9),
                transaction: transaction([posting("fees", "available", 91)], floors: ["fees": 10])),
            Row(
                name: "below the higher of two floors", expected: .belowFloor(key("wallet/1"), floor: 0, balance: -1),
                transaction: transaction([posting("wallet/1", "fees", 101)], floors: ["wallet/1": -50])),
            Row(
                name: "below the floor of an account that has just been opened",
                expected: .belowFloor(key("wallet/9/held"), floor: 0, balance: -1),
                transaction: only(posting("wallet/9/held", "wallet/9", 1))),
        ]
    }()

    static func state() -> LedgerState {
        var state = LedgerState()
        state.load(BookHead(book: book, sequence: 4, hash: BookHead.noHash, accountCount: 4, lastRecordedAt: time(0)))
        let balances: [(AccountName, Int64)] = [
            ("empty", .min + 1), ("full", .max - 1), ("wallet/1", 100), ("fees", 100),
        ]
        for (index, (name, balance)) in balances.enumerated() {
            state.load(
                Account(
                    key: key(name), identifier: Int64(index + 1), balance: balance,
                    floor: FloorPolicy.floor(for: name), lastSequence: 1))
        }
        return state
    }

    @Test("apply: each refusal, in order of precedence, leaves no trace", arguments: rows)
    func refusal(_ row: Row) {
        var state = Self.state()
        state.prepare(row.transaction)
        let accounts = row.transaction.accountKeys.map { state.account($0) }
        #expect(throws: row.expected) { try state.apply(row.transaction, recordedAt: time(5_000)) }
        #expect(!state.hasChanges)
        #expect(row.transaction.accountKeys.map { state.account($0) } == accounts)
        #expect(state.head(book)?.sequence == 4)
        #expect(state.head(book)?.lastRecordedAt == time(0))
        #expect(!row.expected.description.isEmpty)
    }

    @Test("apply: a refusal in the last posting undoes the ones before it and the accounts they opened")
    func undoes() throws {
        var state = Self.state()
        let first = transaction([
            posting("clearing/card", "available", 5), posting("wallet/1", "fees", 100), posting("wallet/1", "fees", 1),
        ])
        #expect(throws: LedgerRefusal.belowFloor(key("wallet/1"), floor: 0, balance: -1)) { try state.book(first) }
        #expect(state.account(key("available")) == nil)
        #expect(state.balance("wallet/1") == 100)
        let recorded = try state.book(transaction([posting("fees", "available", 1)]))
        #expect(recorded.sequence == 5)
        #expect(recorded.postings.map(\.destinationAccount) == [5])
    }

    @Test("validate: rates are positive decimal numbers, written plainly")
    func rates() {
        let lawful = ["1", "0.5", "1.0837", "007", "12345678901234567890.123456789", "0.0001"]
        let refused = ["", "0", "0.000", ".5", "5.", "1.2.3", "-1", "+1", "1e3", "1,5", " 1", "١"]
        let long = String(repeating: "1", count: 65)
        for rate in lawful {
            #expect(throws: Never.self, "\(rate)") { try transaction([posting("a", "b", 1)], rate: rate).validate() }
        }
        for rate in refused + [long] {
            #expect(throws: LedgerRefusal.invalidText(.rate), "\(rate)") {
                try transaction([posting("a", "b", 1)], rate: rate).validate()
            }
        }
    }

    @Test("account names: 1…96 characters of the alphabet")
    func names() {
        let alphabet = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-:".unicodeScalars)
        for value in UInt32(0)...0x2ff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(AccountName(String(Character(scalar))).isValid == alphabet.contains(scalar), "\(value)")
        }
        #expect(AccountName(String(repeating: "x", count: 96)).isValid)
        #expect(!AccountName(String(repeating: "x", count: 97)).isValid)
        #expect(!AccountName("").isValid)
    }

    @Test("the working set: using what was not loaded traps")
    func traps() async {
        await #expect(processExitsWith: .failure) {
            var state = LedgerState()
            _ = try? state.apply(transaction([posting("a", "b", 1)]), recordedAt: time(0))
        }
        await #expect(processExitsWith: .failure) {
            var state = LedgerState()
            state.load(BookHead(emptyBook: book))
            _ = try? state.apply(transaction([posting("a", "b", 1)]), recordedAt: time(0))
        }
        await #expect(processExitsWith: .failure) {
            var state = LedgerState()
            _ = try? state.book(transaction([posting("a", "b", 1)]))
            if let account = state.account(key("a")) { state.load(account) }
        }
        await #expect(processExitsWith: .failure) {
            var state = LedgerState()
            _ = try? state.book(transaction([posting("a", "b", 1)]))
            state.loadAbsent(key("a"))
        }
    }
}

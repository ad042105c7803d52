import Core
import Ledger
import Money
import Testing

@Suite("Applying transactions")
struct ApplyTests {
    @Test("apply: numbers accounts in the order of the postings and gives both balances after each")
    func recorded() throws {
        var state = LedgerState()
        let recorded = try state.book(
            transaction([posting("clearing/card", "pending", 1_000), posting("pending", "fees", 59)]))
        #expect(recorded.sequence == 1)
        #expect(recorded.previousHash == BookHead.noHash)
        #expect(recorded.postings.map(\.number) == [0, 1])
        #expect(recorded.postings.map(\.sourceAccount) == [1, 2])
        #expect(recorded.postings.map(\.destinationAccount) == [2, 3])
        #expect(recorded.postings.map(\.sourceBalance) == [-1_000, 941])
        #expect(recorded.postings.map(\.destinationBalance) == [1_000, 59])
        let next = try state.book(transaction([posting("fees", "pending", 9)], id: "ltx_2"))
        #expect(next.sequence == 2)
        #expect(next.previousHash == recorded.hash)
        #expect(state.head(book)?.hash == next.hash)
        #expect(state.head(book)?.accountCount == 3)
        #expect(state.account(key("pending"))?.lastSequence == 2)
        #expect(state.account(key("clearing/card"))?.lastSequence == 1)
    }

    @Test("apply: the same name is another account in each currency and in each book")
    func separateAccounts() throws {
        var state = LedgerState()
        let exchange = transaction(
            [posting("available", "fx", 1_000), posting("fx", "available", 923, eur)], rate: "0.923")
        let recorded = try state.book(exchange)
        #expect(recorded.transaction.rate == "0.923")
        #expect(state.balance("fx") == 1_000)
        #expect(state.balance("fx", eur) == -923)
        let other = try state.book(transaction([posting("available", "fx", 1)], book: BookKey(8)))
        #expect(other.sequence == 1)
        #expect(other.postings.map(\.sourceAccount) == [1])
        #expect(state.balance("available") == -1_000)
    }

    @Test("apply: a clock that went back does not move the book's time back")
    func clock() throws {
        var state = LedgerState()
        #expect(try state.book(transaction([posting("a", "b", 1)]), at: 500).recordedAt == time(500))
        #expect(try state.book(transaction([posting("a", "b", 1)]), at: 499).recordedAt == time(500))
        #expect(try state.book(transaction([posting("a", "b", 1)]), at: 501).recordedAt == time(501))
    }

    @Test("apply: money has to arrive on a floored account before it leaves")
    func order() throws {
        var state = LedgerState()
        let arrive = posting("clearing/card", "wallet/1", 10)
        let leave = posting("wallet/1", "fees", 10)
        #expect(throws: LedgerRefusal.self) { try state.book(transaction([leave, arrive])) }
        let recorded = try state.book(transaction([arrive, leave]))
        #expect(recorded.postings.map(\.sourceBalance) == [-10, 0])
    }

    @Test("apply: an account below its floor can receive, and cannot give")
    func belowFloor() throws {
        var state = LedgerState()
        state.load(BookHead(book: book, sequence: 1, hash: BookHead.noHash, accountCount: 1, lastRecordedAt: time(0)))
        state.load(Account(key: key("wallet/1"), identifier: 1, balance: -50, floor: 0, lastSequence: 1))
        _ = try state.book(transaction([posting("fees", "wallet/1", 10)]))
        #expect(state.balance("wallet/1") == -40)
        #expect(throws: LedgerRefusal.belowFloor(key("wallet/1"), floor: 0, balance: -41)) {
            try state.book(transaction([posting("wallet/1", "fees", 1)]))
        }
    }

    @Test("apply: a transaction's floor stops the second of two payouts and is not recorded")
    func demand() throws {
        var state = LedgerState()
        _ = try state.book(transaction([posting("clearing/card", "available", 100)]))
        let payout = transaction([posting("available", "bank/house", 60)], floors: ["available": 0])
        #expect(try state.book(payout).transaction.floors.isEmpty)
        #expect(throws: LedgerRefusal.belowFloor(key("available"), floor: 0, balance: -20)) { try state.book(payout) }
        _ = try state.book(transaction([posting("available", "clearing/card", 60)]))
        #expect(state.balance("available") == -20)
    }

    @Test("applyAll: a refusal in the middle leaves no trace in any book")
    func groups() throws {
        var state = LedgerState()
        let first = transaction([posting("available", "due_to/8", 10)], book: BookKey(7))
        let second = transaction([posting("due_to/7", "available", 10)], book: BookKey(8))
        let wrong = transaction([posting("wallet/1", "fees", 1)], book: BookKey(9))
        for each in [first, second, wrong] { state.prepare(each) }
        #expect(throws: LedgerRefusal.belowFloor(key("wallet/1", .usd, BookKey(9)), floor: 0, balance: -1)) {
            try state.applyAll([first, second, wrong], recordedAt: time(1))
        }
        #expect(!state.hasChanges)
        for number in Int64(7)...9 { #expect(state.head(BookKey(number)) == BookHead(emptyBook: BookKey(number))) }
        let recorded = try state.applyAll([first, second], recordedAt: time(1))
        #expect(recorded.map(\.sequence) == [1, 1])
        #expect(try state.applyAll([], recordedAt: time(1)).isEmpty)
    }

    @Test("floors: by name")
    func floors() {
        let floored: [AccountName] = [
            "wallet/1", "wallet/1/held", "available/held", "held", "reserve", "reserve/rolling", "wallet/",
        ]
        let free: [AccountName] = [
            "available", "pending/2026-11-26", "clearing/card", "fees", "withheld", "held/1", "reserves", "wallets/1",
            "wallet", "dispute/dp_1",
        ]
        for name in floored { #expect(FloorPolicy.floor(for: name) == 0, "\(name)") }
        for name in free { #expect(FloorPolicy.floor(for: name) == nil, "\(name)") }
    }

    @Test("holds: held, released in part, captured, and never twice")
    func holds() throws {
        var state = LedgerState()
        let wallet: AccountName = "wallet/42"
        #expect(wallet.held == "wallet/42/held")
        _ = try state.book(transaction([posting("clearing/card", wallet, 700)]))
        _ = try state.book(transaction([.hold(500, .usd, of: wallet)]))
        #expect(state.balance(wallet) == 200)
        #expect(state.balance(wallet.held) == 500)
        _ = try state.book(
            transaction([.release(200, .usd, of: wallet), .capture(300, .usd, of: wallet, to: "available")]))
        #expect(state.balance(wallet) == 400)
        #expect(state.balance(wallet.held) == 0)
        #expect(state.balance("available") == 300)
        for again in [Posting.release(1, .usd, of: wallet), .capture(1, .usd, of: wallet, to: "available")] {
            #expect(throws: LedgerRefusal.belowFloor(key(wallet.held), floor: 0, balance: -1)) {
                try state.book(transaction([again]))
            }
        }
        #expect(throws: LedgerRefusal.belowFloor(key(wallet), floor: 0, balance: -1)) {
            try state.book(transaction([.hold(401, .usd, of: wallet)]))
        }
        // A hold on an account without a floor may exceed what is there.
        _ = try state.book(transaction([.hold(1_000, .usd, of: "available")]))
        #expect(state.balance("available") == -700)
        #expect(AccountName("available").held.isHeld)
    }
}

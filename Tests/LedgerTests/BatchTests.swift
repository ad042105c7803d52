import Core
import Ledger
import Money
import Testing

@Suite("Batches")
struct BatchTests {
    @Test("takeChanged: gives each account and head once, however many moves, then nothing")
    func once() throws {
        var state = LedgerState()
        for index in 1...100 {
            _ = try state.book(transaction([posting("clearing/card", "available", 10)], id: "ltx_\(index)"))
        }
        let changed = state.takeChanged()
        #expect(changed.accounts.map(\.key.name) == ["clearing/card", "available"])
        #expect(changed.accounts.map(\.balance) == [-1_000, 1_000])
        #expect(changed.accounts.map(\.identifier) == [1, 2])
        #expect(changed.accounts.map(\.lastSequence) == [100, 100])
        #expect(changed.heads.map(\.sequence) == [100])
        let none = state.takeChanged()
        #expect(none.accounts.isEmpty && none.heads.isEmpty)
        _ = try state.book(transaction([posting("available", "fees", 1)]))
        #expect(state.takeChanged().accounts.map(\.key.name) == ["available", "fees"])
    }

    @Test("takeChanged: what was loaded, or only refused, is not given")
    func untouched() throws {
        var state = RefusalTests.state()
        #expect(throws: LedgerRefusal.self) { try state.book(transaction([posting("wallet/1", "fees", 101)])) }
        let none = state.takeChanged()
        #expect(none.accounts.isEmpty && none.heads.isEmpty)
        _ = try state.book(transaction([posting("wallet/1", "fees", 1)]))
        #expect(throws: LedgerRefusal.self) {
            try state.book(transaction([posting("wallet/1", "x", 1), posting("y", "y", 1)]))
        }
        #expect(state.takeChanged().accounts.map(\.key.name) == ["wallet/1", "fees"])
    }

    @Test("evict: forgets what was unused for longest, keeps what changed")
    func evict() throws {
        var state = LedgerState()
        for index in 1...100 {
            _ = try state.book(transaction([posting("a\(index)", "b\(index)", 1)], book: BookKey(Int64(index))))
        }
        #expect(state.accountCount == 200)
        state.evict(keepingAtMost: 40)
        #expect(state.accountCount == 200, "Nothing that changed is forgotten")
        _ = state.takeChanged()
        let late = transaction([posting("a1", "b2", 1)], book: BookKey(1))
        _ = try state.book(late)
        state.evict(keepingAtMost: 40)
        #expect(state.accountCount == 30)
        #expect(state.headCount == 30)
        #expect(state.knows(key("a100", .usd, BookKey(100))))
        #expect(!state.knows(key("a2", .usd, BookKey(2))))
        #expect(!state.knows(BookKey(2)))
        let changed = state.takeChanged()
        #expect(changed.accounts.map(\.key) == late.accountKeys)
        #expect(changed.heads.map(\.book) == [BookKey(1)])
        _ = try state.book(transaction([posting("a100", "b100", 1)], book: BookKey(100)))
        #expect(state.account(key("b100", .usd, BookKey(100)))?.balance == 2)
        state.evict(keepingAtMost: 40)
        #expect(state.accountCount == 30, "Nothing is forgotten while there is room")
    }

    @Test("forgetAll: leaves a state that knows nothing")
    func forget() throws {
        var state = LedgerState()
        _ = try state.book(transaction([posting("a", "b", 1)]))
        state.forgetAll()
        #expect(!state.knows(book) && !state.knows(key("a")) && !state.hasChanges)
        #expect(try state.book(transaction([posting("a", "b", 1)])).sequence == 1)
    }

    @Test("load: an unchanged account may be loaded again, an absent one may turn out to exist")
    func reload() {
        var state = LedgerState()
        state.loadAbsent(key("a"))
        #expect(state.knows(key("a")))
        #expect(state.account(key("a")) == nil)
        for balance in [Int64(5), 6] {
            let account = Account(key: key("a"), identifier: 3, balance: balance, floor: nil, lastSequence: 1)
            state.load(account)
            #expect(state.account(key("a")) == account)
        }
        #expect(state.accountCount == 1)
        #expect([key("b"), key("a", eur), key("a")].sorted().first == [key("a", eur), key("a")].min())
    }
}

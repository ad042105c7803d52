import Core
import Ledger
import Money
import Storage
import Testing

@Suite("Reading the ledger")
struct LedgerReaderTests {
    static let names: [AccountName] = ["clearing/card", "available", "pending/2026-11-26", "fees", "bank"]

    /// A store with a book of random transactions, some of which took effect before or after they were recorded.
    struct World {
        let folder: TestFolder
        let store: Store
        var naive = NaiveBook()
        var recorded: [RecordedTransaction] = []
        let seed: UInt64
        let random: SeededGenerator
        let start = TestClock().now
        let book = BookKey(1)

        init(seed: UInt64, transactions count: Int) async throws {
            self.seed = seed
            random = SeededGenerator(seed: seed)
            folder = try TestFolder()
            let clock = TestClock()
            store = try await folder.open(environment: clock.environment(seed: seed))
            for number in 1...count {
                // The clock stands, runs, and sometimes goes back.
                clock.advance(milliseconds: Int64(random.below(200)) - 40)
                let proposed = randomTransaction(number, at: clock.now)
                let receipt = try await store.commit(Change(transactions: [proposed]))
                let booked = receipt.transactions[0]
                naive.note(proposed, sequence: booked.sequence, recordedAt: booked.recordedAt)
                recorded.append(booked)
            }
        }

        func randomTransaction(_ number: Int, at now: Timestamp) -> Transaction {
            let count = LedgerReaderTests.names.count
            let postings = (0...random.below(4)).map { _ in
                let source = random.below(count)
                let destination = (source + 1 + random.below(count - 1)) % count
                let amount = Int64(1 + random.below(10_000))
                return posting(LedgerReaderTests.names[source], LedgerReaderTests.names[destination], amount)
            }
            let shift = random.below(3) == 0 ? Int64(random.below(4_000)) - 3_000 : 0
            return transaction("ltx_\(number)", at: now.adding(milliseconds: shift), postings)
        }

        func randomMoment() -> Timestamp { start.adding(milliseconds: Int64(random.below(12_000)) - 2_000) }
    }

    @Test("a balance after any transaction, and as of any two times, is what adding up says", arguments: [1, 2, 3])
    func balances(seed: UInt64) async throws {
        let world = try await World(seed: seed, transactions: 120)
        try await world.store.read { [world] reader in
            for account in try await reader.accounts(of: world.book) {
                let name = account.key.name
                for sequence in 0...Int64(world.recorded.count + 1) {
                    let balance = try await reader.balance(of: account, after: sequence)
                    #expect(balance == world.naive.balance(name, after: sequence), "\(name) after \(sequence)")
                }
                for _ in 0..<60 {
                    let (effective, known) = (world.randomMoment(), world.randomMoment())
                    let balance = try await reader.balance(of: account, asOf: effective, knownAt: known)
                    let expected = world.naive.balance(name, asOf: effective, knownAt: known)
                    #expect(balance == expected, "\(name) as of \(effective), known at \(known), seed \(seed)")
                }
            }
        }
        let isBackdated = world.recorded.contains { $0.transaction.effectiveAt < $0.recordedAt }
        let isPostdated = world.recorded.contains { $0.transaction.effectiveAt > $0.recordedAt }
        #expect(isBackdated && isPostdated, "the run is worth something only with both")
        await world.store.close()
    }

    @Test("the last transaction recorded by a moment is found")
    func sequenceByMoment() async throws {
        let world = try await World(seed: 4, transactions: 50)
        try await world.store.read { [world] reader in
            for offset in stride(from: Int64(-100), to: 12_000, by: 37) {
                let moment = world.start.adding(milliseconds: offset)
                let expected = world.recorded.last { $0.recordedAt <= moment }?.sequence ?? 0
                let found = try await reader.sequence(of: world.book, recordedBy: moment)
                #expect(found == expected)
            }
            let nothing = try await reader.sequence(of: BookKey(99), recordedBy: world.start)
            #expect(nothing == 0, "a book that does not exist")
        }
        await world.store.close()
    }

    @Test("the transactions come back as they were booked, and an audit finds nothing")
    func transactions() async throws {
        let world = try await World(seed: 5, transactions: 150)
        let (read, findings) = try await world.store.read { [book = world.book] reader in
            var read: [RecordedTransaction] = []
            try await reader.forEachTransaction(of: book, after: 0) { read.append($0) }
            return (read, try await reader.audit(book))
        }
        #expect(read == world.recorded)
        #expect(findings.isEmpty)
        await world.store.close()
    }

    @Test("transactions after a sequence are the rest of them")
    func transactionsAfter() async throws {
        let world = try await World(seed: 6, transactions: 20)
        let rest = try await world.store.read { [book = world.book] reader in
            var rest: [RecordedTransaction] = []
            try await reader.forEachTransaction(of: book, after: 12) { rest.append($0) }
            return rest
        }
        #expect(rest.map(\.sequence) == Array(13...20))
        #expect(rest.dropFirst() == world.recorded.dropFirst(13))
        #expect(rest.first == world.recorded[12])
        await world.store.close()
    }

    @Test("a rate, several currencies and the texts of a transaction are kept")
    func exchange() async throws {
        let folder = try TestFolder()
        let store = try await folder.open()
        let proposed = Transaction(
            id: "ltx_fx", book: BookKey(3), kind: "conversion", reference: "fx_1",
            effectiveAt: Timestamp(milliseconds: 1_234),
            postings: [
                Posting(currency: .usd, source: "available", destination: "fx", amount: 10_000),
                Posting(currency: .jpy, source: "fx", destination: "available", amount: 14_953),
            ], rate: "149.53")
        let receipt = try await store.commit(Change(transactions: [proposed]))
        let (read, accounts, books) = try await store.read { reader in
            var read: [RecordedTransaction] = []
            try await reader.forEachTransaction(of: BookKey(3), after: 0) { read.append($0) }
            return (read, try await reader.accounts(of: BookKey(3)), try await reader.books())
        }
        #expect(read == receipt.transactions)
        #expect(read[0].transaction == proposed)
        #expect(
            accounts.map { "\($0.key.currency) \($0.key.name) \($0.balance)" } == [
                "JPY available 14953", "JPY fx -14953", "USD available -10000", "USD fx 10000",
            ])
        #expect(books == [BookKey(3)])
        await store.close()
    }

    @Test("accounts are found by a range of names over all books")
    func accountsByName() async throws {
        let folder = try TestFolder()
        let store = try await folder.open()
        for (number, book) in [Int64(2), 1].enumerated() {
            let days = ["2026-11-25", "2026-11-26", "2026-11-27"].map { AccountName("pending/\($0)") }
            let postings = days.map { posting("clearing", $0, book) }
            _ = try await store.commit(Change(transactions: [transaction("ltx_\(number)", book: book, postings)]))
        }
        let found = try await store.read { try await $0.accounts(namedFrom: "pending/", through: "pending/2026-11-26") }
        #expect(
            found.map(\.key.description) == [
                "book 1, USD pending/2026-11-25", "book 1, USD pending/2026-11-26",
                "book 2, USD pending/2026-11-25", "book 2, USD pending/2026-11-26",
            ])
        await store.close()
    }
}

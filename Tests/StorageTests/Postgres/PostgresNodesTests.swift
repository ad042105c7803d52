import Core
import Ledger
import Money
import Storage
import Testing

@Suite(
    "Many processes on one PostgreSQL database", .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly),
    .timeLimit(.minutes(2)))
struct PostgresNodesTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Moves a cent, tells of it, and leaves a note of its own.
    private static func payment(_ id: String, of merchant: MerchantKey) -> Change {
        var change = Note(id, of: merchant).inserted
        change.transactions = [
            transaction("ltx_\(id)", book: merchant.value, [posting("clearing", "available", 1)])
        ]
        var told = event("paid", of: merchant)
        told.objectID = id
        change.events = [told]
        return change
    }

    /// Reads the log by its cursor until `count` events were seen; each time as many as there are.
    private static func follow(_ store: Store, until count: Int) async throws -> [Int64] {
        var seen: [Int64] = []
        while seen.count < count {
            let cursor = seen.last ?? 0
            seen += try await store.read { reader in
                try await reader.select(
                    StoredEvent.self, where: "merchant = ? AND sequence > ?", [.integer(shop.value), .integer(cursor)],
                    orderBy: "sequence", limit: 10_000)
            }.map(\.sequence)
        }
        return seen
    }

    @Test("book what they acknowledge and nothing else; the event log has no gaps, and a follower misses nothing")
    func twoNodes() async throws {
        let nodes = [try await folder.open(), try await folder.open()]
        let follower = try await folder.open()
        let perTask = 100
        let merchants = [shop, MerchantKey(2), otherShop, MerchantKey(4)]
        let following = Task { try await Self.follow(follower, until: nodes.count * 4 * perTask * 4 / 5) }
        let acknowledged = Locked<Set<String>>([])
        let refused = Locked<Set<String>>([])
        await withTaskGroup(of: Void.self) { group in
            for (node, store) in nodes.enumerated() {
                for merchant in merchants {
                    for task in 0..<4 {
                        group.addTask {
                            for number in 0..<perTask {
                                let id = "n\(node)_m\(merchant.value)_\(task)_\(number)"
                                var change = Self.payment(id, of: merchant)
                                // Every fifth is refused, and half of those by the ledger.
                                if number % 10 == 0 { change.requires = [.present(Note.table, key: Note("no").key)] }
                                if number % 10 == 5 {
                                    let release = [Posting.release(1, .usd, of: "authorised")]
                                    change.transactions.append(transaction("x", book: merchant.value, release))
                                }
                                let error = await store.outcome(of: change)
                                if error == nil {
                                    acknowledged.withLock { _ = $0.insert(id) }
                                } else {
                                    refused.withLock { _ = $0.insert(id) }
                                }
                            }
                        }
                    }
                }
            }
        }
        let kept = acknowledged.withLock { $0 }
        #expect(kept.count == nodes.count * merchants.count * 4 * perTask * 4 / 5)
        #expect(refused.withLock { $0.count } == kept.count / 4)
        #expect(Set(try await nodes[0].notes().map(\.id)) == kept)
        let seen = try await following.value
        #expect(seen == Array(1...Int64(seen.count)), "in order, and none is missing")
        for merchant in merchants { try await expectClean(merchant, kept) }
        for store in nodes + [follower] { await store.close() }
    }

    /// The events, postings and balances of a merchant are those of its notes.
    private func expectClean(_ merchant: MerchantKey, _ kept: Set<String>) async throws {
        let store = try await folder.open()
        let mine = kept.filter { $0.contains("_m\(merchant.value)_") }
        let events = try await store.events(of: merchant)
        #expect(events.map(\.sequence) == Array(1...Int64(mine.count)))
        #expect(Set(events.map(\.objectID)) == mine)
        let book = BookKey(merchant.value)
        let (accounts, findings, last) = try await store.read { reader in
            (try await reader.accounts(of: book), try await reader.audit(book), try await reader.head(of: book))
        }
        #expect(findings.isEmpty)
        #expect(last.sequence == Int64(mine.count))
        #expect(accounts.map(\.balance).reduce(0, +) == 0)
        #expect(accounts.first { $0.key.name == "available" }?.balance == Int64(mine.count))
        await store.close()
    }

    @Test("exactly one of them wins each version of a row")
    func versions() async throws {
        let nodes = [try await folder.open(), try await folder.open()]
        let contested = Note("contested", "")
        _ = try await nodes[0].commit(contested.inserted)
        let wins = Locked<[Int64: Int]>([:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                let store = nodes[task % 2]
                group.addTask {
                    for _ in 0..<60 {
                        guard var note = try await store.read({ try await $0.first(Note.self, key: contested.key) })
                        else {
                            Issue.record("the row is gone")
                            return
                        }
                        note.text += "+"
                        var change = Change(events: [event("won")])
                        change.update(&note)
                        let before = note.version - 1
                        change.transactions = [transaction("ltx", [posting("clearing", "available", before)])]
                        switch await store.outcome(of: change) {
                        case nil: wins.withLock { $0[before, default: 0] += 1 }
                        case .conflict(let requirement): #expect(requirement == change.requires[0])
                        case .some(let error): Issue.record("\(error)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let won = wins.withLock { $0 }
        let last = try #require(try await nodes[1].notes().first)
        #expect(won.keys.sorted() == Array(1..<last.version))
        #expect(won.values.allSatisfy { $0 == 1 })
        #expect(Int64(last.text.count) == last.version - 1)
        #expect(try await nodes[0].events().map(\.sequence) == Array(1..<last.version))
        let (accounts, findings) = try await nodes[0].read { reader in
            (try await reader.accounts(of: BookKey(1)), try await reader.audit(BookKey(1)))
        }
        #expect(findings.isEmpty)
        #expect(accounts.first { $0.key.name == "available" }?.balance == (1..<last.version).reduce(0, +))
        for store in nodes { await store.close() }
    }

    @Test("Changes of many merchants at once, in any order, get in nobody's way for good")
    func crossing() async throws {
        let nodes = [try await folder.open(batchMax: 16), try await folder.open(batchMax: 16)]
        let random = SeededGenerator(seed: 20)
        let errors = await withTaskGroup(of: [CommitError].self) { group in
            for task in 0..<16 {
                group.addTask {
                    var errors: [CommitError] = []
                    for number in 0..<40 {
                        var change = Change()
                        for part in 0..<3 {
                            let merchant = MerchantKey(Int64(1 + random.below(20)))
                            change.append(Self.payment("\(task)_\(number)_\(part)", of: merchant))
                        }
                        // A row of somebody else's that must not be there is looked at, too.
                        let other = Note("nobody", of: MerchantKey(Int64(1 + random.below(20))))
                        change.requires = [.absent(Note.table, key: other.key)]
                        if let error = await nodes[task % 2].outcome(of: change) { errors.append(error) }
                    }
                    return errors
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(errors.isEmpty)
        #expect(try await nodes[0].notes().count == 16 * 40 * 3)
        for store in nodes { await store.close() }
    }

    @Test("nothing is written any more under a version of another merchant's row once that has the next")
    func sharedRequirement() async throws {
        // As under a lease: the row belongs to one merchant, what is written to another, by another committer.
        let nodes = [try await folder.open(), try await folder.open()]
        let lease = Note("lease", of: MerchantKey(0))
        _ = try await nodes[0].commit(lease.inserted)
        let seen = Locked<[Int64: SQLValue]>([:])
        let isOver = Locked(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<60 {
                    guard var current = try await nodes[0].read({ try await $0.first(Note.self, key: lease.key) })
                    else { break }
                    let version = current.version
                    var change = Change()
                    change.update(&current)
                    _ = try await nodes[0].commit(change)
                    let count = try await Self.count(version, nodes[0])
                    seen.withLock { $0[version] = count }
                }
                isOver.withLock { $0 = true }
            }
            for task in 0..<4 {
                group.addTask {
                    var number = 0
                    while !isOver.withLock({ $0 }) {
                        guard let held = try await nodes[1].read({ try await $0.first(Note.self, key: lease.key) })
                        else { return }
                        number += 1
                        var change = Note("\(task)_\(number)", "\(held.version)").inserted
                        change.requires = [.version(Note.table, key: lease.key, is: held.version)]
                        switch await nodes[1].outcome(of: change) {
                        case nil, .conflict: break
                        case .some(let error): Issue.record("\(error)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let counts = seen.withLock { $0 }
        #expect(counts.count == 60)
        #expect(counts.values.contains { $0 != .integer(0) }, "some were in time")
        for (version, count) in counts { #expect(try await Self.count(version, nodes[0]) == count) }
        for store in nodes { await store.close() }
    }

    /// How many notes were written under a version of the lease.
    private static func count(_ version: Int64, _ store: Store) async throws -> SQLValue {
        try await store.read { reader in
            try await reader.rows(
                "SELECT COUNT(*) FROM note WHERE merchant = 1 AND text = ?", [.text("\(version)")])[0][0]
        }
    }
}

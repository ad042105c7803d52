import Core
import Ledger
import Money
import Storage
import Testing

@Suite("Changes that cannot be written")
struct RefusalTests {
    let folder: TestFolder
    let store: Store

    init() async throws {
        folder = try TestFolder()
        store = try await folder.open()
    }

    /// Adds a note, moves an amount and tells of it, as a payment does.
    private func payment(_ id: String, _ amount: Int64) -> Change {
        var change = Note(id).inserted
        change.transactions = [transaction("ltx_\(id)", [posting("clearing", "available", amount)])]
        change.events = [event()]
        return change
    }

    private func expectStanding(_ notes: [String], balance: Int64) async throws {
        #expect(try await store.notes().map(\.id) == notes)
        #expect(try await store.events().map(\.sequence) == (1...Int64(notes.count)).map { $0 })
        let (accounts, findings) = try await store.read { reader in
            (try await reader.accounts(of: BookKey(1)), try await reader.audit(BookKey(1)))
        }
        #expect(accounts.first { $0.key.name == "available" }?.balance == balance)
        #expect(findings.isEmpty)
    }

    @Test("the ledger refuses one Change of a batch, and the others stand")
    func ledgerRefusal() async throws {
        var overdrawn = payment("refused", 1)
        overdrawn.transactions.append(transaction("ltx_release", [.release(5, .usd, of: "authorised")]))
        let results = try await store.commitTogether([payment("a", 10), overdrawn, payment("b", 20)])
        let key = AccountKey(book: BookKey(1), currency: .usd, name: "authorised/held")
        #expect(results.map(\.failure) == [nil, .refused(.belowFloor(key, floor: 0, balance: -5)), nil])
        #expect(store.statistics.commits == 2, "a refusal does not undo the batch")
        try await expectStanding(["a", "b"], balance: 30)
        await store.close()
    }

    @Test("a malformed transaction is refused by name")
    func malformed() async throws {
        await #expect(throws: CommitError.refused(.nonPositiveAmount(0))) { try await store.commit(payment("a", 0)) }
        await #expect(throws: CommitError.refused(.noPostings)) {
            try await store.commit(Change(transactions: [transaction("ltx_1", [])]))
        }
        #expect(try await store.notes().isEmpty)
        await store.close()
    }

    @Test("a row that is there already fails its Change alone, and not its batch mates")
    func duplicateRow() async throws {
        let results = try await store.commitTogether([payment("a", 10), payment("a", 20), payment("b", 30)])
        #expect(results.map(\.isSuccess) == [true, false, true])
        #expect(results[1].failure?.isUnavailable == true)
        try await expectStanding(["a", "b"], balance: 40)
        #expect(results.compactMap { try? $0.get().transactions[0].sequence } == [1, 2])
        await store.close()
    }

    @Test("an update of a row that is not there fails its Change alone")
    func missingRow() async throws {
        var lost = payment("lost", 5)
        lost.updateOwn(Note("never"))
        let results = try await store.commitTogether([payment("a", 10), lost, payment("b", 30)])
        #expect(results.map(\.isSuccess) == [true, false, true])
        #expect(results[1].failure?.isUnavailable == true)
        try await expectStanding(["a", "b"], balance: 40)
        await store.close()
    }

    @Test("every place in a batch may fail, and any number of Changes")
    func everyPlace() async throws {
        _ = try await store.commit(payment("z", 1))
        let results = try await store.commitTogether(
            ["z", "a", "z", "z", "b", "c", "z"].map { payment($0, 1) })
        #expect(results.map(\.isSuccess) == [false, true, false, false, true, true, false])
        try await expectStanding(["a", "b", "c", "z"], balance: 4)
        await store.close()
    }

    @Test("after a failed Change the writer goes on from what is on disk")
    func goesOn() async throws {
        for round in 1...5 {
            _ = try await store.commit(payment("ok_\(round)", 1))
            await #expect(throws: CommitError.self) { try await store.commit(payment("ok_\(round)", 100)) }
            await #expect(throws: CommitError.self) {
                try await store.commit(
                    Change(transactions: [transaction("ltx", [.release(1, .usd, of: "authorised")])]))
            }
        }
        try await expectStanding((1...5).map { "ok_\($0)" }, balance: 5)
        await store.close()
    }
}

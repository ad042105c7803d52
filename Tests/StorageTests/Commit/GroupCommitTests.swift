import Core
import Ledger
import Storage
import Testing

@Suite("Group commit")
struct GroupCommitTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test("a thousand commits at once are all there, each with its receipt, and cost fewer commits of the disk")
    func thousandAtOnce() async throws {
        let store = try await folder.open()
        let sequences = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    var change = Note("note_\(number)").inserted
                    change.transactions = [transaction("ltx_\(number)", [posting("clearing", "available", 1)])]
                    return try await store.commit(change).transactions[0].sequence
                }
            }
            return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
        }
        #expect(sequences == Set(1...1_000))
        #expect(try await store.notes().count == 1_000)
        let statistics = store.statistics
        #expect(statistics.changes == 1_000)
        #expect(statistics.commits < 1_000, "some of them shared a commit")
        await store.close()
    }

    @Test("what waits is written in batches of at most the batch size")
    func batches() async throws {
        let store = try await folder.open(batchMax: 40)
        let results = try await store.commitTogether((0..<100).map { Note("note_\($0)").inserted })
        #expect(results.filter(\.isSuccess).count == 100)
        #expect(store.statistics.commits == 1 + 3, "the gate's, and 40 + 40 + 20")
        #expect(store.statistics.changes == 101)
        #expect(try await store.notes().count == 100)
        await store.close()
    }

    @Test("a commit is readable when it returns")
    func readYourWrite() async throws {
        let store = try await folder.open()
        for number in 0..<20 {
            let note = Note("note_\(number)", "text \(number)")
            _ = try await store.commit(note.inserted)
            #expect(try await store.read { try await $0.first(Note.self, key: note.key) } == note)
        }
        await store.close()
    }

    @Test("a full queue refuses what comes, and answers what waits")
    func overflow() async throws {
        let store = try await folder.open(queueMax: 3)
        let gate = try await Gate(store)
        var waiting: [Task<Result<Receipt, CommitError>, Never>] = []
        for number in 1...3 { waiting.append(await gate.commit(Note("note_\(number)").inserted)) }
        for _ in 1...2 {
            let refused = await gate.commit(Note("note_refused").inserted)
            #expect(await refused.value.failure == .overloaded(retryAfterSeconds: 1))
        }
        gate.open()
        for task in waiting { #expect(await task.value.isSuccess) }
        _ = try await store.commit(Note("note_4").inserted)
        #expect(try await store.notes().map(\.id) == ["note_1", "note_2", "note_3", "note_4"])
        await store.close()
    }

    @Test("closing answers what waits and refuses what comes")
    func close() async throws {
        let store = try await folder.open()
        let gate = try await Gate(store)
        let waiting = [await gate.commit(Note("note_1").inserted), await gate.commit(Note("note_2").inserted)]
        let closing = await gate.close()
        let late = await gate.commit(Note("note_late").inserted)
        #expect(await late.value.failure == .closed)
        gate.open()
        for task in waiting { #expect(await task.value.isSuccess) }
        await closing.value
        await #expect(throws: CommitError.closed) { try await store.commit(Note("note_later").inserted) }
        await #expect(throws: (any Error).self) { try await store.notes() }

        let reopened = try await folder.open()
        #expect(try await reopened.notes().map(\.id) == ["note_1", "note_2"])
        await reopened.close()
    }

    @Test("closing twice is closing once")
    func closeTwice() async {
        await #expect(processExitsWith: .success) {
            let store = try await TestFolder().open()
            _ = try await store.commit(Note("note_1").inserted)
            await store.close()
            await store.close()
        }
    }

    @Test(
        "closing leaves everything in the one file, and nothing in the write-ahead log",
        .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
    func oneFile() async throws {
        let store = try await folder.open()
        for number in 0..<50 { _ = try await store.commit(Note("note_\(number)").inserted) }
        await store.close()
        #expect(try folder.sizes()["florin.sqlite-wal", default: 0] == 0)
    }

    @Test("the event handler is called after a batch with events, and after no other")
    func eventHandler() async throws {
        let store = try await folder.open()
        let (calls, call) = AsyncStream.makeStream(of: Int.self)
        store.onEvents { call.yield(store.statistics.commits) }
        _ = try await store.commit(Note("note_1").inserted)
        _ = try await store.commit(Change(events: [event()]))
        _ = try await store.commit(Note("note_2").inserted)
        _ = try await store.commit(Change(events: [event(), event()]))
        await store.close()
        call.finish()
        #expect(await calls.reduce(into: []) { $0.append($1) } == [2, 4])
    }
}

import Core
import Ledger
import Storage
import Testing

@Suite("Requirements of a Change")
struct RequirementTests {
    let folder: TestFolder
    let store: Store

    init() async throws {
        folder = try TestFolder()
        store = try await folder.open()
    }

    private func commit(requiring requirement: Requirement) async -> CommitError? {
        do throws(CommitError) {
            _ = try await store.commit(Change(requires: [requirement]))
            return nil
        } catch {
            return error
        }
    }

    @Test("absent, present and version hold or conflict")
    func table() async throws {
        var note = Note("note_1")
        _ = try await store.commit(note.inserted)
        var change = Change()
        change.update(&note)
        _ = try await store.commit(change)
        let missing: [SQLValue] = [.integer(shop.value), .text("note_2")]
        let elsewhere: [SQLValue] = [.integer(otherShop.value), .text("note_1")]
        let rows: [(Requirement, holds: Bool)] = [
            (.absent(Note.table, key: missing), true),
            (.absent(Note.table, key: elsewhere), true),
            (.absent(Note.table, key: note.key), false),
            (.present(Note.table, key: note.key), true),
            (.present(Note.table, key: missing), false),
            (.version(Note.table, key: note.key, is: 2), true),
            (.version(Note.table, key: note.key, is: 1), false),
            (.version(Note.table, key: note.key, is: 3), false),
            (.version(Note.table, key: missing, is: 1), false),
        ]
        for (requirement, holds) in rows {
            #expect(await commit(requiring: requirement) == (holds ? nil : .conflict(requirement)))
        }
        await store.close()
    }

    @Test("of two updates of one version in one batch the first stands, and the second conflicts")
    func updatesInOneBatch() async throws {
        let note = Note("note_1", "old")
        _ = try await store.commit(note.inserted)
        let updates = ["first", "second", "third"].map { text in
            var changed = note
            changed.text = text
            var change = Change()
            change.update(&changed)
            return change
        }
        let results = try await store.commitTogether(updates)
        let conflict = CommitError.conflict(.version(Note.table, key: note.key, is: 1))
        #expect(results.map(\.failure) == [nil, conflict, conflict])
        let stored = try await store.notes()
        #expect(stored.map(\.text) == ["first"])
        #expect(stored.map(\.version) == [2])
        await store.close()
    }

    @Test("a batch sees the rows that the Changes before it in the batch made and removed")
    func batchSeesItself() async throws {
        let note = Note("note_1")
        var delete = Change(requires: [.present(Note.table, key: note.key)])
        delete.delete(from: Note.table, key: note.key)
        var insertOnce = note.inserted
        insertOnce.requires.append(.absent(Note.table, key: note.key))
        let results = try await store.commitTogether([insertOnce, insertOnce, delete, delete, insertOnce])
        let isThere = CommitError.conflict(.absent(Note.table, key: note.key))
        let isGone = CommitError.conflict(.present(Note.table, key: note.key))
        #expect(results.map(\.failure) == [nil, isThere, nil, isGone, nil])
        #expect(try await store.notes() == [note])
        await store.close()
    }

    @Test("a Change whose second requirement fails leaves no trace, while its batch mates stand")
    func conflictLeavesNoTrace() async throws {
        let missing = Requirement.present(Note.table, key: Note("note_missing").key)
        var refused = Note("note_refused").inserted
        refused.requires = [.absent(Note.table, key: Note("note_refused").key), missing]
        refused.transactions = [transaction("ltx_refused", [posting("clearing", "available", 5)])]
        refused.events = [event()]
        refused.idempotency = .claim(claim("key"))
        var mate = Note("note_mate").inserted
        mate.transactions = [transaction("ltx_mate", [posting("clearing", "available", 7)])]
        mate.events = [event()]
        let results = try await store.commitTogether([refused, mate, refused])
        #expect(results.map(\.failure) == [.conflict(missing), nil, .conflict(missing)])
        #expect(try await store.notes().map(\.id) == ["note_mate"])
        #expect(try await store.events().map(\.sequence) == [1])
        let (accounts, known) = try await store.read { reader in
            (try await reader.accounts(of: BookKey(1)), try await reader.idempotency(merchant: shop, key: "key"))
        }
        #expect(accounts.map(\.balance) == [7, -7])
        #expect(known == nil)
        await store.close()
    }

    @Test("requirements are named in their order: the first that fails is the conflict")
    func firstFailureIsNamed() async throws {
        let first = Requirement.present(Note.table, key: Note("note_1").key)
        let second = Requirement.present(Note.table, key: Note("note_2").key)
        await #expect(throws: CommitError.conflict(first)) {
            try await store.commit(Change(requires: [first, second]))
        }
        await #expect(throws: CommitError.conflict(second)) {
            try await store.commit(Change(requires: [second, first]))
        }
        await store.close()
    }
}

import Core
import Storage
import Testing

@Suite("Events")
struct EventTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test("are numbered for each merchant without gaps, in the order of the commits, also after refused Changes")
    func gapless() async throws {
        let store = try await folder.open()
        let missing = Requirement.present(Note.table, key: Note("missing").key)
        let results = try await store.commitTogether([
            Change(events: [event("a"), event("b")]),
            Change(requires: [missing], events: [event("refused")]),
            Change(events: [event("c"), event("x", of: otherShop)]),
            Change(transactions: [transaction("ltx_1", [])], events: [event("refused")]),
            Change(events: [event("d")]),
        ])
        #expect(results.map(\.isSuccess) == [true, false, true, false, true])
        #expect(try await store.events().map(\.type) == ["a", "b", "c", "d"])
        #expect(try await store.events().map(\.sequence) == [1, 2, 3, 4])
        #expect(try await store.events(of: otherShop).map(\.type) == ["gate.closed", "x"])
        #expect(try await store.events(of: otherShop).map(\.sequence) == [1, 2])
        await store.close()
    }

    @Test("go on counting after a failed row, in the batch and after it")
    func afterFailure() async throws {
        let store = try await folder.open()
        var change = Note("a").inserted
        change.events = [event()]
        let results = try await store.commitTogether([change, change, Change(events: [event("next")])])
        #expect(results.map(\.isSuccess) == [true, false, true])
        _ = try await store.commit(Change(events: [event("last")]))
        #expect(try await store.events().map(\.type) == ["note.created", "next", "last"])
        #expect(try await store.events().map(\.sequence) == [1, 2, 3])
        await store.close()
    }

    @Test("go on counting after the store was closed and opened")
    func acrossReopen() async throws {
        for round in 0..<3 {
            let store = try await folder.open(environment: TestClock().environment(seed: UInt64(round)))
            #expect(try await store.read { try await $0.lastEventSequence(of: shop) } == Int64(round) * 2)
            _ = try await store.commit(Change(events: [event(), event()]))
            #expect(try await store.events().map(\.sequence) == (1...Int64(round + 1) * 2).map { $0 })
            await store.close()
        }
    }

    @Test("have ids that lead to their number, sort by it, and are no two the same")
    func identifiers() async throws {
        let store = try await folder.open()
        for _ in 0..<30 { _ = try await store.commit(Change(events: [event(), event(), event(of: otherShop)])) }
        let events = try await store.events()
        #expect(events.map { StoredEvent.sequence(ofIdentifier: $0.id) } == events.map(\.sequence))
        #expect(events.map(\.id).sorted() == events.map(\.id))
        #expect(Set(events.map(\.id) + (try await store.events(of: otherShop)).map(\.id)).count == 90)
        #expect(events.allSatisfy { $0.id.utf8.count == "evt_".utf8.count + 21 })
        await store.close()
    }

    @Test(
        "texts that are no event id have no number",
        arguments: [
            "", "evt_", "evt_1", "evt_00000000001000000000", "evx_000000000010000000000", "evt_!0000000001000000000",
        ])
    func noIdentifier(_ text: String) {
        #expect(StoredEvent.sequence(ofIdentifier: text) == nil)
    }

    @Test("come back as they were told")
    func roundTrip() async throws {
        let store = try await folder.open()
        let draft = EventDraft(
            merchant: shop, type: "note.updated", objectKind: "note", objectID: "note_9",
            document: #"{"text":"ä\n"}"#, previousDocument: #"{"text":""}"#,
            createdAt: Timestamp(milliseconds: 1_790_000_000_123), requestID: "req_1", idempotencyKey: "key-1")
        _ = try await store.commit(Change(events: [draft, event()]))
        let events = try await store.events()
        #expect(events[0].document == draft.document)
        #expect(events[0].previousDocument == draft.previousDocument)
        #expect(events[0].createdAt == draft.createdAt)
        #expect(events[0].requestID == "req_1")
        #expect(events[0].idempotencyKey == "key-1")
        #expect([events[0].type, events[0].objectKind, events[0].objectID] == ["note.updated", "note", "note_9"])
        #expect(events[1].previousDocument == nil)
        #expect(events[1].requestID == nil)
        #expect(events[1].idempotencyKey == nil)
        await store.close()
    }
}

import Core
import Ledger
import Money
import Testing

@testable import Storage

/// Without a server: the rows that a batch loads are given, and what it writes is looked at.
@Suite("A batch of PostgreSQL's")
struct PostgresBatchTests {
    private let known = Note("known", "old")

    private func changed(_ note: Note, _ text: String) -> Change {
        var note = note
        note.text = text
        var change = Change()
        change.update(&note)
        return change
    }

    private func own(_ notes: Note...) -> Change {
        var change = Change()
        for note in notes { change.updateOwn(note) }
        return change
    }

    private func deleted(_ note: Note) -> Change {
        var change = Change()
        change.delete(from: Note.table, key: note.key)
        return change
    }

    @Test("requirements hold or conflict by the rows that were loaded")
    func requirements() throws {
        let key = known.key
        let missing = Note("missing").key
        let rows: [(Requirement, holds: Bool)] = [
            (.absent(Note.table, key: missing), true), (.absent(Note.table, key: key), false),
            (.present(Note.table, key: key), true), (.present(Note.table, key: missing), false),
            (.version(Note.table, key: key, is: 1), true), (.version(Note.table, key: key, is: 2), false),
            (.version(Note.table, key: missing, is: 1), false),
        ]
        for (requirement, holds) in rows {
            let outcome = try BatchTable(known).decide([Change(requires: [requirement])])
            #expect(outcome.failures == [holds ? nil : .conflict(requirement)])
            #expect(outcome.lines.isEmpty, "requirements alone write nothing")
        }
    }

    @Test("later Changes see what earlier ones did, and nothing of those that were refused")
    func order() throws {
        let new = Note("new")
        var once = new.inserted
        once.requires = [.absent(Note.table, key: new.key)]
        var gone = deleted(new)
        gone.requires = [.present(Note.table, key: new.key)]
        var refused = once
        refused.requires.append(.present(Note.table, key: Note("missing").key))
        let changes = [refused, once, once, changed(new, "a"), changed(new, "b"), gone, gone, once]
        let outcome = try BatchTable().decide(changes)
        #expect(
            outcome.failures == [
                .conflict(.present(Note.table, key: Note("missing").key)), nil,
                .conflict(.absent(Note.table, key: new.key)), nil,
                .conflict(.version(Note.table, key: new.key, is: 1)), nil,
                .conflict(.present(Note.table, key: new.key)), nil,
            ])
        #expect(outcome.lines == ["insert note 1"])
        #expect(outcome.rows(.insert, Note.table) == [new.row])
    }

    /// What is done to one row, and what is written of it in the end.
    struct Folding: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let isKnown: Bool
        let steps: [Write.Kind]
        /// Nil for a Change that is refused as a whole.
        let line: String?

        init(_ description: String, isKnown: Bool = false, _ steps: [Write.Kind], _ line: String?) {
            testDescription = description
            self.isKnown = isKnown
            self.steps = steps
            self.line = line
        }
    }

    static let foldings = [
        Folding("insert", [.insert], "insert note 1"),
        Folding("insert, update", [.insert, .update], "insert note 1"),
        Folding("insert, update, update", [.insert, .update, .update], "insert note 1"),
        Folding("insert, delete", [.insert, .delete], ""),
        Folding("insert, delete, insert", [.insert, .delete, .insert], "insert note 1"),
        Folding("insert, insert", [.insert, .insert], nil),
        Folding("update of an absent row", [.update], nil),
        Folding("insert, delete, update", [.insert, .delete, .update], nil),
        Folding("delete of an absent row", [.delete], "delete note 1"),
        Folding("update", isKnown: true, [.update], "upsert note 1"),
        Folding("update, update", isKnown: true, [.update, .update], "upsert note 1"),
        Folding("update, insert", isKnown: true, [.update, .insert], nil),
        Folding("update, delete", isKnown: true, [.update, .delete], "delete note 1"),
        Folding("delete", isKnown: true, [.delete], "delete note 1"),
        Folding("delete, insert", isKnown: true, [.delete, .insert], "upsert note 1"),
        Folding("delete, insert, update", isKnown: true, [.delete, .insert, .update], "upsert note 1"),
        Folding("delete, insert, delete", isKnown: true, [.delete, .insert, .delete], "delete note 1"),
        Folding("delete, update", isKnown: true, [.delete, .update], nil),
    ]

    @Test("many writes of a row become one, in one Change and in many", arguments: foldings)
    func folding(_ folding: Folding) throws {
        var writes: [Write] = []
        for (number, kind) in folding.steps.enumerated() {
            let note = Note("known", "step \(number)")
            writes.append(Write(kind: kind, table: Note.table, values: kind == .delete ? note.key : note.row))
        }
        let table = folding.isKnown ? BatchTable(known) : BatchTable()
        let together = try table.decide([Change(writes: writes)])
        #expect(together.results.map(\.isSuccess) == [folding.line != nil])
        #expect(together.lines == (folding.line.map { $0.isEmpty ? [] : [$0] } ?? []))
        let written = together.rows(.insert, Note.table) + together.rows(.upsert, Note.table)
        for row in written { #expect(row[3] == .text("step \(folding.steps.count - 1)"), "the last values count") }
        guard folding.line != nil else { return }
        let apart = try table.decide(writes.map { Change(writes: [$0]) })
        #expect(apart.failures.filter { $0 != nil }.isEmpty)
        #expect(apart.lines == together.lines)
    }

    @Test("a write that does not fit refuses its Change alone, with all that it wrote before")
    func misfit() throws {
        var lost = own(Note("known", "lost"))
        lost.insert(Note("new", "lost"))
        lost.events = [event("lost")]
        lost.updateOwn(Note("never"))
        let mates = [own(Note("known", "kept")), lost, Note("new", "kept").inserted]
        let outcome = try BatchTable(known).decide(mates)
        #expect(outcome.results.map(\.isSuccess) == [true, false, true])
        #expect(outcome.failures[1]?.isUnavailable == true)
        #expect(outcome.rows(.upsert, Note.table) == [Note("known", "kept").row])
        #expect(outcome.rows(.insert, Note.table) == [Note("new", "kept").row])
        #expect(outcome.rows(.insert, StoredEvent.table).isEmpty)
        #expect(outcome.lines == ["upsert note 1", "insert note 1"])
    }

    @Test("what the ledger refuses leaves no trace in rows, money, events and claims")
    func ledgerRefusal() throws {
        var refused = Note("refused").inserted
        refused.append(changed(known, "refused"))
        refused.append(deleted(Note("other")))
        refused.transactions = [
            transaction("ltx_1", [posting("clearing", "available", 5)]),
            transaction("ltx_2", [.release(5, .usd, of: "authorised")]),
        ]
        refused.events = [event("refused")]
        refused.idempotency = .claim(claim("key"))
        var mate = changed(known, "kept")
        mate.transactions = [transaction("ltx_3", [posting("clearing", "available", 7)])]
        mate.idempotency = .claim(claim("key"))
        let held = AccountKey(book: BookKey(1), currency: .usd, name: "authorised/held")
        let outcome = try BatchTable(known).decide([refused, mate, refused])
        #expect(
            outcome.failures == [
                .refused(.belowFloor(held, floor: 0, balance: -5)), nil,
                .conflict(.version(Note.table, key: known.key, is: 1)),
            ])
        #expect(
            outcome.lines == [
                "upsert ledger_account 2", "upsert ledger_head 1", "upsert note 1", "insert idempotency_claim 1",
                "insert ledger_posting 1", "insert ledger_transaction 1",
            ])
        #expect(outcome.rows(.insert, LedgerTables.transaction).map { $0[1] } == [.integer(1)])
        #expect(outcome.rows(.upsert, LedgerTables.account).map { $0[4] }.contains(.integer(7)))
    }

    @Test("a key is claimed once in a batch, and not where it is stored already; the first answer is the one")
    func claims() throws {
        let reply = IdempotentReply(status: 200, body: [1])
        let later = IdempotentReply(status: 500, body: [2])
        let mine = claim("key")
        var table = BatchTable()
        table.stored[StoredClaim.table] = [StoredClaim.row(claim("taken"))]
        let outcome = try table.decide([
            Change(idempotency: .claim(mine)), Change(idempotency: .claim(claim("key", request: "req_2"))),
            Change(idempotency: .claimAndAnswer(claim("taken", request: "req_3"), reply)),
            Change(idempotency: .answer(mine, reply)), Change(idempotency: .answer(mine, later)),
            Change(idempotency: .claimAndAnswer(claim("key", of: otherShop), reply)),
        ])
        #expect(outcome.failures == [nil, .idempotencyKeyInUse, .idempotencyKeyInUse, nil, nil, nil])
        #expect(
            outcome.rows(.insert, StoredClaim.table)
                == [StoredClaim.row(mine), StoredClaim.row(claim("key", of: otherShop))])
        #expect(
            outcome.rows(.insertUnlessThere, StoredAnswer.table)
                == [StoredAnswer.row(reply, to: mine), StoredAnswer.row(reply, to: claim("key", of: otherShop))])
    }

    @Test("events are numbered over the whole batch, for each merchant from its head on")
    func events() throws {
        var table = BatchTable()
        table.stored[EventHead.table] = [
            [.integer(shop.value), .integer(41)], [.integer(otherShop.value), .integer(0)],
        ]
        let missing = Requirement.present(Note.table, key: Note("missing").key)
        let outcome = try table.decide([
            Change(events: [event("a"), event("x", of: otherShop)]),
            Change(requires: [missing], events: [event("refused")]),
            Change(events: [event("b"), event("c")]),
        ])
        let numbers = outcome.rows(.insert, StoredEvent.table).map { [$0[0], $0[1], $0[3]] }
        #expect(
            numbers == [
                [.integer(1), .integer(42), .text("a")], [.integer(3), .integer(1), .text("x")],
                [.integer(1), .integer(43), .text("b")], [.integer(1), .integer(44), .text("c")],
            ])
        let heads = Set(outcome.rows(.upsert, EventHead.table))
        #expect(heads == [[.integer(1), .integer(44)], [.integer(3), .integer(1)]])
        #expect(outcome.missing.isEmpty)
    }

    @Test("merchants without a row to lock are named; without events in the store nobody is")
    func missingMerchants() throws {
        let changes = [Note("b", of: MerchantKey(9)).inserted, Note("a").inserted]
        #expect(try BatchTable().decide(changes).missing == [1, 9])
        var vault = BatchTable()
        vault.locksMerchants = false
        #expect(try vault.decide(changes).missing.isEmpty)
    }

    @Test("rows of merchants that are locked are read, of others they are locked, or shared, themselves")
    func locks() {
        var texts = PostgresTexts()
        var change = own(known)
        change.requires = [.present(Note.table, key: Note("x", of: otherShop).key)]
        func loading(locksMerchants: Bool) -> [String] {
            PostgresBatch([change], locksMerchants: locksMerchants).loading(&texts).map { statement in
                let lock = statement.sql.contains(" FOR ") ? statement.sql.split(separator: " FOR ")[1] : "read"
                return statement.sql.contains("event_head") ? "event_head \(lock)" : "note \(lock)"
            }
        }
        #expect(loading(locksMerchants: true) == ["event_head UPDATE", "note read", "note SHARE OF t"])
        #expect(loading(locksMerchants: false) == ["note UPDATE OF t"])
    }
}

import Core
import Foundation
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Verifying an installation")
struct VerificationTests {
    @Test("finds nothing after a mixed story, and counts what it looked at")
    func clean() async throws {
        let story = try await Story()
        let steps = Locked<[String]>([])
        let report = try await Verification.run(story.world.store) { step in steps.withLock { $0.append(step) } }
        #expect(report.isClean, "\(report.findings)")
        #expect(report.books == 1)
        #expect(report.charges == 7)
        #expect(report.intents == 7)
        #expect(report.refunds == 2)
        #expect(Int64(report.events) == (try await story.world.count("event")))
        #expect(Int64(report.ledgerTransactions) == (try await story.world.count("ledger_transaction")))
        for (currency, accounts) in report.trialBalance {
            #expect(accounts.values.reduce(0, +) == 0, "\(currency)")
        }
        #expect(report.trialBalance.keys.sorted() == ["JPY", "USD"])
        #expect(report.trialBalance["USD"]?["authorised/held"] == 30_00)
        #expect(
            steps.withLock { $0 } == [
                "database file", "ledger, book 1", "refunds", "charges", "intents", "balances", "events",
            ])
        await story.world.close()
    }

    @Test("finds nothing in an empty installation")
    func empty() async throws {
        let world = try await World()
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    /// What is done to the rows, the check that must find it, and what the sentence must name.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let statement: @Sendable (Story) async throws -> String
        let check: String
        let culprit: @Sendable (Story) async throws -> String
        let testDescription: String

        init(
            _ description: String, _ check: String, names culprit: @escaping @Sendable (Story) async throws -> String,
            _ statement: @escaping @Sendable (Story) async throws -> String
        ) {
            testDescription = description
            self.check = check
            self.culprit = culprit
            self.statement = statement
        }

        /// Sets a member of a stored document.
        static func document(
            _ table: String, _ member: String, _ value: String, _ description: String, _ check: String,
            of object: @escaping @Sendable (Story) async throws -> String
        ) -> Tampering {
            Tampering(description, check, names: object) { story in
                "UPDATE \(table) SET document = \(setting(member, to: value)) WHERE id = '\(try await object(story))'"
            }
        }

        /// The document with another value in one place: `fees.0.amount`.
        static func setting(_ path: String, to value: String) -> String {
            let parts = path.split(separator: ".")
            if TestDatabase.isUsed {
                let list = parts.joined(separator: ",")
                return "CAST(jsonb_set(CAST(document AS jsonb), '{\(list)}', '\(value)') AS text)"
            }
            let steps = parts.map { Int($0) == nil ? ".\($0)" : "[\($0)]" }.joined()
            return "json_set(document, '$\(steps)', json('\(value)'))"
        }
    }

    static let tamperings: [Tampering] = [
        Tampering("an amount in the ledger", "ledger.chain", names: { _ in "Transaction 1 of book 1" }) { _ in
            "UPDATE ledger_posting SET amount = amount + 1 WHERE book = 1 AND sequence = 1 AND number = 0"
        },
        Tampering("an account's balance", "ledger.accountBalance", names: { _ in "book 1, USD fees" }) { _ in
            "UPDATE ledger_account SET balance = balance + 1 WHERE name = 'fees' AND currency = 'usd'"
        },
        Tampering("the last transaction of a book is gone", "ledger.sequence", names: { _ in "of book 1 is missing" }) {
            _ in
            "DELETE FROM ledger_transaction WHERE sequence = (SELECT MAX(sequence) FROM ledger_transaction)"
        },
        .document("charge", "captured_amount", "1", "what a charge captured", "charge.postings") {
            try await $0.charge($0.paid)
        },
        .document("charge", "captured", "true", "a held charge that says it is captured", "charge.postings") {
            try await $0.charge($0.held)
        },
        .document("charge", "released", "true", "a held charge that says it is released", "charge.hold") {
            try await $0.charge($0.held)
        },
        .document("charge", "amount", "1", "what a charge holds", "charge.hold") { try await $0.charge($0.held) },
        .document("charge", "refunded_amount", "999999", "what a charge gave back", "charge.refunds") {
            try await $0.charge($0.paid)
        },
        .document("refund", "amount", "1", "what a refund gave back", "refund.postings") { $0.refund },
        .document("refund", "status", "\"succeeded\"", "a failed refund that says it succeeded", "refund.postings") {
            $0.failedRefund
        },
        .document("refund", "status", "\"failed\"", "a refund that says it failed", "refund.postings") { $0.refund },
        .document(
            "payment_intent", "status", "\"requires_payment_method\"", "a paid intent that says it is open",
            "intent.charges"
        ) { $0.paid },
        .document(
            "payment_intent", "status", "\"succeeded\"", "a declined intent that says it is paid", "intent.charges"
        ) {
            $0.declined
        },
        .document("payment_intent", "charges", "[]", "an intent that forgot its charge", "intent.charges") { $0.paid },
        Tampering("a charge that no intent names", "charge.intent", names: { try await $0.charge($0.paid) }) {
            "UPDATE payment_intent SET document = \(Tampering.setting("charges", to: "[]")) WHERE id = '\($0.paid)'"
        },
        Tampering("an intent is gone", "charge.intent", names: { try await $0.charge($0.paid) }) {
            "DELETE FROM payment_intent WHERE id = '\($0.paid)'"
        },
        Tampering("a charge is gone", "ledger.reference", names: { try await $0.charge($0.paid) }) {
            "DELETE FROM charge WHERE id = '\(try await $0.charge($0.paid))'"
        },
        Tampering("a refund is gone", "ledger.reference", names: { $0.refund }) {
            "DELETE FROM refund WHERE id = '\($0.refund)'"
        },
        Tampering("a line of the balance is gone", "balance.net", names: { _ in "book 1, USD" }) {
            "DELETE FROM balance_transaction WHERE document LIKE '%\(try await $0.charge($0.paid))%'"
        },
        Tampering("a fee in a line of the balance", "balance.net", names: { _ in "book 1, JPY" }) { _ in
            "UPDATE balance_transaction SET document = \(Tampering.setting("fees.0.amount", to: "0")) "
                + "WHERE currency = 'jpy'"
        },
        Tampering("an event is gone", "event.sequence", names: { _ in "Merchant 1" }) { _ in
            "DELETE FROM event WHERE sequence = 5"
        },
        Tampering("the last event is gone", "event.sequence", names: { _ in "Merchant 1" }) { _ in
            "DELETE FROM event WHERE sequence = (SELECT MAX(sequence) FROM event)"
        },
        Tampering("the number of the last event", "event.sequence", names: { _ in "Merchant 1" }) { _ in
            "UPDATE event_head SET sequence = sequence + 1"
        },
    ]

    @Test("finds what was changed by other hands, and names the culprit", arguments: tamperings)
    func tampering(_ tampering: Tampering) async throws {
        let story = try await Story()
        let statement = try await tampering.statement(story)
        let culprit = try await tampering.culprit(story)
        let findings = try await story.findings(after: statement)
        let found = findings.contains { $0.check == tampering.check && $0.sentence.contains(culprit) }
        #expect(found, "\(tampering.check) should name \(culprit); there is \(findings.map(\.sentence))")
    }

    @Test("finds a damaged index of the file", .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
    func damagedFile() async throws {
        let story = try await Story()
        let page = try await story.world.store.read { reader -> Int64 in
            let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'refund_by_charge_id'"
            guard case .integer(let page)? = try await reader.rows(sql, []).first?.first else { return 0 }
            return page
        }
        await story.world.close()
        let url = URL(filePath: story.world.folder.databasePath)
        var bytes = try Data(contentsOf: url)
        let pageSize = Int(bytes[16]) << 8 | Int(bytes[17])
        let start = (Int(page) - 1) * pageSize
        try #require(page > 1 && start + pageSize <= bytes.count)
        // The cells of an index lie at the end of its page.
        for offset in (start + pageSize - 40)..<(start + pageSize) { bytes[offset] ^= 0xff }
        try bytes.write(to: url)
        let store = try await story.world.folder.openStore(story.world.clock.environment())
        let findings = try await Verification.run(store) { _ in }.findings
        #expect(findings.first?.check == "database.integrity")
        #expect(findings.contains { $0.sentence.contains("refund_by_charge_id") }, "\(findings)")
        await store.close()
    }

    @Test("keeps a thousand findings and counts the rest")
    func manyFindings() {
        var report = VerificationReport()
        for number in 1...1_500 { report.add("check", "\(number)") }
        #expect(report.findings.count == 1_000)
        #expect(report.findingsOmitted == 500)
        #expect(!report.isClean)
    }
}

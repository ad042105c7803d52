import Core
import Ledger
import Storage
import Testing

@Suite("A ledger that other hands changed")
struct TamperTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Three transactions; then SQL behind the store's back.
    private func audit(after statement: String) async throws -> [String] {
        let store = try await folder.open()
        for number in Int64(1)...3 {
            let postings = [posting("clearing", "available", 100 * number), posting("available", "fees", number)]
            _ = try await store.commit(Change(transactions: [transaction("ltx_\(number)", postings)]))
        }
        await store.close()
        let tampered = try await folder.open(schema: .tests.tampered(statement))
        let findings = try await tampered.read { try await $0.audit(BookKey(1)) }
        await tampered.close()
        return findings.map(\.sentence)
    }

    /// SQL that turns one bit of an integer column.
    private static func flip(_ column: String, of table: String, bit: Int64) -> String {
        "UPDATE \(table) SET \(column) = (\(column) | \(bit)) - (\(column) & \(bit)) WHERE book = 1 AND sequence = 2"
    }

    @Test(
        "one turned bit of a posting is found, and the field is named",
        arguments: [
            ("amount", "amount", Int64(1)), ("amount", "amount", 1 << 20),
            ("source_balance", "sourceBalance", 4), ("destination_balance", "destinationBalance", 1 << 40),
        ])
    func turnedBit(column: String, field: String, bit: Int64) async throws {
        let statement = Self.flip(column, of: "ledger_posting", bit: bit) + " AND number = 1"
        let sentences = try await audit(after: statement)
        let sentence = try #require(sentences.first)
        #expect(sentence.hasPrefix("Transaction 2 of book 1 has one bit flipped in "), "\(sentence)")
        let recorded = RecordedField.self
        let expected: RecordedField =
            switch field {
            case "amount": recorded.posting(1, .amount)
            case "sourceBalance": recorded.posting(1, .sourceBalance)
            default: recorded.posting(1, .destinationBalance)
            }
        #expect(sentence == "Transaction 2 of book 1 has one bit flipped in \(expected).")
    }

    @Test("a posting moved to another account is found, with its transaction")
    func movedPosting() async throws {
        let sentences = try await audit(
            after: "UPDATE ledger_posting SET destination = 1 WHERE book = 1 AND sequence = 2 AND number = 1")
        let expected =
            "Transaction 2 of book 1 was changed after it was written: its contents do not produce its hash."
        #expect(sentences.first == expected)
    }

    @Test("a posting of an account that does not exist cannot be read, and the transaction is named")
    func unknownAccount() async throws {
        let error = await #expect(throws: RowError.self) {
            try await audit(
                after: "UPDATE ledger_posting SET source = 99 WHERE book = 1 AND sequence = 2 AND number = 0")
        }
        #expect(error?.expected == "accounts of the book in transaction 2")
    }

    private static let noHash = TestDatabase.isUsed ? "decode(repeat('00', 32), 'hex')" : "zeroblob(32)"

    @Test(
        "what else may be changed is found, and the culprit is named",
        arguments: [
            (
                "UPDATE ledger_transaction SET kind = 'refund' WHERE book = 1 AND sequence = 2",
                "Transaction 2 of book 1 was changed after it was written: its contents do not produce its hash."
            ),
            (
                "UPDATE ledger_transaction SET hash = \(noHash) WHERE book = 1 AND sequence = 3",
                "Transaction 3 of book 1 has a damaged hash; its contents are as they were written."
            ),
            ("DELETE FROM ledger_transaction WHERE book = 1 AND sequence = 2", "Transaction 2 of book 1 is missing."),
            ("DELETE FROM ledger_transaction WHERE book = 1 AND sequence = 3", "Transaction 3 of book 1 is missing."),
            (
                "DELETE FROM ledger_posting WHERE book = 1 AND sequence = 2 AND number = 1",
                "Transaction 2 of book 1 was changed after it was written: its contents do not produce its hash."
            ),
            (
                "UPDATE ledger_account SET balance = balance + 1 WHERE book = 1 AND name = 'fees'",
                "Account book 1, USD fees has the balance 7, but its postings lead to 6."
            ),
            (
                "UPDATE ledger_head SET account_count = 9 WHERE book = 1",
                "The head of book 1 counts 9 accounts, but there are 3 rows."
            ),
        ])
    func everythingElse(statement: String, expected: String) async throws {
        let sentences = try await audit(after: statement)
        #expect(sentences.first == expected)
    }

    @Test("what was not changed is clean")
    func untouched() async throws {
        #expect(try await audit(after: "UPDATE note SET text = ''").isEmpty)
    }
}

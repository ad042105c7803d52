import Core
import Ledger

@testable import Storage

/// A batch between its round trips: on these rows, which Changes stand, and what is written of them.
struct BatchTable {
    /// What the database holds, by table. A question is answered with the rows whose keys it names.
    var stored: [Table: [[SQLValue]]] = [:]
    var locksMerchants = true

    init(_ notes: Note...) { stored[Note.table] = notes.map(\.row) }

    struct Outcome {
        var results: [Result<Receipt, CommitError>]
        /// What is written, statement by statement.
        var statements: [Statement]
        var missing: [Int64]

        var failures: [CommitError?] { results.map(\.failure) }

        /// The rows of one kind of statement on a table.
        func rows(_ verb: Statement.Verb, _ table: Table) -> [[SQLValue]] {
            statements.filter { $0.verb == verb && $0.table == table.name }.flatMap(\.rows)
        }

        /// For example `insert note 1`, without the row of the group commit.
        var lines: [String] {
            statements.filter { $0.table != "group_commit" }.map { "\($0.verb) \($0.table) \($0.rows.count)" }
        }
    }

    /// A statement on many rows, taken apart.
    struct Statement {
        enum Verb: String { case insert, insertUnlessThere, upsert, delete }

        let verb: Verb
        let table: String
        let rows: [[SQLValue]]
    }

    func decide(_ changes: [Change]) throws -> Outcome {
        var texts = PostgresTexts()
        var batch = PostgresBatch(changes, locksMerchants: locksMerchants)
        let missing = try batch.load(batch.loading(&texts).map(answer))
        let results = batch.decide(.fixed(now: Timestamp(seconds: 9), seed: 1))
        let record = GroupCommitRecord(committer: 1, id: "gc_1", createdAt: Timestamp(seconds: 9))
        return Outcome(
            results: results, statements: try batch.writing(record, &texts).map { try Statement($0) }, missing: missing)
    }

    private func answer(_ question: PostgresStatement) throws -> PostgresRows {
        var answer = PostgresRows()
        guard let table = Self.tables.first(where: { question.sql.contains(" \($0.name) ") }) else { return answer }
        let keys = Set(try ArrayArguments.rows(question))
        answer.rows = (stored[table] ?? []).filter { keys.contains(Array($0.prefix(table.keyCount))) }
        // The state of a row is its key, and its version where it has one.
        if table == Note.table { answer.rows = answer.rows.map { Array($0.prefix(3)) } }
        if table == StoredClaim.table { answer.rows = answer.rows.map { Array($0.prefix(2)) } }
        return answer
    }

    private static let tables = [Note.table] + Schema.storeTables
}

extension BatchTable.Statement {
    init(_ statement: PostgresStatement) throws {
        let words = statement.sql.split(separator: " ")
        table = String(words[2])
        if words[0] == "DELETE" {
            verb = .delete
        } else if statement.sql.contains("DO NOTHING") {
            verb = .insertUnlessThere
        } else {
            verb = statement.sql.contains("DO UPDATE") ? .upsert : .insert
        }
        rows = try ArrayArguments.rows(statement)
    }
}

/// Reads back the arrays of a statement on many rows.
enum ArrayArguments {
    struct Malformed: Error {}

    static func rows(_ statement: PostgresStatement) throws -> [[SQLValue]] {
        var columns: [[SQLValue]] = []
        var start = 0
        for end in statement.ends {
            guard let end else { throw Malformed() }
            columns.append(try column(Array(statement.bytes[start..<end])))
            start = end
        }
        guard let count = columns.first?.count else { return [] }
        return (0..<count).map { row in columns.map { $0[row] } }
    }

    /// Dimensions, whether there are nulls, the elements' type, their number, the lower bound; then the elements.
    private static func column(_ bytes: [UInt8]) throws -> [SQLValue] {
        var rest = bytes[...]
        func number() -> Int {
            defer { rest = rest.dropFirst(4) }
            return Int(rest.prefix(4).reduce(Int32(0)) { $0 << 8 | Int32($1) })
        }
        guard number() == 1, number() == 1 else { throw Malformed() }
        let type = number()
        let count = number()
        guard number() == 1 else { throw Malformed() }
        return try (0..<count).map { _ in
            let length = number()
            guard length >= 0 else { return .null }
            defer { rest = rest.dropFirst(length) }
            let element = rest.prefix(length)
            switch type {
            case 20: return .integer(element.reduce(Int64(0)) { $0 << 8 | Int64($1) })
            case 25: return .text(String(decoding: element, as: UTF8.self))
            case 17: return .blob(Array(element))
            default: throw Malformed()
            }
        }
    }
}

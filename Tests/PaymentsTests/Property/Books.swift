import Core
import Ledger
import Payments
import Storage

/// A store in memory: it holds Changes to their requirements and books their transactions, and keeps what they write.
struct Books {
    private(set) var rows: [String: [SQLValue]] = [:]
    private(set) var ledger = LedgerState()
    private(set) var lines: [BalanceTransaction] = []

    private static func key(_ table: Table, _ key: some Collection<SQLValue>) -> String {
        "\(table.name) \(key.map { "\($0)" }.joined(separator: " "))"
    }

    func stored<E: Entity>(_ type: E.Type, _ id: String) throws -> E? {
        try rows[Self.key(E.table, [.integer(shop.value), .text(id)])].map { try E(row: RowReader($0)) }
    }

    /// Commits a Change, or says what does not hold.
    mutating func commit(_ change: Change) throws {
        for requirement in change.requires {
            guard holds(requirement) else { throw CommitError.conflict(requirement) }
        }
        for transaction in change.transactions {
            if !ledger.knows(transaction.book) { ledger.load(BookHead(emptyBook: transaction.book)) }
            for key in transaction.accountKeys where !ledger.knows(key) { ledger.loadAbsent(key) }
        }
        _ = try ledger.applyAll(change.transactions, recordedAt: now)
        for write in change.writes {
            let key = Self.key(write.table, write.values.prefix(write.table.keyCount))
            switch write.kind {
            case .insert:
                guard rows[key] == nil else { throw Broken.rule("\(key) is there already") }
                rows[key] = write.values
                if write.table == BalanceTransaction.table { lines.append(try .init(row: RowReader(write.values))) }
            case .update:
                guard rows[key] != nil else { throw Broken.rule("\(key) is not there") }
                rows[key] = write.values
            case .delete: rows[key] = nil
            }
        }
    }

    private func holds(_ requirement: Requirement) -> Bool {
        switch requirement {
        case .absent(let table, let key): rows[Self.key(table, key)] == nil
        case .present(let table, let key): rows[Self.key(table, key)] != nil
        case .version(let table, let key, let version): rows[Self.key(table, key)]?[2] == .integer(version)
        }
    }

    func balance(_ isWanted: (AccountName) -> Bool) -> Int64 {
        ledger.takenChanged().filter { isWanted($0.key.name) }.reduce(0) { $0 + $1.balance }
    }

    enum Broken: Error { case rule(String) }
}

extension LedgerState {
    /// The accounts as they stand; a copy's changes are taken, so nothing is lost.
    fileprivate func takenChanged() -> [Account] {
        var copy = self
        return copy.takeChanged().accounts
    }
}

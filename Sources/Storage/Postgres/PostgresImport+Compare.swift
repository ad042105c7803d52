/// A table on both sides of an import.
public struct TableComparison: Sendable, Hashable {
    public let table: String
    /// Rows of the source.
    public let rows: Int
    /// The first row that is not the same, in words; nil when all are.
    public let difference: String?

    /// Whether all rows are there and the same, byte for byte, and no others.
    public var isEqual: Bool { difference == nil }
}

extension PostgresImport {
    /// Reads all tables on both sides, and compares the SHA-256 of their rows in the order of their keys.
    ///
    /// - throws: ``ReadError`` when a side cannot be read.
    public func compare(_ progress: @escaping @Sendable (Progress) -> Void) async throws -> [TableComparison] {
        var comparisons: [TableComparison] = []
        for table in schema.tables {
            let total = 2 * (totals[table.name] ?? 0)
            let ours = try await digest(table, of: source) { done in
                progress(Progress(table: table.name, done: done, total: total))
            }
            let theirs = try await digest(table, of: target) { done in
                progress(Progress(table: table.name, done: ours.rows + done, total: total))
            }
            let isEqual = ours.rows == theirs.rows && ours.value == theirs.value
            comparisons.append(
                TableComparison(
                    table: table.name, rows: ours.rows,
                    difference: isEqual ? nil : try await firstDifference(table)))
        }
        return comparisons
    }

    private func digest(
        _ table: Table, of store: Store, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws -> (rows: Int, value: [UInt8]) {
        try await store.read { reader in
            var digest = RowDigest()
            try await reader.forEachRow(RowRange.all(table), []) { row in
                digest.add(row)
                if digest.rows % Self.rowsBetweenProgress == 0 { progress(digest.rows) }
            }
            progress(digest.rows)
            return (digest.rows, digest.value)
        }
    }

    private static let rowsBetweenProgress = 500

    // MARK: What is different

    /// The first row that is not the same on both sides.
    private func firstDifference(_ table: Table) async throws -> String {
        var last: [SQLValue]?
        while true {
            let ours = try await range(table, after: last, of: source)
            let theirs = try await range(table, after: last, of: target)
            for (mine, other) in zip(ours, theirs) {
                if let difference = Self.difference(mine, other, of: table) { return difference }
            }
            if let extra = ours.dropFirst(theirs.count).first {
                return "\(Self.name(extra, of: table)) is missing in the database"
            }
            if let extra = theirs.dropFirst(ours.count).first {
                return "\(Self.name(extra, of: table)) is in the database and not in the folder"
            }
            guard let end = ours.last else { return "the rows of \(table.name) changed while they were compared" }
            last = Array(end.prefix(table.keyCount))
        }
    }

    private func range(_ table: Table, after last: [SQLValue]?, of store: Store) async throws -> [[SQLValue]] {
        try await RowRange.read(
            table, after: last, rowsMax: Self.rowsBetweenProgress, bytesMax: .max, from: store)
    }

    static func difference(_ ours: [SQLValue], _ theirs: [SQLValue], of table: Table) -> String? {
        guard RowDigest.encoding(ours) != RowDigest.encoding(theirs) else { return nil }
        for index in 0..<table.keyCount {
            if precedes(ours[index], theirs[index]) {
                return "\(name(ours, of: table)) is missing in the database"
            }
            if precedes(theirs[index], ours[index]) {
                return "\(name(theirs, of: table)) is in the database and not in the folder"
            }
        }
        let columns = table.columns.indices.filter {
            RowDigest.encoding([ours[$0]]) != RowDigest.encoding([theirs[$0]])
        }
        let names = columns.map { table.columns[$0].name }.joined(separator: ", ")
        return "\(name(ours, of: table)) differs in \(names)"
    }

    /// The order of both engines: numbers by value, texts and blobs byte for byte.
    private static func precedes(_ left: SQLValue, _ right: SQLValue) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.blob(let left), .blob(let right)): left.lexicographicallyPrecedes(right)
        default: false
        }
    }

    /// A row by its key: `charge 1, ch_123`.
    private static func name(_ row: [SQLValue], of table: Table) -> String {
        let key = row.prefix(table.keyCount).map { value in
            switch value {
            case .null: "null"
            case .integer(let number): String(number)
            case .text(let text): text
            case .blob(let blob): "\(blob.count) bytes"
            }
        }
        return "\(table.name) \(key.joined(separator: ", "))"
    }
}

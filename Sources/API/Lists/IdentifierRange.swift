import Core

/// A run of identifiers of one kind in the order of their bytes, which is the order of creation.
///
/// Columns of identifiers compare by bytes: SQLite does so, on PostgreSQL the column has the collation "C".
struct IdentifierRange: Sendable, Hashable {
    /// The least text, itself within the range when `isLowerIncluded`.
    private(set) var lower: String?
    private(set) var isLowerIncluded = true
    /// The first text beyond the range.
    private(set) var upper: String?

    /// All identifiers.
    init() {}

    /// Lets through what is not less than `text`.
    mutating func raiseLower(_ text: String) {
        if let lower, lower >= text { return }
        lower = text
        isLowerIncluded = true
    }

    /// Lets through what is greater than `text`.
    mutating func raiseLower(above text: String) {
        if let lower, lower > text { return }
        lower = text
        isLowerIncluded = false
    }

    /// Lets through what is less than `text`.
    mutating func cutUpper(_ text: String) {
        if let upper, upper <= text { return }
        upper = text
    }

    var isEmpty: Bool {
        guard let lower, let upper else { return false }
        return lower >= upper
    }

    func contains(_ id: String) -> Bool {
        if let lower, id < lower || (id == lower && !isLowerIncluded) { return false }
        if let upper, id >= upper { return false }
        return true
    }

    /// The condition on a column, with `?` for each of ``arguments``; empty when everything is let through.
    func sql(column: String) -> String {
        var parts: [String] = []
        if lower != nil { parts.append("\(column) \(isLowerIncluded ? ">=" : ">") ?") }
        if upper != nil { parts.append("\(column) < ?") }
        return parts.joined(separator: " AND ")
    }

    var arguments: [String] { [lower, upper].compactMap { $0 } }

    /// The least text that an identifier made in this second or later can have.
    static func first(prefix: String, second: Int64) -> String {
        // Nine base-62 digits end in the year 431,000; beyond that, and before 1970, the ends stand for everything.
        let secondMax: Int64 = 13_000_000_000_000
        return IdentifierText.lowerBound(prefix: prefix, time: Timestamp(seconds: min(max(second, 0), secondMax)))
    }
}

/// Figures that a server tells of itself, in the text format of Prometheus.
struct MetricsText: Sendable {
    private var values: [String: Double] = [:]

    /// Reads `name{label="value"} 12` line by line; comments and what is no number are passed over.
    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            // Label values may hold spaces, so the series ends at its brace, if it has one.
            let nameEnd = line.lastIndex(of: "}").map { line.index(after: $0) } ?? line.firstIndex(of: " ")
            guard let nameEnd, let value = line[nameEnd...].split(separator: " ").first.flatMap({ Double($0) }) else {
                continue
            }
            values[String(line[..<nameEnd])] = value
        }
    }

    /// The value of a series such as `florin_store_commits_total{store="main"}`; nil if it is not there.
    subscript(series: String) -> Double? { values[series] }
}

/// What a server's stores did, from its metrics.
struct StoreFigures: Hashable, Sendable {
    /// Group commits, changes in them, and checkpoints.
    var commits: Double
    var changes: Double
    var checkpoints: Double

    /// The sum over the stores `main` and `vault`; nil if the server does not tell.
    init?(_ metrics: MetricsText) {
        func total(_ name: String) -> Double? {
            let values = ["main", "vault"].compactMap { metrics["florin_store_\(name)_total{store=\"\($0)\"}"] }
            return values.isEmpty ? nil : values.reduce(0, +)
        }
        guard let commits = total("commits"), let changes = total("changes") else { return nil }
        self.commits = commits
        self.changes = changes
        checkpoints = total("checkpoints") ?? 0
    }

    init(commits: Double, changes: Double, checkpoints: Double) {
        self.commits = commits
        self.changes = changes
        self.checkpoints = checkpoints
    }

    /// Waits for the disk: one a commit, and for a checkpoint one for the log and one for the database.
    var diskWaits: Double { commits + 2 * checkpoints }

    static func + (left: StoreFigures, right: StoreFigures) -> StoreFigures {
        StoreFigures(
            commits: left.commits + right.commits, changes: left.changes + right.changes,
            checkpoints: left.checkpoints + right.checkpoints)
    }

    static func - (left: StoreFigures, right: StoreFigures) -> StoreFigures {
        StoreFigures(
            commits: left.commits - right.commits, changes: left.changes - right.changes,
            checkpoints: left.checkpoints - right.checkpoints)
    }
}

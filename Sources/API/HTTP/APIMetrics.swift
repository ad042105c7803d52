import Storage
import Synchronization

/// Counts answers, and writes figures in Prometheus' text format.
final class APIMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private struct Figures {
        var count = 0
        var nanoseconds: UInt64 = 0
    }

    private let figures = Mutex<[Key: Figures]>([:])

    func note(_ record: APIResponder.AnswerRecord) {
        let key = Key(route: record.route ?? "none", status: record.status)
        figures.withLock { figures in
            figures[key, default: Figures()].count += 1
            figures[key, default: Figures()].nanoseconds += record.durationNanoseconds
        }
    }

    func text() -> String {
        var text = "# TYPE florin_requests_total counter\n# TYPE florin_request_seconds_total counter\n"
        let sorted = figures.withLock { $0 }.sorted { left, right in
            (left.key.route, left.key.status) < (right.key.route, right.key.status)
        }
        for (key, value) in sorted {
            let labels = "{route=\"\(key.route)\",status=\"\(key.status)\"}"
            text += "florin_requests_total\(labels) \(value.count)\n"
            text += "florin_request_seconds_total\(labels) \(Double(value.nanoseconds) / 1e9)\n"
        }
        return text
    }

    /// A store's figures, labelled with its name.
    static func text(of statistics: StoreStatistics, store: String) -> String {
        let label = "{store=\"\(store)\"}"
        return """
            florin_store_commits_total\(label) \(statistics.commits)
            florin_store_changes_total\(label) \(statistics.changes)
            florin_store_checkpoints_total\(label) \(statistics.checkpoints)
            florin_store_commit_seconds_total\(label) \(Double(statistics.commitNanoseconds) / 1e9)

            """
    }
}

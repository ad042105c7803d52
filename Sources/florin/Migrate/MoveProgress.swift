internal import Core
internal import Storage
internal import Synchronization

/// Shows how far a move is: a bar that is drawn again and again, or a line now and then where nobody watches.
final class MoveProgress: Sendable {
    private struct State {
        var title = ""
        var rows = 0
        /// Rows that an earlier run had done: they say nothing of how fast this one is.
        var before = 0
        var done: [String: Int] = [:]
        var watch = Stopwatch()
        var lineAt = 0.0
    }

    private static let secondsBetweenLines = 5.0

    private let console: Console
    private let state = Mutex(State())

    init(_ console: Console) { self.console = console }

    /// A part of the work without figures begins.
    func step(_ title: String) {
        if !console.live.isVisible { console.note("\(title) …") }
    }

    /// A part of the work on this many rows begins.
    func begin(_ title: String, rows: Int, before: Int) {
        state.withLock { $0 = State(title: title, rows: rows, before: before) }
        step("\(title) \(NumberText.grouped(rows)) rows")
    }

    /// A table has come so far.
    func show(_ progress: PostgresImport.Progress, prefix: String) {
        let name = prefix + progress.table
        let (title, fraction, detail, isLineDue) = state.withLock { state -> (String, Double, String, Bool) in
            state.done[name] = progress.done
            let done = state.done.values.reduce(0, +)
            let seconds = state.watch.seconds
            let isLineDue = seconds - state.lineAt >= Self.secondsBetweenLines
            if isLineDue { state.lineAt = seconds }
            let fraction = state.rows > 0 ? Double(done) / Double(state.rows) : 1
            let detail = Self.detail(name, progress, done: done, state, seconds)
            return (state.title, fraction, detail, isLineDue)
        }
        if console.live.isVisible {
            console.live.show(title, fraction: fraction, detail: detail)
        } else if isLineDue {
            console.note("\(title) \(detail)")
        }
    }

    /// `charge 12,000/50,000 · 34.0 % · 8,400/s · 12 s left`
    private static func detail(
        _ name: String, _ progress: PostgresImport.Progress, done: Int, _ state: State, _ seconds: Double
    ) -> String {
        var parts = [
            "\(name) \(NumberText.grouped(progress.done))/\(NumberText.grouped(progress.total))",
            NumberText.share(done, of: state.rows),
        ]
        let fresh = done - state.before
        if seconds > 0.5, fresh > 0 {
            let rate = Double(fresh) / seconds
            parts.append("\(NumberText.fixed(rate, digits: 0))/s")
            parts.append("\(NumberText.fixed(Double(max(0, state.rows - done)) / rate, digits: 0)) s left")
        }
        return parts.joined(separator: " · ")
    }
}

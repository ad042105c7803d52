internal import Core
import Synchronization

/// One line on standard error that is drawn again and again while a command works; nothing where nobody watches.
final class LiveLine: Sendable {
    /// Redraws that come faster than this are left out.
    private static let intervalNanoseconds: UInt64 = 80_000_000

    private struct State {
        var drawnAt: UInt64 = 0
        var isShown = false
    }

    private let terminal: Terminal
    private let state = Mutex(State())

    init(terminal: Terminal = .standardError) { self.terminal = terminal }

    /// Whether anything will be seen: figures for the line need not be worked out otherwise.
    var isVisible: Bool { terminal.isInteractive }

    /// How to paint what is shown.
    var paint: Paint { terminal.paint }

    /// Replaces the line.
    func show(_ text: @autoclosure () -> String) {
        guard terminal.isInteractive else { return }
        let now = Environment.monotonicNanoseconds()
        let text = text()
        state.withLock { state in
            guard now - state.drawnAt >= Self.intervalNanoseconds else { return }
            state.drawnAt = now
            state.isShown = true
            terminal.write("\r" + TextWidth.cut(text, to: terminal.width - 1) + "\u{1b}[K")
        }
    }

    /// Replaces the line by a progress bar with a word before and behind it.
    func show(_ title: String, fraction: Double, detail: String) {
        show("  \(title) \(Bars.progress(fraction, width: 30)) \(detail)")
    }

    /// Takes the line away, so that other text can follow.
    func clear() {
        state.withLock { state in
            guard state.isShown else { return }
            state = State()
            terminal.write("\r\u{1b}[K")
        }
    }
}

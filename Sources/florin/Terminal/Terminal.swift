import Glibc

/// A stream that a command writes on, and what it can show.
///
/// Reports go to standard output. What only a watching person wants, such as a progress bar, goes to standard error, so
/// that `florin bench … > report.txt` shows both where they belong.
struct Terminal: Sendable {
    /// Columns where there is no terminal to ask.
    static let defaultWidth = 100
    /// A report never spreads wider than this: long lines are hard to read.
    static let reportWidthMax = 120

    static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
    static let standardError = Terminal(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    /// Whether a person may be watching: only then lines are redrawn.
    let isInteractive: Bool
    /// Whether to colour: on a terminal, unless `NO_COLOR` is set (no-color.org) or it is a dumb one.
    let paint: Paint

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isInteractive = isatty(descriptor) == 1 && Self.variable("TERM") != "dumb"
        paint = Paint(isOn: isInteractive && (Self.variable("NO_COLOR") ?? "").isEmpty)
    }

    /// Columns of the terminal now; it may be resized while a command runs.
    var width: Int {
        var size = winsize()
        if isInteractive, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return Self.variable("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? Self.defaultWidth
    }

    /// Writes text as it is, whole.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                if count > 0 {
                    offset += count
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

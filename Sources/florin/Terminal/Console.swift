internal import Core

/// Where a command's words go.
///
/// With `--json` standard output gets one JSON object and nothing else; without it, the report. Progress and complaints
/// are on standard error either way.
struct Console: Sendable {
    let isJSON: Bool
    /// The line that shows how the work goes on.
    let live = LiveLine()

    /// How to paint the report.
    var paint: Paint { Terminal.standardOutput.paint }
    /// Columns for the report.
    var width: Int { min(Terminal.standardOutput.width, Terminal.reportWidthMax) }

    /// Adds lines to the report.
    func report(_ lines: [String]) {
        guard !isJSON else { return }
        live.clear()
        Terminal.standardOutput.write(lines.map { $0 + "\n" }.joined())
    }

    /// Adds a line to the report.
    func report(_ line: String = "") { report([line]) }

    /// Adds a table to the report.
    func report(_ table: TextTable) { report(table.lines(width: width, paint: paint)) }

    /// Adds a heading to the report.
    func heading(_ text: String) { report(["", paint.bold(text)]) }

    /// Ends a command that was asked for JSON: the one object on standard output.
    func result(_ content: (inout JSONWriter) -> Void) {
        guard isJSON else { return }
        live.clear()
        var json = JSONWriter(style: .indented)
        json.object(content)
        Terminal.standardOutput.write(json.text + "\n")
    }

    /// Says something on standard error.
    func note(_ text: String) {
        live.clear()
        Terminal.standardError.write(text + "\n")
    }
}

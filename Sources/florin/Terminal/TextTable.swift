/// A table in columns of text: titles, a rule, rows.
struct TextTable {
    enum Alignment: Sendable { case left, right }

    /// A column: its title and how its cells stand. A table whose titles are all empty has no head.
    struct Column: Sendable {
        let title: String
        let alignment: Alignment

        static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
        static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    /// No column is cut below this width.
    private static let columnWidthMin = 6
    private static let indent = "  "
    private static let gap = "  "

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Names with their values, without a head.
    static func facts(_ facts: [(name: String, value: String)]) -> TextTable {
        var table = TextTable([.left(""), .left("")])
        for fact in facts { table.add([fact.name, fact.value]) }
        return table
    }

    /// Adds a row: one cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "A row of this table has \(columns.count) cells")
        rows.append(cells)
    }

    /// The table, at most `width` columns wide: the widest cells are cut where it would be wider.
    func lines(width: Int, paint: Paint) -> [String] {
        let widths = fitted(width: width)
        var lines: [String] = []
        if columns.contains(where: { !$0.title.isEmpty }) {
            lines.append(line(columns.map { $0.title }, widths: widths, paint: { paint.dim($0) }))
            let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
            lines.append(paint.dim(Self.indent + rule))
        }
        for row in rows { lines.append(line(row, widths: widths, paint: { $0 })) }
        return lines
    }

    private func line(_ cells: [String], widths: [Int], paint: (String) -> String) -> String {
        var text = Self.indent
        for (index, cell) in cells.enumerated() {
            let content = TextWidth.cut(cell, to: widths[index])
            let isLast = index == cells.count - 1
            switch columns[index].alignment {
            case .left: text += paint(isLast ? content : TextWidth.padRight(content, to: widths[index]))
            case .right: text += paint(TextWidth.padLeft(content, to: widths[index]))
            }
            if !isLast { text += Self.gap }
        }
        return text
    }

    /// The widths of the columns: what their cells take, the widest made narrower until the table fits.
    private func fitted(width: Int) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1[index])) }
        }
        var excess = widths.reduce(0, +) + Self.indent.count + Self.gap.count * (columns.count - 1) - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > Self.columnWidthMin
        {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}

/// Figures drawn with block characters: progress, bars and small curves.
enum Bars {
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    private static let heights: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A bar of `fraction` (0…1) of `width` columns, to an eighth of a column; blank behind it only if `isPadded`.
    static func bar(_ fraction: Double, width: Int, isPadded: Bool) -> String {
        let limited = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        let parts = Int((limited * Double(width * 8)).rounded())
        var text = String(repeating: "█", count: parts / 8)
        if parts % 8 > 0 { text.append(eighths[parts % 8 - 1]) }
        return isPadded ? TextWidth.padRight(text, to: width) : text
    }

    /// A progress bar between two marks.
    static func progress(_ fraction: Double, width: Int) -> String {
        "▕" + bar(fraction, width: width, isPadded: true) + "▏"
    }

    /// A curve of one line, from zero to the largest value; more values than `width` are averaged in groups.
    static func curve(_ values: [Double], width: Int) -> String {
        let points = grouped(values, width: width)
        guard let largest = points.max(), largest > 0 else { return String(repeating: "▁", count: points.count) }
        return String(
            points.map { value in
                let step = Int((max(value, 0) / largest * Double(heights.count - 1)).rounded())
                return heights[min(step, heights.count - 1)]
            })
    }

    private static func grouped(_ values: [Double], width: Int) -> [Double] {
        guard values.count > width, width > 0 else { return values }
        return (0..<width).map { index in
            let first = index * values.count / width
            let end = max(first + 1, (index + 1) * values.count / width)
            return values[first..<end].reduce(0, +) / Double(end - first)
        }
    }

    /// Labelled bars in proportion to the largest value, each with its value written behind it.
    static func chart(_ rows: [(label: String, value: Int)], width: Int, paint: Paint) -> [String] {
        guard let largest = rows.map(\.value).max(), largest > 0 else { return [] }
        let labelWidth = min(rows.map { TextWidth.of($0.label) }.max() ?? 0, max(8, width / 2))
        let numberWidth = rows.map { NumberText.grouped(Int64($0.value)).count }.max() ?? 0
        let barWidth = max(8, min(48, width - labelWidth - numberWidth - 6))
        return rows.map { row in
            let label = TextWidth.padRight(TextWidth.cut(row.label, to: labelWidth), to: labelWidth)
            let number = TextWidth.padLeft(NumberText.grouped(Int64(row.value)), to: numberWidth)
            let bar = bar(Double(row.value) / Double(largest), width: barWidth, isPadded: false)
            return "  \(label)  \(number)  \(paint.cyan(bar))"
        }
    }
}

internal import Core

/// Numbers as people read them.
enum NumberText {
    /// Digits in groups of three: `1,234,567`.
    static func grouped(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Whole numbers in groups, as above.
    static func grouped(_ value: Int) -> String { grouped(Int64(value)) }

    /// A number with `digits` decimals, rounded half away from zero; `–` if it is none or too large to write.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard scaled.isFinite, abs(scaled) < 9e15 else { return "–" }
        let units = Int64(scaled)
        guard digits > 0 else { return grouped(units) }
        let whole = Int64(scale)
        var fraction: [UInt8] = []
        DecimalText.append(Int(units.magnitude % UInt64(whole)), paddedTo: digits, to: &fraction)
        let sign = units < 0 ? "-" : ""
        return sign + grouped(Int64(units.magnitude / UInt64(whole))) + "." + String(decoding: fraction, as: UTF8.self)
    }

    /// A duration with three digits that matter: `850 µs`, `12.3 ms`, `1.25 s`.
    static func duration(nanoseconds: UInt64) -> String {
        let value = Double(nanoseconds)
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds) ns"
        case ..<1_000_000: return significant(value / 1_000) + " µs"
        case ..<1_000_000_000: return significant(value / 1_000_000) + " ms"
        case ..<120_000_000_000: return significant(value / 1_000_000_000) + " s"
        default: return "\(nanoseconds / 60_000_000_000) min \(nanoseconds / 1_000_000_000 % 60) s"
        }
    }

    /// A quantity of bytes: `512 B`, `3.91 KiB`, `120 MiB`.
    static func bytes(_ value: Double) -> String {
        switch abs(value) {
        case ..<1_024: fixed(value, digits: 0) + " B"
        case ..<1_048_576: significant(value / 1_024) + " KiB"
        case ..<1_073_741_824: significant(value / 1_048_576) + " MiB"
        default: significant(value / 1_073_741_824) + " GiB"
        }
    }

    /// A share in per cent: `12.5 %`.
    static func share(_ part: Int, of whole: Int) -> String {
        whole > 0 ? fixed(Double(part) / Double(whole) * 100, digits: 1) + " %" : "–"
    }

    /// Three digits that matter, for numbers from 1.
    private static func significant(_ value: Double) -> String {
        switch abs(value) {
        case ..<9.995: fixed(value, digits: 2)
        case ..<99.95: fixed(value, digits: 1)
        default: fixed(value, digits: 0)
        }
    }
}

extension JSONWriter {
    /// A field with a number that has decimals; null if it is not finite.
    mutating func field(_ key: StaticString, decimal value: Double, digits: Int) {
        let text = NumberText.fixed(value, digits: digits).filter { $0 != "," }
        field(key, text == "–" ? .null : JSONValue.number(text))
    }

    /// The same for a figure that may not have been measured.
    mutating func field(_ key: StaticString, decimal value: Double?, digits: Int) {
        if let value { field(key, decimal: value, digits: digits) } else { null(key) }
    }
}

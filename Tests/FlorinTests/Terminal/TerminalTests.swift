import Core
import Testing

@testable import florin

@Suite("Text on a terminal")
struct TerminalTests {
    @Test("columns are aligned, titles ruled")
    func table() {
        var table = TextTable([.left("name"), .right("n"), .left("note")])
        table.add(["a", "1", "x"])
        table.add(["longer", "12,345", "yy"])
        #expect(
            table.lines(width: 80, paint: .plain) == [
                "  name         n  note", "  ──────  ──────  ────", "  a            1  x", "  longer  12,345  yy",
            ])
    }

    @Test("a table without titles has no head; the widest cells are cut")
    func narrow() {
        let table = TextTable.facts([("name", "a value that is much too long for this"), ("b", "short")])
        let lines = table.lines(width: 24, paint: .plain)
        #expect(lines == ["  name  a value that is…", "  b     short"])
        #expect(lines.allSatisfy { TextWidth.of($0) <= 24 })
    }

    @Test("attributes take no columns, and only where they are seen")
    func paint() {
        let red = Paint(isOn: true).red("warm")
        #expect(red == "\u{1b}[31mwarm\u{1b}[0m")
        #expect(TextWidth.of(red) == 4)
        #expect(TextWidth.padRight(red, to: 6).hasSuffix("  "))
        #expect(TextWidth.cut(red, to: 3) == "\u{1b}[31mwa…\u{1b}[0m")
        #expect(TextWidth.cut("abc", to: 3) == "abc")
        #expect(TextWidth.cut("abcd", to: 0) == "")
        #expect(Paint.plain.red("warm") == "warm")
    }

    @Test("bars, to an eighth of a column")
    func bars() {
        #expect(Bars.bar(0.5, width: 4, isPadded: true) == "██  ")
        #expect(Bars.bar(1.0 / 16, width: 2, isPadded: false) == "▏")
        #expect(Bars.bar(7, width: 2, isPadded: true) == "██")
        #expect(Bars.bar(.nan, width: 2, isPadded: true) == "  ")
        #expect(Bars.progress(1, width: 1) == "▕█▏")
        let chart = Bars.chart([("lost_card", 10), ("x", 5)], width: 40, paint: .plain)
        #expect(chart[0].hasPrefix("  lost_card  10  █") && chart[1].hasPrefix("  x           5  █"))
        #expect(chart[0].count > chart[1].count)
        #expect(Bars.chart([], width: 40, paint: .plain).isEmpty)
    }

    @Test("curves start at zero and are averaged to fit")
    func curve() {
        #expect(Bars.curve([0, 7, 14], width: 10) == "▁▅█")
        #expect(Bars.curve([0, 0], width: 10) == "▁▁")
        #expect(Bars.curve(Array(repeating: 3, count: 100), width: 5) == "█████")
        #expect(Bars.curve([], width: 5) == "")
    }

    @Test("numbers")
    func numbers() {
        #expect(NumberText.grouped(1_234_567) == "1,234,567")
        #expect(NumberText.grouped(Int64.min) == "-9,223,372,036,854,775,808")
        #expect(NumberText.grouped(999) == "999")
        #expect(NumberText.fixed(1_234.565, digits: 1) == "1,234.6")
        #expect(NumberText.fixed(-0.05, digits: 2) == "-0.05")
        #expect(NumberText.fixed(2.5, digits: 0) == "3")
        #expect(NumberText.fixed(.infinity, digits: 2) == "–")
        #expect(NumberText.share(1, of: 8) == "12.5 %")
        #expect(NumberText.share(1, of: 0) == "–")
    }

    @Test("durations and bytes keep three digits")
    func units() {
        #expect(NumberText.duration(nanoseconds: 850) == "850 ns")
        #expect(NumberText.duration(nanoseconds: 9_990) == "9.99 µs")
        #expect(NumberText.duration(nanoseconds: 12_345_678) == "12.3 ms")
        #expect(NumberText.duration(nanoseconds: 100_000_000) == "100 ms")
        #expect(NumberText.duration(nanoseconds: 1_250_000_000) == "1.25 s")
        #expect(NumberText.duration(nanoseconds: 125_000_000_000) == "2 min 5 s")
        #expect(NumberText.bytes(512) == "512 B")
        #expect(NumberText.bytes(4_000) == "3.91 KiB")
        #expect(NumberText.bytes(120 * 1_048_576) == "120 MiB")
    }

    @Test("decimals in JSON have no groups; what is not finite is null")
    func json() {
        var json = JSONWriter(style: .compact)
        json.object {
            $0.field("a", decimal: 1_234.5, digits: 2)
            $0.field("b", decimal: .nan, digits: 2)
            $0.field("c", decimal: nil, digits: 2)
        }
        #expect(json.text == "{\"a\":1234.50,\"b\":null,\"c\":null}")
    }
}

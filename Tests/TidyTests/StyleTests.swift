import Testing

@Suite("How the sources are written")
struct StyleTests {
    private static let linesMax = 120
    private static let fileLinesAim = 400
    private static let fileLinesMax = 800
    private static let functionLinesMax = 70

    private let all = Repository.sources + Repository.tests

    @Test("files are at most 400 lines long, and never above 800")
    func files() {
        expectNone(
            all.compactMap { file in
                let count = file.lines.count - 1
                if count > Self.fileLinesMax {
                    return "\(file.path): \(count) lines; split it by aspect, 800 is the end"
                }
                return count > Self.fileLinesAim ? "\(file.path): \(count) lines; split it by aspect" : nil
            })
    }

    @Test("functions are at most 70 lines long")
    func functions() {
        expectNone(
            all.flatMap { file in
                file.functions.filter { $0.count > Self.functionLinesMax }.map { function in
                    "\(file.path):\(function.line): \(function.name) has \(function.count) lines; 70 fit on a screen"
                }
            })
    }

    @Test("lines are at most 120 characters long")
    func lines() {
        expectNone(
            all.flatMap { file in
                file.lines.enumerated().filter { $0.element.count > Self.linesMax }.map { index, line in
                    "\(file.path):\(index + 1): \(line.count) characters"
                }
            })
    }

    @Test("nothing is left to do in a comment: it is done, or an issue")
    func leftovers() {
        // The third one alone is the code of no currency.
        let words = ["TO" + "DO\\b", "FIX" + "ME\\b", "XX" + "X:"]
        expectNone(
            all.flatMap { file in
                file.lines.enumerated().filter { line in
                    words.contains { !line.element.matches(of: "\\b\($0)").isEmpty }
                }.map { index, line in "\(file.path):\(index + 1): \(line.trimmed)" }
            })
    }

    @Test("every limit in Core is held to somewhere")
    func limits() {
        let names = Repository.text(of: "Sources/Core/Limits.swift").matches(of: #"static let (\w+)"#)
        #expect(!names.isEmpty)
        expectNone(
            names.filter { name in
                !Repository.sources.contains { !$0.places(of: "\\bLimits\\.\(name)\\b").isEmpty }
            }.map { "Sources/Core/Limits.swift: nothing is held to Limits.\($0)" })
    }

    @Test("the reader of code sees through comments, strings and interpolations")
    func bareCode() {
        let source = #"""
            let a = "print(\(b("x)")) // no" // print(
            /* print( /* */ print( */ let c = #"\(print("#
            func f(_ x: () -> Void = {}) {
                let d = """
                    print( }
                    """
            }
            """#
        let file = SourceFile(path: "Sources/Core/X.swift", text: source)
        #expect(file.places(of: #"print\("#).isEmpty)
        #expect(file.code[0].contains(#"(b("  "))"#))
        #expect(file.code[1].contains("let c = #\""))
        #expect(file.functions.map(\.line) == [3])
        #expect(file.functions.map(\.count) == [5])
        #expect(file.lines.count == file.code.count)
    }
}

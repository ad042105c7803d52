import Foundation
import Testing

/// A Swift file, as it is and as bare code: comments and the characters of strings are blanks there.
struct SourceFile: Sendable {
    /// From the repository's root: `Sources/Core/Hex.swift`.
    let path: String
    let text: String
    let lines: [String]
    /// Line by line, as many as ``lines``.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.components(separatedBy: "\n")
        code = BareCode(text).text.components(separatedBy: "\n")
    }

    /// `Core` of `Sources/Core/Hex.swift`.
    var room: String { path.components(separatedBy: "/")[1] }

    private static let importPattern =
        #"^\s*(?:@\w+\s+)*(?:public |internal |private |package )?import (?:struct |enum |func )?(\w+)"#
    private static let functionPattern =
        #"^\s*(?:@\w+(?:\(.*\))?\s+)*(?:[a-z]+(?:\(\w+\))?\s+)*(func [^\s(<]+|init[?<(]|deinit|subscript)"#

    /// The modules that it imports, with the line.
    var imports: [(module: String, line: Int)] {
        code.enumerated().compactMap { index, line in
            line.matches(of: Self.importPattern).first.map { ($0, index + 1) }
        }
    }

    /// Where its code matches a pattern: `path:line`.
    func places(of pattern: String) -> [String] {
        code.enumerated().filter { !$0.element.matches(of: pattern).isEmpty }.map { "\(path):\($0.offset + 1)" }
    }

    /// Functions and initialisers, with the first line and how many lines there are to the closing brace.
    var functions: [(name: String, line: Int, count: Int)] {
        var found: [(String, Int, Int)] = []
        for (index, line) in code.enumerated() {
            guard let name = line.matches(of: Self.functionPattern).first, let end = end(ofBodyAt: index) else {
                continue
            }
            found.append((name, index + 1, end - index + 1))
        }
        return found
    }

    /// The line of the brace that closes the first one opened at or after a line outside parentheses; nil when the
    /// declaration has no body.
    private func end(ofBodyAt start: Int) -> Int? {
        var braces = 0
        var brackets = 0
        for index in start..<code.count {
            for character in code[index] {
                switch character {
                case "(", "[": brackets += 1
                case ")", "]": brackets -= 1
                case "{": braces += 1
                case "}":
                    braces -= 1
                    if braces == 0, brackets == 0 { return index }
                    if braces < 0 { return nil }
                default: break
                }
            }
            // A requirement of a protocol ends without a brace.
            guard braces == 0, brackets == 0 else { continue }
            let next = index + 1 < code.count ? code[index + 1].drop { $0 == " " } : ""
            if !["{", ")", "where", "->"].contains(where: { next.hasPrefix($0) }) { return nil }
        }
        return nil
    }
}

/// Blanks comments and strings out of Swift, and keeps the code of interpolations and every line break.
struct BareCode {
    private let source: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    init(_ text: String) {
        source = Array(text.utf8)
        code(until: nil)
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    private func starts(with text: String) -> Bool { source[position...].starts(with: text.utf8) }

    private mutating func keep(_ count: Int = 1) {
        output += source[position..<min(position + count, source.count)]
        position += count
    }

    private mutating func blank(_ count: Int = 1) {
        for byte in source[position..<min(position + count, source.count)] {
            output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
        }
        position += count
    }

    /// Code up to the end, or to the parenthesis that ends an interpolation.
    private mutating func code(until end: UInt8?) {
        var depth = 0
        while position < source.count {
            if starts(with: "//") {
                while position < source.count, source[position] != UInt8(ascii: "\n") { blank() }
            } else if starts(with: "/*") {
                comment()
            } else if starts(with: "\"") || starts(with: "#\"") || starts(with: "##\"") {
                string()
            } else {
                if source[position] == UInt8(ascii: "(") { depth += 1 }
                if source[position] == UInt8(ascii: ")") { depth -= 1 }
                keep()
                if end != nil, depth == 0 { return }
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && position < source.count
    }

    private mutating func string() {
        let hashes = source[position...].prefix { $0 == UInt8(ascii: "#") }.count
        let marks = String(repeating: "#", count: hashes)
        keep(hashes)
        let quotes = starts(with: "\"\"\"") ? "\"\"\"" : "\""
        keep(quotes.utf8.count)
        while position < source.count, !starts(with: quotes + marks) {
            if starts(with: "\\\(marks)(") {
                blank(1 + hashes)
                code(until: UInt8(ascii: ")"))
            } else if starts(with: "\\\(marks)") {
                blank(2 + hashes)
            } else {
                blank()
            }
        }
        keep(quotes.utf8.count + hashes)
    }
}

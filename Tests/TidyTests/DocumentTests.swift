import Foundation
import Testing

@Suite("The documents")
struct DocumentTests {
    private let documents = Repository.paths(below: "", suffix: ".md")

    /// Lines outside fenced blocks, with their numbers.
    private func prose(_ path: String) -> [(line: Int, text: String)] {
        var isFenced = false
        return Repository.lines(of: path).enumerated().compactMap { index, line in
            if line.hasPrefix("```") { isFenced.toggle() }
            return isFenced ? nil : (index + 1, line)
        }
    }

    @Test("every relative link leads somewhere, and to a heading that is there")
    func links() {
        var violations: [String] = []
        for path in documents {
            let folder = path.components(separatedBy: "/").dropLast().joined(separator: "/")
            for (line, text) in prose(path) {
                for link in text.matches(of: #"\]\(([^)\s]+)[^)]*\)"#) where !link.contains("://") {
                    let parts = link.components(separatedBy: "#")
                    let target = parts[0].isEmpty ? path : normalised(folder + "/" + parts[0])
                    if !Repository.exists(target) {
                        violations.append("\(path):\(line): \(link) leads nowhere")
                    } else if parts.count > 1, !anchors(target).contains(parts[1]) {
                        violations.append("\(path):\(line): \(target) has no heading #\(parts[1])")
                    }
                }
            }
        }
        expectNone(violations)
    }

    private func normalised(_ path: String) -> String {
        var parts: [String] = []
        for part in path.components(separatedBy: "/") where !part.isEmpty && part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    /// The names by which GitHub finds headings.
    private func anchors(_ path: String) -> Set<String> {
        Set(
            prose(path).flatMap { $0.text.matches(of: #"^#+ (.*)$"#) }.map { heading in
                String(heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) })
                    .replacing(" ", with: "-")
            })
    }

    @Test("every make target that they name is in the Makefile")
    func makeTargets() {
        let targets = Set(Repository.text(of: "Makefile").matches(of: #"^([a-z-]+):"#))
        #expect(!targets.isEmpty)
        var violations: [String] = []
        for path in documents {
            let text = Repository.text(of: path)
            let named = text.matches(of: #"^(?:\$ )?make ([a-z-]+)"#) + text.matches(of: #"`make ([a-z-]+)[^`]*`"#)
            for target in named where !targets.contains(target) {
                violations.append("\(path): the Makefile has no target \(target)")
            }
        }
        expectNone(violations)
    }

    @Test("they tell of every command of the program, and of no other")
    func commands() {
        let sources = Repository.sources.filter { $0.room == "florin" }
        let names = sources.flatMap { file in
            file.text.matches(of: #"commandName: "([a-z-]+)""#).filter { $0 != "florin" }
        }
        #expect(names.contains("serve"))
        let text = documents.map(Repository.text(of:)).joined(separator: "\n")
        expectNone(
            Set(names).sorted().filter { text.matches(of: "florin [a-z ]*\\b\($0)\\b").isEmpty }
                .map { "no document tells of florin \($0)" })
        expectNone(
            Set(text.matches(of: #"(?:`|\$ |release/)florin ([a-z][a-z-]*)"#)).subtracting(names).sorted()
                .map { "the documents tell of florin \($0), which is no command" })
    }

    @Test("the version that the program tells is the newest of the change log")
    func version() {
        let version = Repository.text(of: "Sources/florin/Florin.swift").matches(of: #"version: "([^"]+)""#).first
        let newest = Repository.text(of: "CHANGELOG.md").matches(of: #"^## \[?([0-9.]+)"#).first
        #expect(version != nil && version == newest)
    }
}

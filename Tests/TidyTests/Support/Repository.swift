import Foundation
import Synchronization
import Testing

/// The files of the repository that the tests lie in.
enum Repository {
    static let root: URL = {
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path + "/Makefile") {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// All Swift files below a folder, by their path from the root.
    static func swiftFiles(_ folder: String) -> [SourceFile] {
        paths(below: folder, suffix: ".swift").map { SourceFile(path: $0, text: text(of: $0)) }
    }

    static let sources = swiftFiles("Sources")
    static let tests = swiftFiles("Tests")

    /// Paths of files, sorted; of hidden folders and of what others made (`Tests/Vectors`) there are none.
    static func paths(below folder: String, suffix: String) -> [String] {
        let start = folder.isEmpty ? root : root.appending(path: folder)
        guard let all = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil) else { return [] }
        var paths: [String] = []
        for case let url as URL in all {
            let path = String(url.path.dropFirst(root.path.count + 1))
            if url.lastPathComponent.hasPrefix(".") || path == "Tests/Vectors" || url.lastPathComponent == "venv" {
                all.skipDescendants()
            } else if path.hasSuffix(suffix) {
                paths.append(path)
            }
        }
        return paths.sorted()
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// The text of a file, empty when it is missing.
    static func text(of path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    static func lines(of path: String) -> [String] { text(of: path).components(separatedBy: "\n") }
}

/// Records each violation as an issue of its own.
func expectNone(_ violations: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for violation in violations { Issue.record("\(violation)", sourceLocation: sourceLocation) }
}

extension String {
    /// The first groups of all matches of a regular expression, or the matches where it has no group.
    func matches(of pattern: String) -> [String] {
        Expressions.compiled(pattern).matches(in: self, range: NSRange(startIndex..., in: self)).map { match in
            let range = match.range(at: match.numberOfRanges > 1 ? 1 : 0)
            return Range(range, in: self).map { String(self[$0]) } ?? ""
        }
    }
}

/// Regular expressions by their patterns, each compiled once.
private enum Expressions {
    private static let known = Mutex<[String: NSRegularExpression]>([:])

    static func compiled(_ pattern: String) -> NSRegularExpression {
        known.withLock { known in
            if let expression = known[pattern] { return expression }
            guard let made = try? NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines]) else {
                preconditionFailure("\(pattern) is no regular expression")
            }
            known[pattern] = made
            return made
        }
    }
}

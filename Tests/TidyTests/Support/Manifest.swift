import Foundation

/// What Package.swift declares.
struct Manifest {
    struct Target {
        let name: String
        let isTest: Bool
        /// Rooms and products.
        let dependencies: Set<String>
    }

    let targets: [Target]

    static let current = Manifest(Repository.text(of: "Package.swift"))

    init(_ text: String) {
        var products: [String: String] = [:]
        for line in text.components(separatedBy: "\n") {
            guard let name = line.matches(of: #"^let (\w+): Target\.Dependency"#).first else { continue }
            products[name] = line.matches(of: #"\.product\(name: "(\w+)""#).first
        }
        // A declaration ends where the next one begins.
        targets = text.components(separatedBy: "arget(").dropFirst().compactMap { part in
            guard let name = part.matches(of: #"name: "(\w+)""#).first else { return nil }
            let list = part.components(separatedBy: "dependencies: [").dropFirst().first?
                .components(separatedBy: "]").first
            let words = (list ?? "").matches(of: #"\w+"#).map { products[$0] ?? $0 }
            return Target(name: name, isTest: name.hasSuffix("Tests"), dependencies: Set(words))
        }
    }

    var rooms: [Target] { targets.filter { !$0.isTest } }

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }
}

/// The table of rooms in ARCHITECTURE.md.
struct RoomTable {
    /// What each room may import of the others, by its name.
    let mayImport: [String: Set<String>]
    let names: [String]

    static let current = RoomTable(Repository.text(of: "ARCHITECTURE.md"))

    init(_ text: String) {
        var rows: [String: Set<String>] = [:]
        var names: [String] = []
        for line in text.components(separatedBy: "\n") {
            let cells = line.components(separatedBy: "|").map { $0.trimmed }
            guard cells.count == 5, let room = cells[1].matches(of: #"^`(\w+)`$"#).first else { continue }
            guard cells[3] == "–" || cells[3].hasPrefix("`") else { continue }
            rows[room] = Set(cells[3].matches(of: #"`(\w+)`"#))
            names.append(room)
        }
        mayImport = rows
        self.names = names
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

import Testing

@Suite("The rooms of the house")
struct RoomTests {
    private let manifest = Manifest.current
    private let table = RoomTable.current

    /// Modules of the system that every room may use.
    private static let system: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]

    @Test("ARCHITECTURE.md has the table of rooms, and Package.swift the targets")
    func readable() throws {
        try #require(
            Repository.exists("ARCHITECTURE.md"),
            "ARCHITECTURE.md is missing: it has to say which room may import which")
        #expect(!table.names.isEmpty, "ARCHITECTURE.md has no rows of the form | `Core` | what it is | – |")
        #expect(!manifest.rooms.isEmpty, "Package.swift declares no targets that this test can read")
    }

    @Test("ARCHITECTURE.md names every target, and no other, in the order of Package.swift")
    func named() {
        #expect(table.names == manifest.rooms.map(\.name))
    }

    @Test("a room imports of the others only what ARCHITECTURE.md allows and Package.swift declares")
    func imports() {
        let rooms = Set(manifest.rooms.map(\.name))
        var violations: [String] = []
        for file in Repository.sources {
            let allowed = table.mayImport[file.room] ?? []
            let declared = manifest.target(file.room)?.dependencies ?? []
            for (module, line) in file.imports where !Self.system.contains(module) {
                if rooms.contains(module), !allowed.contains(module) {
                    violations.append(
                        "\(file.path):\(line): ARCHITECTURE.md does not allow \(file.room) to import \(module)")
                }
                if !declared.contains(module) {
                    violations.append(
                        "\(file.path):\(line): Package.swift does not declare that \(file.room) depends on \(module)")
                }
            }
        }
        expectNone(violations)
    }

    @Test("what Package.swift declares for a room is allowed, and what comes from elsewhere is used")
    func dependencies() {
        let rooms = Set(manifest.rooms.map(\.name))
        var violations: [String] = []
        for target in manifest.rooms {
            let files = Repository.sources.filter { $0.room == target.name }
            let imported = Set(files.flatMap { $0.imports.map(\.module) })
            for dependency in target.dependencies.sorted() {
                if !rooms.contains(dependency) {
                    guard !imported.contains(dependency) else { continue }
                    violations.append("Package.swift: \(target.name) declares \(dependency) and imports it nowhere")
                } else if table.mayImport[target.name]?.contains(dependency) != true {
                    violations.append("Package.swift: ARCHITECTURE.md does not let \(target.name) use \(dependency)")
                }
            }
        }
        expectNone(violations)
    }

    @Test("tests import only what Package.swift declares for them")
    func testImports() {
        let system = Self.system.union(["Testing"])
        var violations: [String] = []
        for file in Repository.tests {
            let declared = manifest.target(file.room)?.dependencies ?? []
            for (module, line) in file.imports where !system.contains(module) && !declared.contains(module) {
                violations.append(
                    "\(file.path):\(line): Package.swift does not declare that \(file.room) depends on \(module)")
            }
        }
        expectNone(violations)
    }

    @Test("every Swift file lies in a target's folder, and every target has one")
    func folders() {
        var violations: [String] = []
        for file in Repository.sources + Repository.tests where manifest.target(file.room) == nil {
            violations.append("\(file.path): \(file.room) is no target of Package.swift, so this is never built")
        }
        for target in manifest.targets {
            let folder = (target.isTest ? "Tests/" : "Sources/") + target.name
            if Repository.paths(below: folder, suffix: ".swift").isEmpty {
                violations.append("Package.swift: target \(target.name) has no file in \(folder)")
            }
        }
        for target in manifest.rooms where manifest.target(target.name.capitalised + "Tests") == nil {
            // Core has no tests of its own yet: every other room's use it.
            if target.name != "Core" { violations.append("Package.swift: room \(target.name) has no tests") }
        }
        expectNone(violations)
    }
}

extension String {
    fileprivate var capitalised: String { prefix(1).uppercased() + dropFirst() }
}

import Core
import Testing

@testable import Storage

@Suite("The mark of a folder whose books have moved")
struct MovedFolderTests {
    @Test("a folder is refused from the mark on, with the way back, until the mark is deleted")
    func marked() throws {
        let folder = try TestFolder()
        try MovedFolder.check(folder.path)
        try MovedFolder.mark(folder.path, to: "florin@db:5432/florin", at: Timestamp(seconds: 1))
        let mark = folder.path + "/moved-to-database"
        let refusal = StoreError.folderMoved(path: folder.path, to: "florin@db:5432/florin", mark: mark)
        #expect(throws: refusal) { try MovedFolder.check(folder.path) }
        #expect(refusal.description.contains("delete \(mark)"))
        #expect(refusal.description.contains("--database"))
    }

    @Test("a mark that says nothing still counts")
    func empty() throws {
        let folder = try TestFolder()
        try folder.write([], to: "moved-to-database")
        #expect(throws: StoreError.self) { try MovedFolder.check(folder.path) }
    }

    @Test("a folder keeps the name of its last import alone")
    func identity() throws {
        let folder = try TestFolder()
        #expect(try MovedFolder.importID(of: folder.path) == nil)
        let first = try MovedFolder.newImportID(of: folder.path, .live)
        #expect(try MovedFolder.importID(of: folder.path) == first)
        let second = try MovedFolder.newImportID(of: folder.path, .live)
        #expect(try MovedFolder.importID(of: folder.path) == second && second != first)
    }

    @Test("rows have the same digest only if every byte is the same")
    func digests() {
        func digest(_ rows: [[SQLValue]]) -> [UInt8] {
            var digest = RowDigest()
            for row in rows { digest.add(row) }
            return digest.value
        }
        let different: [[[SQLValue]]] = [
            [], [[]], [[.null]], [[.integer(0)]], [[.text("")]], [[.blob([])]], [[.text("0")]],
            [[.text("a"), .text("b")]],
            [[.text("ab"), .text("")]], [[.text("a")], [.text("b")]], [[.blob([97]), .text("b")]], [[.null, .null]],
            [[.text("e\u{301}")]], [[.text("\u{e9}")]],
        ]
        #expect(Set(different.map(digest)).count == different.count)
        #expect(digest([[.integer(-1), .null]]) == digest([[.integer(-1), .null]]))
    }
}

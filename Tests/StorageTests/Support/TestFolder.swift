import Core
import Foundation
import Synchronization

/// A folder of one test's own, removed when the test lets go of it.
final class TestFolder: Sendable {
    let path: String
    /// The schema that stands for the folder on PostgreSQL.
    let schema = TestDatabase.newSchema()
    /// Taken with the first store that is opened on PostgreSQL.
    let turn = Mutex<TestDatabase.Turn?>(nil)

    init() throws {
        path = NSTemporaryDirectory() + "florin-storage-" + IdentifierText.random(digits: 12, .live)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var databasePath: String { path + "/florin.sqlite" }

    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path + "/" + name))) }

    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
    }

    /// The sizes of the files in it, by name.
    func sizes() throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) { sizes[name] = try read(name).count }
        return sizes
    }
}

public import Core
import Glibc

/// A data folder whose books are moving, or have moved, to a database server.
///
/// Two living copies of the books would be the worst that can happen. So the folder is marked, durably, before the
/// database may be used, and its own databases are not opened for payments any more. The mark is a file with the way
/// back in it.
public enum MovedFolder {
    private static let markName = "moved-to-database"
    private static let identityName = "import-id"
    private static let destinationPrefix = "moved to: "

    /// Refuses a folder whose books have moved. To be asked where its own databases are about to be used.
    ///
    /// - throws: ``StoreError/folderMoved(path:to:mark:)``
    public static func check(_ folder: String) throws(StoreError) {
        let mark = folder + "/" + markName
        guard let text = try read(mark) else { return }
        let first = text.split(separator: "\n").first ?? ""
        let destination = first.hasPrefix(destinationPrefix) ? first.dropFirst(destinationPrefix.count) : "a database"
        throw .folderMoved(path: folder, to: String(destination), mark: mark)
    }

    /// Marks a folder. It is on the disk when this returns.
    public static func mark(_ folder: String, to destination: String, at moment: Timestamp) throws(StoreError) {
        try write(
            """
            \(destinationPrefix)\(destination)

            The books of this folder were moved to that database (\(moment.milliseconds) ms since 1970).
            Start with: florin serve --data THIS_FOLDER --database postgres://…
            vault.key is still needed, and is nowhere else.

            To go back to the databases in this folder: stop every node that uses that database, make sure that
            nothing was served from it, and delete this file. What was served from it is not in this folder.

            """, to: markName, in: folder)
    }

    /// The name of the import of this folder that was begun last; nil when none was.
    public static func importID(of folder: String) throws(StoreError) -> String? {
        guard let text = try read(folder + "/" + identityName) else { return nil }
        return String(text.prefix { !$0.isNewline })
    }

    /// Draws the name of a new import of this folder. An earlier one cannot go on any more: of two databases that were
    /// begun to be filled from one folder, one at most is ever finished.
    public static func newImportID(of folder: String, _ environment: Environment) throws(StoreError) -> String {
        let id = IdentifierText.make(prefix: "import", time: environment.now(), environment)
        try write(id + "\n", to: identityName, in: folder)
        return id
    }

    // MARK: Files

    private static let bytesMax = 4_096

    /// The text of a file; nil when there is none.
    private static func read(_ path: String) throws(StoreError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure(path) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Puts a text into a file, which is replaced whole or stays as it is, and waits for the disk.
    private static func write(_ text: String, to name: String, in folder: String) throws(StoreError) {
        let path = folder + "/" + name
        let draft = path + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(draft) }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isDurable = written == bytes.count && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isDurable else {
            errno = code
            throw failure(draft)
        }
        guard rename(draft, path) == 0 else { throw failure(path) }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure(folder) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> StoreError {
        .inaccessible(path: path, detail: String(cString: strerror(errno)))
    }
}

internal import Core
internal import Glibc
internal import Storage

/// Backs up a data folder with SQLite databases, while a server may be running on it.
struct FolderBackup {
    let folder: String
    /// Whether `vault.key` is in the backup, so that whoever opens it has the cards.
    let includesVaultKey: Bool
    let writing: BackupWriting

    /// A file of the backup, for the report.
    struct Part {
        let name: String
        let bytes: Int64
    }

    /// Makes the backup.
    ///
    /// The vault's database comes after the main one: a card is in the vault before anything names it, so each card
    /// that the backup's payments name is in it.
    func run() throws -> (result: BackupWriting.Result, parts: [Part]) {
        guard FileText.exists(folder + "/florin.sqlite") else {
            throw BackupError("\(folder)/florin.sqlite is not there: \(folder) is no data folder.")
        }
        try removeAbandonedCopies()
        var parts: [Part] = []
        let result = try writing.write(.folder, prefix: BackupRepository.folderPrefix, facts: [:]) { stream in
            for name in ["florin.sqlite", "vault.sqlite"] where FileText.exists(folder + "/" + name) {
                parts.append(try add(database: name, to: &stream))
            }
            // While a server starts, the file is a draft.
            for name in ["sandbox.json", "sandbox.json.draft"] {
                guard let text = FileText.read(folder + "/" + name) else { continue }
                parts.append(try add("sandbox.json", Array(text.utf8), to: &stream))
                break
            }
            if includesVaultKey {
                guard let text = FileText.read(folder + "/vault.key") else {
                    throw BackupError.system(folder + "/vault.key")
                }
                parts.append(try add("vault.key", Array(text.utf8), to: &stream))
            }
            try stream.write(TarWriter.end)
        }
        return (result, parts)
    }

    private func add(database name: String, to stream: inout SealingStream) throws -> Part {
        let copy = try SQLiteCopy(of: folder + "/" + name) { share in
            writing.console.live.show("copying \(name)", fraction: share, detail: "")
        }
        try stream.write(header(name, bytes: copy.bytes))
        guard lseek(copy.descriptor, 0, SEEK_SET) == 0 else { throw BackupError.system(name) }
        var bytes: Int64 = 0
        try Files.forEachPiece(of: copy.descriptor, path: name) { piece in
            bytes += Int64(piece.count)
            try stream.write(piece)
        }
        guard bytes == copy.bytes else {
            throw BackupError("The copy of \(name) has \(bytes) bytes, not \(copy.bytes).")
        }
        try stream.write(TarWriter.padding(after: bytes))
        return Part(name: name, bytes: bytes)
    }

    private func add(_ name: String, _ content: [UInt8], to stream: inout SealingStream) throws -> Part {
        try stream.write(header(name, bytes: Int64(content.count)))
        try stream.write(content)
        try stream.write(TarWriter.padding(after: Int64(content.count)))
        return Part(name: name, bytes: Int64(content.count))
    }

    private func header(_ name: String, bytes: Int64) -> [UInt8] {
        TarWriter.header(name: name, bytes: bytes, modifiedAt: max(0, writing.environment.now().seconds))
    }

    /// Removes copies whose making was cut off in the moment before they lost their names: they are empty.
    private func removeAbandonedCopies() throws {
        for name in try Files.names(in: folder) where name.contains(".sqlite.copy.") {
            guard let process = name.split(separator: ".").last.flatMap({ pid_t($0) }) else { continue }
            if kill(process, 0) != 0 && errno == ESRCH { unlink(folder + "/" + name) }
        }
    }
}

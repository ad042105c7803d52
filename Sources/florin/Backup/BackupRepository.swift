internal import Core
internal import Glibc

/// The folder that backups are kept in.
///
///     florin-20261124T120000.123Z.backup    a data folder
///     base-20261124T120000.123Z.backup      a PostgreSQL server; the moment is that of its end
///     wal/000000010000000000000003.sealed   a file of that server's write-ahead log
struct BackupRepository {
    static let suffix = ".backup"
    static let folderPrefix = "florin-"
    static let basePrefix = "base-"
    static let logSuffix = ".sealed"

    /// One backup, by its name.
    struct Entry {
        let path: String
        let kind: SealedHeader.Kind
        let time: Timestamp
        let bytes: Int64
    }

    let path: String
    var logFolder: String { path + "/wal" }

    /// The repository at `path`, which has to be there.
    init(existing path: String) throws {
        guard let real = Files.real(path) else { throw BackupError.system(path) }
        guard Files.isFolder(real) else { throw BackupError("\(path) is no folder.") }
        self.path = real
    }

    /// The repository at `path`, which is made if it is not there; what an interrupted run left in it is removed.
    init(making path: String) throws {
        try Files.makeFolder(path)
        try self.init(existing: path)
        try BackupDraft.removeAbandoned(in: self.path)
    }

    /// Refuses a key beside the backups that it opens.
    func refuseKeyInside(_ key: String) throws {
        guard let folder = Files.real(Files.parent(of: key)) else { throw BackupError.system(Files.parent(of: key)) }
        guard folder != path && !folder.hasPrefix(path + "/") else {
            throw BackupError(
                "The key \(key) lies among the backups: whoever has them would have it, too. Keep it elsewhere.")
        }
    }

    /// The backups, the oldest first.
    func entries() throws -> [Entry] {
        try Files.names(in: path).compactMap { name -> Entry? in
            guard name.hasSuffix(Self.suffix) else { return nil }
            let stem = name.dropLast(Self.suffix.count)
            let kind: SealedHeader.Kind
            let stamp: Substring
            if stem.hasPrefix(Self.folderPrefix) {
                (kind, stamp) = (.folder, stem.dropFirst(Self.folderPrefix.count))
            } else if stem.hasPrefix(Self.basePrefix) {
                (kind, stamp) = (.base, stem.dropFirst(Self.basePrefix.count))
            } else {
                return nil
            }
            guard let time = BackupTime.time(stamp: stamp) else { return nil }
            return Entry(path: path + "/" + name, kind: kind, time: time, bytes: size(of: path + "/" + name))
        }.sorted { $0.time < $1.time }
    }

    /// The names of the log's files and their bytes together.
    func log() -> (names: [String], bytes: Int64) {
        let names = ((try? Files.names(in: logFolder)) ?? []).filter {
            $0.hasSuffix(Self.logSuffix) && !$0.hasPrefix(".")
        }
        return (
            names.map { String($0.dropLast(Self.logSuffix.count)) },
            names.reduce(0) { $0 + size(of: logFolder + "/" + $1) }
        )
    }

    /// Where a file of the log is.
    func place(ofLog name: String) -> String { logFolder + "/" + name + Self.logSuffix }

    private func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}

/// A backup that is being made: sealed, read back, and only then given its name.
struct BackupWriting {
    let repository: BackupRepository
    let key: BackupKey
    let console: Console
    let environment: Environment

    /// What came of it.
    struct Result {
        let path: String
        let clearBytes: Int64
        let sealedBytes: Int64
    }

    /// Seals what `content` writes into a file of the repository.
    ///
    /// A data folder is backed up as it stood when this began, or a little later; a server as it stood when it ended:
    /// their names say so.
    func write(
        _ kind: SealedHeader.Kind, prefix: String, facts: [String: String],
        _ content: (inout SealingStream) throws -> Void
    ) throws -> Result {
        let begunAt = environment.now()
        let draftName = prefix + BackupTime.stamp(begunAt) + BackupRepository.suffix
        let draft = try BackupDraft(draftName, in: repository.path)
        let header = SealedHeader(
            kind: kind, name: draftName, madeAt: begunAt, keyID: key.id,
            salt: environment.randomBytes(SealedStream.saltBytes), facts: facts)
        var meter = ByteMeter("sealing", on: console.live)
        var stream = try SealingStream(header, key: key) { bytes in
            try draft.write(bytes)
            meter.add(bytes.count)
        }
        try content(&stream)
        try stream.finish()
        try draft.synchronise()
        let sealedBytes = meter.bytes
        try readBack(draft, clearBytes: stream.clearBytes, sealedBytes: sealedBytes)
        let name = prefix + BackupTime.stamp(kind == .base ? environment.now() : begunAt) + BackupRepository.suffix
        guard try draft.name(as: repository.path + "/" + name) else {
            throw BackupError("\(repository.path)/\(name) is there already.")
        }
        return Result(
            path: repository.path + "/" + name, clearBytes: stream.clearBytes, sealedBytes: sealedBytes)
    }

    private func readBack(_ draft: BackupDraft, clearBytes: Int64, sealedBytes: Int64) throws {
        var meter = ByteMeter("reading back", on: console.live, expected: sealedBytes)
        var read: Int64 = 0
        try SealedFile.open(draft.path, key: key) { clear in
            read += Int64(clear.count)
            meter.add(clear.count)
        }
        guard read == clearBytes else {
            throw BackupError("The backup holds \(read) bytes of \(clearBytes) when it is read back.")
        }
    }
}

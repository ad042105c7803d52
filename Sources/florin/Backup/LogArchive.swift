internal import Core
internal import Glibc

/// The archive of a PostgreSQL server's write-ahead log: one sealed file for each of its files.
struct LogArchive {
    let repository: BackupRepository
    let key: BackupKey

    /// What PostgreSQL may ask for: segments, histories of timelines, notes on backups.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 64 && !name.hasPrefix(".")
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."): true
                default: false
                }
            }
    }

    /// Archives a file. When this returns, the disk has it; a file that is there already has to be the same.
    func store(_ path: String, _ environment: Environment) throws {
        let name = Files.name(of: path)
        guard Self.isName(name) else { throw BackupError("\(name) is no name of a file of PostgreSQL's log.") }
        try Files.makeFolder(repository.logFolder)
        try BackupDraft.removeAbandoned(in: repository.logFolder)
        guard access(repository.place(ofLog: name), F_OK) != 0 else { return try requireSame(path, name) }
        let source = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw BackupError.system(path) }
        defer { close(source) }
        let draft = try BackupDraft(name, in: repository.logFolder)
        let header = SealedHeader(
            kind: .wal, name: name, madeAt: environment.now(), keyID: key.id,
            salt: environment.randomBytes(SealedStream.saltBytes))
        var stream = try SealingStream(header, key: key) { try draft.write($0) }
        try Files.forEachPiece(of: source, path: path) { try stream.write($0) }
        try stream.finish()
        try draft.synchronise()
        if try !draft.name(as: repository.place(ofLog: name)) { try requireSame(path, name) }
    }

    private func requireSame(_ path: String, _ name: String) throws {
        let source = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw BackupError.system(path) }
        defer { close(source) }
        var isSame = true
        try unseal(name) { clear in
            var bytes = [UInt8](repeating: 0, count: clear.count)
            var count = 0
            while count < bytes.count {
                let step = bytes.withUnsafeMutableBytes {
                    Glibc.read(source, $0.baseAddress?.advanced(by: count), $0.count - count)
                }
                if step == 0 { break }
                guard step > 0 || errno == EINTR else { throw BackupError.system(path) }
                count += max(0, step)
            }
            if count < bytes.count || bytes != clear { isSame = false }
        }
        var byte: UInt8 = 0
        guard isSame, Glibc.read(source, &byte, 1) == 0 else {
            throw BackupError(
                "\(repository.place(ofLog: name)) is there already, with other content. Two servers must not archive "
                    + "into one folder.")
        }
        try Files.synchronise(folder: repository.logFolder)
    }

    /// Fetches a file for a server that recovers; false when the archive does not have it.
    func fetch(_ name: String, to path: String) throws -> Bool {
        guard Self.isName(name) else { throw BackupError("\(name) is no name of a file of PostgreSQL's log.") }
        guard access(repository.place(ofLog: name), F_OK) == 0 else {
            if errno == ENOENT { return false }
            throw BackupError.system(repository.place(ofLog: name))
        }
        let target = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw BackupError.system(path) }
        defer { close(target) }
        do {
            try unseal(name) { clear in
                try clear.withUnsafeBytes { try Files.write($0, to: target, path: path) }
            }
            guard fsync(target) == 0 else { throw BackupError.system(path) }
        } catch {
            unlink(path)
            throw error
        }
        return true
    }

    private func unseal(_ name: String, _ body: ([UInt8]) throws -> Void) throws {
        try SealedFile.open(
            repository.place(ofLog: name), key: key,
            check: { header in
                guard header.kind == .wal, header.name == name else {
                    throw BackupError(
                        "\(repository.place(ofLog: name)) was sealed as \(header.name), and was renamed since.")
                }
            }, body)
    }
}

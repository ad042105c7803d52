internal import Glibc

/// A file that is being written, and gets its name only when it is whole and on the disk.
///
/// It is locked while it is written, so that the next run can tell what an interrupted one has left behind.
final class BackupDraft {
    private static let suffix = ".draft"

    private let descriptor: Int32
    let path: String
    private var isNamed = false

    /// Begins the file `name` of `folder`.
    init(_ name: String, in folder: String) throws {
        path = "\(folder)/.\(name).\(getpid())\(Self.suffix)"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.system(path) }
        flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit {
        if !isNamed { unlink(path) }
        close(descriptor)
    }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try Files.write($0, to: descriptor, path: path) }
    }

    /// Waits until the disk has the file; what is read from it afterwards comes from there.
    func synchronise() throws {
        guard fsync(descriptor) == 0 else { throw BackupError.system(path) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Gives the file its name; false when the name is taken.
    func name(as final: String) throws -> Bool {
        // Unlike rename, link refuses a name that is taken.
        if link(path, final) != 0 {
            if errno == EEXIST { return false }
            throw BackupError.system(final)
        }
        isNamed = true
        unlink(path)
        try Files.synchronise(folder: Files.parent(of: final))
        return true
    }

    /// Removes what interrupted runs have left in a folder.
    static func removeAbandoned(in folder: String) throws {
        for name in try Files.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(suffix) {
            let path = folder + "/" + name
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
            close(descriptor)
        }
    }
}

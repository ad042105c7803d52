import Core
import Glibc

/// A small file that only its owner may reach, written once.
enum PrivateFile {
    /// Whether something is there.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Reads the whole file, after making sure that nobody but its owner can reach it.
    static func read(_ path: String, bytesMax: Int) throws(VaultError) -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .keyFileCorrupted(path: path, detail: "it is no file") }
        guard status.st_mode & 0o077 == 0 else { throw .keyFileExposed(path: path, mode: status.st_mode & 0o777) }
        guard status.st_size <= bytesMax else {
            throw .keyFileCorrupted(path: path, detail: "it is longer than \(bytesMax) bytes")
        }
        var isReadable = true
        let contents = SecretBytes(capacity: bytesMax) { storage in
            var count = 0
            while count < storage.count {
                let step = Glibc.read(descriptor, storage.baseAddress?.advanced(by: count), storage.count - count)
                if step == 0 { break }
                if step > 0 {
                    count += step
                } else if errno != EINTR {
                    isReadable = false
                    break
                }
            }
            return count
        }
        guard isReadable else { throw failure(path) }
        return contents
    }

    /// Writes a new file, all of it or nothing: a crash leaves no part of it under its name, and when this returns,
    /// file and folder are on the disk. False when another process made the file in the meantime; it is left as it is.
    static func create(
        _ name: String, in folder: String, contents: [UInt8], _ environment: Environment
    ) throws(VaultError) -> Bool {
        let path = folder + "/" + name
        let draft = path + "." + IdentifierText.random(digits: 16, environment)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(draft) }
        defer {
            close(descriptor)
            unlink(draft)
        }
        // The process's umask may have taken rights away, and never gives any.
        guard fchmod(descriptor, 0o600) == 0 else { throw failure(draft) }
        try write(contents, to: descriptor, path: draft)
        guard fsync(descriptor) == 0 else { throw failure(draft) }
        // Unlike rename, link refuses a name that is taken.
        if link(draft, path) != 0 {
            if errno == EEXIST { return false }
            throw failure(path)
        }
        try synchronise(folder: folder)
        return true
    }

    /// Makes a folder for the owner alone if there is none.
    static func makeFolder(_ path: String) throws(VaultError) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw failure(path) }
    }

    private static func write(_ contents: [UInt8], to descriptor: Int32, path: String) throws(VaultError) {
        var written = 0
        while written < contents.count {
            let step = contents.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if step >= 0 {
                written += step
            } else if errno != EINTR {
                throw failure(path)
            }
        }
    }

    private static func synchronise(folder: String) throws(VaultError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> VaultError {
        .fileSystem(path: path, detail: String(cString: strerror(errno)))
    }
}

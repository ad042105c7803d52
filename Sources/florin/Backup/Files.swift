internal import Glibc

/// The few things that backups ask of the file system.
enum Files {
    /// The folder that a path lies in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last part of a path.
    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// The path without links and dots; nil when nothing is there.
    static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Names of all that lies in a folder, in their order.
    static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw BackupError.system(folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder for its owner alone, if it is not there.
    static func makeFolder(_ path: String) throws {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw BackupError.system(path) }
        guard isFolder(path) else { throw BackupError("\(path) is no folder.") }
    }

    /// Waits until the disk has a folder's list of names.
    static func synchronise(folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupError.system(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupError.system(folder) }
    }

    /// Waits until the disk has a folder with all that is in it.
    static func synchroniseAll(below folder: String) throws {
        for name in try names(in: folder) {
            let path = folder + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { throw BackupError.system(path) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try synchroniseAll(below: path)
            case S_IFREG:
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw BackupError.system(path) }
                defer { close(descriptor) }
                guard fsync(descriptor) == 0 else { throw BackupError.system(path) }
            default: continue
            }
        }
        try synchronise(folder: folder)
    }

    /// Writes a small file for its owner alone.
    static func write(_ text: [UInt8], to path: String, owner: uid_t? = nil) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.system(path) }
        defer { close(descriptor) }
        try text.withUnsafeBytes { try write($0, to: descriptor, path: path) }
        if let owner, fchown(descriptor, owner, gid_t.max) != 0 { throw BackupError.system(path) }
        guard fsync(descriptor) == 0 else { throw BackupError.system(path) }
    }

    /// Writes bytes, all of them.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw BackupError.system(path)
            }
        }
    }

    /// Hands the bytes of a file or pipe to `body`, in pieces, up to its end.
    static func forEachPiece(
        of descriptor: Int32, path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4_096)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 {
                return
            } else if errno != EINTR {
                throw BackupError.system(path)
            }
        }
    }
}

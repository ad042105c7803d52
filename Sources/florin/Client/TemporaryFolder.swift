import Glibc

/// A fresh folder that is removed when it is not wanted any more.
struct TemporaryFolder: Sendable {
    let path: String

    /// Makes a folder in `TMPDIR`, or else in `/var/tmp`, which is on a disk where `/tmp` may be in memory.
    init(named name: String) throws(ChildProcessError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array("\(parent)/florin-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ChildProcessError(
                description: "cannot make a folder in \(parent): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        Interruption.register(folder: path)
    }

    /// Removes the folder with all that is in it.
    func remove() {
        Self.remove(path)
        Interruption.forget(folder: path)
    }

    /// Keeps the folder whatever happens.
    func keep() { Interruption.forget(folder: path) }

    /// Removes a folder with all that is in it; links are removed, not followed.
    static func remove(_ path: String) {
        for name in FileText.names(in: path) {
            let entry = path + "/" + name
            var figures = stat()
            guard lstat(entry, &figures) == 0 else { continue }
            if figures.st_mode & S_IFMT == S_IFDIR { remove(entry) } else { unlink(entry) }
        }
        rmdir(path)
    }

    /// Whether a folder lies in memory, where nothing is durable and waiting for the disk costs nothing.
    static func isInMemory(_ path: String) -> Bool {
        guard let resolved = realpath(path, nil), let mounts = FileText.read("/proc/mounts") else { return false }
        defer { free(resolved) }
        return isInMemory(String(cString: resolved), mounts: mounts)
    }

    /// The same, from the kernel's list of mounts: device, place, kind, …
    static func isInMemory(_ path: String, mounts: String) -> Bool {
        var place = ""
        var kind = ""
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let mount = fields[1] == "/" ? "" : String(fields[1])
            if (path == mount || path.hasPrefix(mount + "/")) && mount.count >= place.count {
                place = mount
                kind = String(fields[2])
            }
        }
        return kind == "tmpfs" || kind == "ramfs"
    }
}

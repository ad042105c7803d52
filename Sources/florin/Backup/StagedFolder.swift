internal import Glibc

/// A folder that is restored into, whose content stands in it only when it has been verified.
///
/// Until then it lies in the folder `unverified` within, where no server finds it, whatever happens meanwhile.
struct StagedFolder {
    private static let name = "unverified"

    let target: String
    /// Where to restore to.
    var path: String { target + "/" + Self.name }

    /// Begins in a folder that is empty or not there.
    ///
    /// - Parameter owner: Whose the folders are to be, if not this process's.
    init(_ target: String, owner: uid_t? = nil) throws {
        try Files.makeFolder(target)
        guard let real = Files.real(target) else { throw BackupError.system(target) }
        self.target = real
        let names = try Files.names(in: real).filter { $0 != "lost+found" }
        guard names.isEmpty else {
            throw BackupError(
                names == [Self.name]
                    ? "\(target) holds what an earlier restore left in \(path). Remove it, or choose another folder."
                    : "\(target) is not empty. Restore into a folder that is empty, or not there.")
        }
        guard mkdir(path, 0o700) == 0 else { throw BackupError.system(path) }
        for folder in [real, path] {
            guard chmod(folder, 0o700) == 0 else { throw BackupError.system(folder) }
            if let owner, chown(folder, owner, gid_t.max) != 0 { throw BackupError.system(folder) }
        }
    }

    /// Moves what was restored to where it belongs.
    func publish() throws {
        for name in try Files.names(in: path) {
            guard rename(path + "/" + name, target + "/" + name) == 0 else { throw BackupError.system(name) }
        }
        guard rmdir(path) == 0 else { throw BackupError.system(path) }
        try Files.synchroniseAll(below: target)
    }

    /// Removes what was restored.
    func discard() { TemporaryFolder.remove(path) }
}

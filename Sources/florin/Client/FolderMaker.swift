import Glibc

/// Makes the data folder of a server.
enum FolderMaker {
    /// Makes the folder, for its owner only, if it is not there.
    static func make(_ path: String) throws(ChildProcessError) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw ChildProcessError(description: "cannot make the folder \(path): \(String(cString: strerror(errno)))")
        }
    }
}

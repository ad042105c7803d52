import Glibc

/// An exclusive lock on a data folder, held for as long as the value lives: one process owns an embedded installation.
///
/// The kernel releases the lock when the process ends, however it ends, so nothing is left to clean up after a crash.
public final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Makes the folder if it is missing (mode 0700) and locks it.
    public init(folder: String) throws(StoreError) {
        if mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw .inaccessible(path: folder, detail: String(cString: strerror(errno)))
        }
        let path = folder + "/florin.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .inaccessible(path: path, detail: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .folderInUse(folder)
        }
        self.descriptor = descriptor
    }

    deinit {
        // A child process that is just being made holds the descriptor too, and with it the lock, until it has begun.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}

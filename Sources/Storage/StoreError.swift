public import Ledger

/// Why a store cannot be opened.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process holds the folder's lock.
    case folderInUse(String)
    /// The file is no database, or a damaged one.
    case corrupted(path: String, detail: String)
    /// A newer Florin has written this folder.
    case schemaFromTheFuture(path: String)
    /// The folder cannot be made, read or written.
    case inaccessible(path: String, detail: String)
    /// A connection string that libpq does not understand.
    case badAddress(String)
    /// The database server cannot be reached, or lets nobody in.
    case unreachable(server: String, detail: String)
    /// The database server refused to make what Florin needs.
    case unsuitable(server: String, detail: String)
    /// An installation is being moved into the database, and not all of it is there.
    case importUnfinished(server: String)
    /// The folder's books have moved to a database server; the file `mark` says so.
    case folderMoved(path: String, to: String, mark: String)

    public var description: String {
        switch self {
        case .folderInUse(let path):
            "Another process is using the data folder \(path). Stop it, or choose another folder with --data."
        case .corrupted(let path, let detail):
            "The database \(path) is damaged (\(detail)). Restore it from a backup; nothing was changed."
        case .schemaFromTheFuture(let path):
            "The database \(path) was written by a newer version of Florin. Start that version, or a later one."
        case .inaccessible(let path, let detail):
            "Cannot use \(path): \(detail)."
        case .badAddress(let detail):
            "The address of the database is not one: \(detail). Write --database postgres://USER@HOST:PORT/NAME."
        case .unreachable(let server, let detail):
            "Cannot connect to the database \(server): \(detail)."
        case .unsuitable(let server, let detail):
            "The database \(server) cannot be used: \(detail)."
        case .importUnfinished(let server):
            "An installation is being moved to the database \(server), and not all of it is there. Run florin migrate "
                + "again as before; it goes on where it stopped."
        case .folderMoved(let path, let server, let mark):
            "The books of the data folder \(path) have moved to the database \(server): start with --database. To go "
                + "back to the databases in this folder, make sure that nothing was served from that one, and delete "
                + "\(mark)."
        }
    }
}

/// Why a snapshot cannot be read.
public enum ReadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The database cannot be reached now; trying again may help.
    case unavailable(String)
    /// The database refused the query: it is damaged, or was changed by other hands.
    case failed(String)

    public var description: String {
        switch self {
        case .unavailable(let detail), .failed(let detail): detail
        }
    }
}

/// Why a Change was not committed. Except for ``unknown(_:)``, nothing of it happened.
public enum CommitError: Error, Hashable, Sendable {
    /// Something changed since the decision was made: load and decide again.
    case conflict(Requirement)
    /// Another request holds the idempotency key.
    case idempotencyKeyInUse
    /// The ledger does not book one of the transactions.
    case refused(LedgerRefusal)
    /// Too many Changes are waiting; try again after this many seconds.
    case overloaded(retryAfterSeconds: Int)
    /// The database does not take writes now: a full disk, for example.
    case unavailable(String)
    /// The disk failed while committing; whether it happened shows only after a restart.
    case unknown(String)
    /// The store was closed.
    case closed
}

import GRDBSQLite
import Glibc

/// A copy of an SQLite database as it stood at one moment, made while another process goes on writing to it.
///
/// The copy is a file without a name in the folder of the database: nobody else can open it, and it is gone when this
/// process is, however it ends.
///
/// SQLite's online backup makes it, within one read transaction. The writer is not held up; but as long as the
/// transaction lasts, its log cannot begin anew and grows by what is written meanwhile. The copy is made at the speed
/// of the disk, and only then goes where it has to, however slow that is.
public final class SQLiteCopy {
    /// Pages that are copied between two calls of `progress`.
    private static let pagesPerStep: Int32 = 2_048
    /// What is left free beside a copy: a full disk would stop the payments.
    private static let freeBytesMin: UInt64 = 256 << 20

    /// The copy, to be read from its beginning.
    public let descriptor: Int32
    public let bytes: Int64

    /// Copies the database at `path`.
    ///
    /// - Parameter progress: Told the share that is done, 0…1.
    public init(of path: String, progress: (Double) -> Void) throws(StoreError) {
        let draft = "\(path).copy.\(getpid())"
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .inaccessible(path: draft, detail: String(cString: strerror(errno))) }
        do {
            defer { unlink(draft) }
            let source = try SQLiteFile(path, flags: SQLITE_OPEN_READONLY)
            // The first read of a transaction fixes the moment.
            try source.run("BEGIN; SELECT COUNT(*) FROM sqlite_schema")
            try Self.checkSpace(for: path)
            let target = try SQLiteFile(draft, flags: SQLITE_OPEN_READWRITE)
            try target.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version")
            unlink(draft)
            try Self.copy(source, to: target, progress)
        } catch {
            close(descriptor)
            throw error
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw .inaccessible(path: draft, detail: String(cString: strerror(errno)))
        }
        self.descriptor = descriptor
        bytes = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    private static func checkSpace(for path: String) throws(StoreError) {
        var file = stat()
        var disk = statvfs()
        guard stat(path, &file) == 0, statvfs(path, &disk) == 0 else {
            throw .inaccessible(path: path, detail: String(cString: strerror(errno)))
        }
        let free = UInt64(disk.f_bavail) * UInt64(disk.f_frsize)
        let needed = UInt64(file.st_size) + freeBytesMin
        guard free >= needed else {
            throw .inaccessible(
                path: path,
                detail: "a copy needs \(needed >> 20) MiB of room beside it, and \(free >> 20) MiB are free")
        }
    }

    private static func copy(
        _ source: SQLiteFile, to target: SQLiteFile, _ progress: (Double) -> Void
    ) throws(StoreError) {
        guard let backup = sqlite3_backup_init(target.connection, "main", source.connection, "main") else {
            throw target.failure()
        }
        var code = SQLITE_OK
        while code == SQLITE_OK {
            code = sqlite3_backup_step(backup, pagesPerStep)
            let count = max(1, sqlite3_backup_pagecount(backup))
            progress(Double(count - sqlite3_backup_remaining(backup)) / Double(count))
        }
        let end = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else { throw source.failure(code == SQLITE_DONE ? end : code) }
    }

    /// What SQLite finds wrong with the file of a database, at most twenty things; none when it is whole.
    public static func problems(of path: String) throws(StoreError) -> [String] {
        let file = try SQLiteFile(path, flags: SQLITE_OPEN_READONLY)
        return try file.texts("PRAGMA integrity_check(20)").filter { $0 != "ok" }
    }
}

/// One connection to one SQLite file.
private final class SQLiteFile {
    let connection: OpaquePointer
    private let path: String

    init(_ path: String, flags: Int32) throws(StoreError) {
        var connection: OpaquePointer?
        let code = sqlite3_open_v2(path, &connection, flags, nil)
        guard code == SQLITE_OK, let connection else {
            sqlite3_close_v2(connection)
            throw .inaccessible(path: path, detail: String(cString: sqlite3_errstr(code)))
        }
        sqlite3_busy_timeout(connection, 10_000)
        self.connection = connection
        self.path = path
    }

    deinit { sqlite3_close_v2(connection) }

    func run(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(connection, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The first column of all rows.
    func texts(_ sql: String) throws(StoreError) -> [String] {
        var statement: OpaquePointer?
        var code = sqlite3_prepare_v2(connection, sql, -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        guard code == SQLITE_OK else { throw failure(code) }
        var texts: [String] = []
        while true {
            code = sqlite3_step(statement)
            guard code == SQLITE_ROW else { break }
            if let text = sqlite3_column_text(statement, 0) { texts.append(String(cString: text)) }
        }
        guard code == SQLITE_DONE else { throw failure(code) }
        return texts
    }

    func failure(_ code: Int32? = nil) -> StoreError {
        let code = code ?? sqlite3_errcode(connection)
        let detail = String(cString: sqlite3_errstr(code))
        switch code & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupted(path: path, detail: detail)
        default: return .inaccessible(path: path, detail: detail)
        }
    }
}

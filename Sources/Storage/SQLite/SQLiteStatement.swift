import Core
import GRDBSQLite

/// A prepared statement on the committer's connection, bound and stepped without intermediate values.
///
/// GRDB opens the connection and owns it; on the path of every payment the statements are driven through the C
/// interface, since nothing observes these writes.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    init(_ sql: String, on connection: OpaquePointer) throws(SQLiteFailure) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw SQLiteFailure(connection, code: code) }
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    /// Runs a statement that gives no rows; tells how many rows it changed.
    @discardableResult
    func run(_ values: some Collection<SQLValue>) throws(SQLiteFailure) -> Int {
        bind(values)
        defer { sqlite3_reset(handle) }
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else { throw SQLiteFailure(connection, code: code) }
        return Int(sqlite3_changes(connection))
    }

    /// The first row, nil when there is none.
    func first(_ values: some Collection<SQLValue>) throws(SQLiteFailure) -> [SQLValue]? {
        bind(values)
        defer { sqlite3_reset(handle) }
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return Self.row(of: handle)
        case SQLITE_DONE: return nil
        case let code: throw SQLiteFailure(connection, code: code)
        }
    }

    /// Hands each row to `body` as it is read.
    func forEach(_ values: some Collection<SQLValue>, _ body: ([SQLValue]) throws -> Void) throws {
        guard values.count == Int(sqlite3_bind_parameter_count(handle)) else {
            throw SQLiteFailure(code: SQLITE_RANGE, message: "a query has another number of arguments than marks")
        }
        bind(values)
        defer { sqlite3_reset(handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try body(Self.row(of: handle))
            case SQLITE_DONE: return
            case let code: throw SQLiteFailure(connection, code: code)
            }
        }
    }

    private func bind(_ values: some Collection<SQLValue>) {
        invariant(values.count == Int(sqlite3_bind_parameter_count(handle)), "A statement's arguments are complete")
        var index: Int32 = 1
        for value in values {
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .text(var text):
                text.withUTF8 { utf8 in
                    _ = utf8.withMemoryRebound(to: CChar.self) { characters in
                        sqlite3_bind_text64(
                            handle, index, characters.baseAddress ?? emptyText, UInt64(utf8.count), transient,
                            UInt8(SQLITE_UTF8))
                    }
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes { buffer in
                    _ = sqlite3_bind_blob64(
                        handle, index, buffer.baseAddress ?? UnsafeRawPointer(emptyText), UInt64(buffer.count),
                        transient)
                }
            }
            index += 1
        }
    }

    /// The row that a statement stands on. Texts are taken by their length: a zero byte does not end them.
    static func row(of handle: OpaquePointer) -> [SQLValue] {
        (0..<sqlite3_column_count(handle)).map { column($0, of: handle) }
    }

    private static func column(_ index: Int32, of handle: OpaquePointer) -> SQLValue {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_TEXT:
            let count = Int(sqlite3_column_bytes(handle, index))
            let bytes = UnsafeBufferPointer(start: sqlite3_column_text(handle, index), count: count)
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(sqlite3_column_bytes(handle, index))
            return .blob([UInt8](UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, index), count: count)))
        default: return .null
        }
    }
}

/// Tells SQLite to copy what is bound.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
/// A valid address for texts and blobs without bytes.
nonisolated(unsafe) private let emptyText = UnsafePointer(UnsafeMutablePointer<CChar>.allocate(capacity: 1))

/// What SQLite said.
struct SQLiteFailure: Error {
    /// The primary result code, such as `SQLITE_FULL`.
    let code: Int32
    /// Whether the disk failed to confirm: what is durable is not known then.
    let isUnconfirmed: Bool
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
        isUnconfirmed = false
    }

    init(_ connection: OpaquePointer, code: Int32) {
        self.code = code & 0xff
        let extended = sqlite3_extended_errcode(connection)
        isUnconfirmed = extended == Self.syncFailed || extended == Self.folderSyncFailed
        message = String(cString: sqlite3_errmsg(connection))
    }

    // Composed codes of SQLite's interface, which Swift does not import.
    private static let syncFailed = SQLITE_IOERR | (4 << 8)
    private static let folderSyncFailed = SQLITE_IOERR | (5 << 8)
}

import CLibpq
import Core

/// One statement with its arguments, in the binary form of PostgreSQL's protocol.
struct PostgresStatement: Sendable {
    let sql: String
    /// Whether the server should keep it prepared; not for statements that are used once.
    let isPrepared: Bool
    private(set) var types: [Oid] = []
    /// Where each argument ends in ``bytes``; nil for a null.
    private(set) var ends: [Int?] = []
    private(set) var bytes: [UInt8] = []

    private static let int8: Oid = 20
    private static let text: Oid = 25
    private static let bytea: Oid = 17

    init(_ sql: String, _ arguments: [SQLValue] = [], isPrepared: Bool = true) {
        self.sql = sql
        self.isPrepared = isPrepared
        for argument in arguments { add(argument) }
    }

    mutating func add(_ value: SQLValue) {
        switch value {
        case .null: types.append(0)
        case .integer: types.append(Self.int8)
        case .text: types.append(Self.text)
        case .blob: types.append(Self.bytea)
        }
        if case .null = value {
            ends.append(nil)
        } else {
            Self.append(value, to: &bytes)
            ends.append(bytes.count)
        }
    }

    /// Adds one column of many rows as an array.
    mutating func add(_ kind: Table.Column.Kind, _ rows: [[SQLValue]], column: Int) {
        let (array, element): (Oid, Oid) =
            switch kind {
            case .integer: (1_016, Self.int8)
            case .text: (1_009, Self.text)
            case .blob: (1_001, Self.bytea)
            }
        types.append(array)
        // One dimension, nulls possible, the elements' type, their number, the lower bound.
        Self.append(Int32(1), to: &bytes)
        Self.append(Int32(1), to: &bytes)
        Self.append(Int32(bitPattern: element), to: &bytes)
        Self.append(Int32(rows.count), to: &bytes)
        Self.append(Int32(1), to: &bytes)
        for row in rows {
            let at = bytes.count
            Self.append(Int32(-1), to: &bytes)
            if case .null = row[column] { continue }
            Self.append(row[column], to: &bytes)
            let length = UInt32(bytes.count - at - 4)
            for index in 0..<4 { bytes[at + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
        }
        ends.append(bytes.count)
    }

    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: break
        case .integer(let number): append(number, to: &bytes)
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .blob(let blob): bytes.append(contentsOf: blob)
        }
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// What a statement gave.
struct PostgresRows: Sendable {
    var rows: [[SQLValue]] = []

    init() {}

    /// Copies a result of libpq's; values of a type that Florin does not use end in a failure.
    init(_ result: OpaquePointer) throws(PostgresFailure) {
        let count = PQntuples(result)
        let columns = PQnfields(result)
        guard count > 0 else { return }
        let types = (0..<columns).map { PQftype(result, $0) }
        rows.reserveCapacity(Int(count))
        for row in 0..<count {
            var values: [SQLValue] = []
            values.reserveCapacity(Int(columns))
            for column in 0..<columns {
                values.append(try Self.value(result, row, column, type: types[Int(column)]))
            }
            rows.append(values)
        }
    }

    private static func value(
        _ result: OpaquePointer, _ row: Int32, _ column: Int32, type: Oid
    ) throws(PostgresFailure) -> SQLValue {
        if PQgetisnull(result, row, column) == 1 { return .null }
        let start = UnsafeRawPointer(PQgetvalue(result, row, column))
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        switch type {
        case 20, 23, 21, 16: return .integer(integer(bytes))
        case 25, 1_043, 19: return .text(String(decoding: bytes, as: UTF8.self))
        case 17: return .blob([UInt8](bytes))
        default: throw PostgresFailure(state: "42804", message: "a query gives values of the type with number \(type)")
        }
    }

    /// A big-endian number of 1, 2, 4 or 8 bytes, with its sign.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        var value: Int64 = bytes.first.map { $0 & 0x80 == 0 ? 0 : -1 } ?? 0
        for byte in bytes { value = value << 8 | Int64(byte) }
        return value
    }
}

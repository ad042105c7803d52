import Crypto

/// SHA-256 over the rows of a table: equal on two databases if and only if all values are, byte for byte.
///
/// A row is its columns, and a value is a byte for its kind and then, of an integer, eight bytes, of a text or a blob
/// its length and its bytes, so that no two different lists of rows have the same encoding.
struct RowDigest {
    private var hash = SHA256()
    private var bytes: [UInt8] = []
    private(set) var rows = 0

    mutating func add(_ row: [SQLValue]) {
        bytes.removeAll(keepingCapacity: true)
        Self.append(row, to: &bytes)
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        rows += 1
    }

    /// The digest of all rows so far.
    var value: [UInt8] { [UInt8](hash.finalize()) }

    /// A row in the encoding that is hashed. Rows are compared by it: `==` of two texts also holds for different bytes
    /// that Unicode takes for the same characters.
    static func encoding(_ row: some Collection<SQLValue>) -> [UInt8] {
        var bytes: [UInt8] = []
        append(row, to: &bytes)
        return bytes
    }

    private static func append(_ row: some Collection<SQLValue>, to bytes: inout [UInt8]) {
        append(Int64(row.count), to: &bytes)
        for value in row {
            switch value {
            case .null: bytes.append(0)
            case .integer(let number):
                bytes.append(1)
                append(number, to: &bytes)
            case .text(let text):
                bytes.append(2)
                append(Int64(text.utf8.count), to: &bytes)
                bytes.append(contentsOf: text.utf8)
            case .blob(let blob):
                bytes.append(3)
                append(Int64(blob.count), to: &bytes)
                bytes.append(contentsOf: blob)
            }
        }
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

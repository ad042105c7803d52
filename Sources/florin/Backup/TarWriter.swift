/// Writes a tar archive (POSIX.1-1988 `ustar`), one file after another.
///
/// The clear text of a backup is one, so that a backup can be unpacked by other programs, and by people.
enum TarWriter {
    static let blockBytes = 512
    private static let nameBytesMax = 100
    /// Sizes from here on have no place in the format of 1988, and take the form that GNU tar gave them.
    private static let octalEnd: Int64 = 1 << 33

    /// What stands before the content of a file that only its owner may read.
    static func header(name: String, bytes: Int64, modifiedAt seconds: Int64) -> [UInt8] {
        precondition(name.utf8.count < nameBytesMax, "A name in a tar archive is shorter than 100 bytes")
        precondition(bytes >= 0 && seconds >= 0, "Sizes and moments in a tar archive are not negative")
        var block = [UInt8](repeating: 0, count: blockBytes)
        func put(_ text: [UInt8], at offset: Int) {
            block.replaceSubrange(offset..<offset + text.count, with: text)
        }
        put(Array(name.utf8), at: 0)
        put(octal(0o600, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(bytes < octalEnd ? octal(bytes, digits: 11) : binary(bytes), at: 124)
        put(octal(seconds, digits: 11), at: 136)
        put(Array("        0".utf8), at: 148)
        put(Array("ustar\u{0}00".utf8), at: 257)
        let sum = block.reduce(0) { $0 + Int64($1) }
        put(octal(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return block
    }

    /// What stands behind a content of so many bytes, up to the next block.
    static func padding(after bytes: Int64) -> [UInt8] {
        let rest = Int(bytes % Int64(blockBytes))
        return [UInt8](repeating: 0, count: rest == 0 ? 0 : blockBytes - rest)
    }

    /// The end of an archive.
    static var end: [UInt8] { [UInt8](repeating: 0, count: 2 * blockBytes) }

    private static func octal(_ value: Int64, digits: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        precondition(text.utf8.count <= digits, "\(value) has no place in a tar archive")
        return Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8)
    }

    private static func binary(_ value: Int64) -> [UInt8] {
        [0x80, 0, 0, 0] + withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

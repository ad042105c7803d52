import Core
import Crypto
import Glibc

/// The text of a key file, see ``SealedKeyFile``.
struct KeyFileText {
    /// What protects the key in the file.
    enum Sealing: Hashable {
        case none
        case scrypt(PassphraseSealing)
    }

    let keyID: String
    let sealing: Sealing
    /// The key itself or, when sealed, the encrypted key.
    let key: SecretBytes

    private static let magic = "florin-vault-key "
    private static let version = "1"
    private static let lineCount = 5
    private static let checksumDigits = 64

    /// The text of a file.
    static func write(keyID: String, sealing: Sealing, key: UnsafeRawBufferPointer) -> [UInt8] {
        var text: [UInt8] = []
        // All of it at once, since growing would leave a copy of the key behind.
        text.reserveCapacity(VaultLimits.keyFileBytesMax)
        text.append(contentsOf: "\(magic)\(version)\nid \(keyID)\n".utf8)
        switch sealing {
        case .none: text.append(contentsOf: "sealing none\n".utf8)
        case .scrypt(let cost):
            let salt = Hex.encode(cost.salt)
            text.append(
                contentsOf: "sealing scrypt \(cost.rounds) \(cost.blockSize) \(cost.parallelism) \(salt)\n".utf8)
        }
        text.append(contentsOf: "key ".utf8)
        for byte in key {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        text.append(UInt8(ascii: "\n"))
        let digest = text.withUnsafeBytes { checksum($0) }
        text.append(contentsOf: "sha256 \(digest)\n".utf8)
        invariant(text.count <= VaultLimits.keyFileBytesMax, "A key file has \(text.count) bytes")
        return text
    }

    /// Reads the text of a file. `path` is for the errors.
    init(parsing bytes: UnsafeBufferPointer<UInt8>, path: String) throws(VaultError) {
        guard let magicEnd = Self.prefixEnd(Self.magic, in: bytes) else {
            throw bytes.count < Self.magic.utf8.count && Self.magic.utf8.starts(with: bytes)
                ? .keyFileTruncated(path: path)
                : .keyFileCorrupted(path: path, detail: "it does not begin with \(Self.magic)")
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count > 1 else { throw .keyFileTruncated(path: path) }
        let version = String(decoding: bytes[magicEnd..<lines[0].endIndex], as: UTF8.self)
        guard version == Self.version else { throw .keyFileFromTheFuture(path: path, version: version) }
        guard lines.count > Self.lineCount else { throw .keyFileTruncated(path: path) }
        guard lines.count == Self.lineCount + 1, lines[Self.lineCount].isEmpty else {
            throw .keyFileCorrupted(path: path, detail: "it has more than \(Self.lineCount) lines")
        }
        let expected = try Self.field("sha256", lines[4], path: path)
        guard expected.count >= Self.checksumDigits else { throw .keyFileTruncated(path: path) }
        let covered = UnsafeRawBufferPointer(bytes)[..<lines[4].startIndex]
        let actual = Self.checksum(UnsafeRawBufferPointer(rebasing: covered))
        guard expected.elementsEqual(actual.utf8) else {
            throw .keyFileCorrupted(path: path, detail: "its checksum does not fit")
        }
        keyID = String(decoding: try Self.field("id", lines[1], path: path), as: UTF8.self)
        let sealing = String(decoding: try Self.field("sealing", lines[2], path: path), as: UTF8.self)
        self.sealing = try Self.sealing(sealing, path)
        guard let key = Self.secret(try Self.field("key", lines[3], path: path)) else {
            throw .keyFileCorrupted(path: path, detail: "its key is not hexadecimal")
        }
        self.key = key
    }

    private static func prefixEnd(_ prefix: String, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        bytes.starts(with: prefix.utf8) ? prefix.utf8.count : nil
    }

    private static func field(
        _ name: String, _ line: Slice<UnsafeBufferPointer<UInt8>>, path: String
    ) throws(VaultError) -> Slice<UnsafeBufferPointer<UInt8>> {
        let prefix = name + " "
        guard line.starts(with: prefix.utf8) else {
            throw .keyFileCorrupted(path: path, detail: "its line \(name) is missing")
        }
        return line.dropFirst(prefix.utf8.count)
    }

    private static func sealing(_ text: String, _ path: String) throws(VaultError) -> Sealing {
        if text == "none" { return .none }
        let parts = text.split(separator: " ")
        guard parts.count == 5, parts[0] == "scrypt", let rounds = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]), let salt = Hex.decode(parts[4])
        else { throw .keyFileCorrupted(path: path, detail: "its line sealing cannot be read") }
        let cost = PassphraseSealing(rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: salt)
        guard cost.isAcceptable else {
            throw .keyFileCorrupted(path: path, detail: "its line sealing asks for more than a start may take")
        }
        return .scrypt(cost)
    }

    /// The bytes of hexadecimal digits, never in an array or a string.
    private static func secret(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> SecretBytes? {
        guard digits.count.isMultiple(of: 2), !digits.isEmpty else { return nil }
        var isHex = true
        let secret = SecretBytes(capacity: digits.count / 2) { storage in
            var high: UInt8?
            var count = 0
            for digit in digits {
                guard let value = value(digit) else {
                    isHex = false
                    break
                }
                if let first = high {
                    storage[count] = first << 4 | value
                    count += 1
                    high = nil
                } else {
                    high = value
                }
            }
            return count
        }
        return isHex ? secret : nil
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        return Hex.encode(Array(hash.finalize()))
    }
}

internal import Core
internal import Crypto
internal import FoundationEssentials
internal import Glibc

/// Why a backup or a restore cannot go on, as a sentence for people.
struct BackupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What the system said of a file, from `errno`.
    static func system(_ path: String) -> BackupError { BackupError("\(path): \(String(cString: strerror(errno)))") }
}

/// The key that backups are encrypted under, in a file that only its owner can read:
///
///     florin-backup-key 1 <16 digits that name the key>
///     <64 hexadecimal digits>
///
/// The name is derived from the key, so that a digit that was copied wrongly is found, and stands in each backup, so
/// that a wrong key file is told from a damaged backup.
struct BackupKey: Sendable {
    private static let magic = "florin-backup-key "
    private static let version = "1"
    private static let keyBytes = 32
    private static let fileBytesMax = 256

    private let key: SymmetricKey
    let id: String

    init(_ key: SymmetricKey) {
        self.key = key
        let name = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("florin backup 1 key id".utf8), outputByteCount: 8)
        id = name.withUnsafeBytes { Hex.encode(Array($0)) }
    }

    /// The key of one sealed stream.
    func streamKey(salt: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: salt, info: Data("florin backup 1 data".utf8), outputByteCount: Self.keyBytes)
    }

    /// A new random key.
    static func make(_ environment: Environment) -> BackupKey {
        var bytes = environment.randomBytes(keyBytes)
        defer { erase(&bytes) }
        return BackupKey(SymmetricKey(data: bytes))
    }

    /// The text of a key file.
    var fileText: [UInt8] {
        var text: [UInt8] = []
        // All of it at once, since growing would leave a copy of the key behind.
        text.reserveCapacity(Self.fileBytesMax)
        text.append(contentsOf: "\(Self.magic)\(Self.version) \(id)\n".utf8)
        let digits = Array("0123456789abcdef".utf8)
        key.withUnsafeBytes { bytes in
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
        text.append(UInt8(ascii: "\n"))
        return text
    }

    /// Reads the text of a key file; nil when it is none, or damaged.
    init?(parsing text: [UInt8]) {
        let lines = text.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 2, var bytes = Hex.decode(String(decoding: lines[1], as: UTF8.self)),
            bytes.count == Self.keyBytes
        else { return nil }
        defer { Self.erase(&bytes) }
        self.init(SymmetricKey(data: bytes))
        guard lines[0].elementsEqual("\(Self.magic)\(Self.version) \(id)".utf8) else { return nil }
    }

    /// Reads a key file, after making sure that nobody but its owner can reach it.
    static func read(_ path: String) throws -> BackupKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT
                ? BackupError("The backup key \(path) is not there. Without it no backup can be opened.")
                : BackupError.system(path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw BackupError.system(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw BackupError("\(path) is no file.") }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw BackupError("\(path) has mode \(mode), so others can reach the key. Run: chmod 600 \(path)")
        }
        var text = [UInt8](repeating: 0, count: fileBytesMax + 1)
        defer { erase(&text) }
        let count = Glibc.read(descriptor, &text, text.count)
        guard count >= 0 else { throw BackupError.system(path) }
        guard count <= fileBytesMax, let key = BackupKey(parsing: Array(text[..<count])) else {
            throw BackupError("\(path) is no backup key, or is damaged.")
        }
        return key
    }

    /// Reads the key file, or makes a new key and its file when there is none.
    ///
    /// A crash leaves no part of a file under the name; when this returns, file and folder are on the disk.
    static func readOrMake(
        _ path: String, _ environment: Environment
    ) throws -> (key: BackupKey, isNew: Bool) {
        guard access(path, F_OK) != 0 else { return (try read(path), false) }
        let key = make(environment)
        var text = key.fileText
        defer { erase(&text) }
        let draft = path + "." + IdentifierText.random(digits: 16, environment)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.system(draft) }
        defer {
            close(descriptor)
            unlink(draft)
        }
        guard Glibc.write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw BackupError.system(draft)
        }
        // Unlike rename, link refuses a name that is taken.
        if link(draft, path) != 0 {
            guard errno == EEXIST else { throw BackupError.system(path) }
            return (try read(path), false)
        }
        try Files.synchronise(folder: Files.parent(of: path))
        return (key, true)
    }

    /// Overwrites bytes that nothing else refers to.
    static func erase(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
        }
    }
}

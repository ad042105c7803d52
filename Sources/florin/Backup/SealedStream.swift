internal import Core
internal import Crypto
internal import FoundationEssentials

/// An encrypted stream of any length, read and written from one end to the other with little memory.
///
///     florin-backup 1 ⏎
///     {"kind":"wal","name":"0000…0003","made_at":1764000000000,"key":"9f2c…","salt":"…",…} ⏎
///     chunk, chunk, …, last chunk
///
/// Two lines of text say what it is; nothing in them is secret, and nothing in them can be changed (see below). Each
/// chunk is a word of four bytes, the encrypted bytes, and a tag of 16. The word is big-endian: its highest bit marks
/// the last chunk, the others are the number of bytes, which is 1 MiB in all chunks but the last.
///
/// The chunks are encrypted with AES-256-GCM under a key of this stream alone: HKDF-SHA-256 of the backup key, with the
/// 32 random bytes of `salt`, for `florin backup 1 data`. The nonce is the chunk's number, so it is used once. The tag
/// covers, besides the bytes: SHA-256 of the two lines, the chunk's number, and the word. So a bit that flips, a chunk
/// that is lost, moved, doubled or taken from another stream, an end that is missing, and a line that says something
/// else are all found, before a byte of the chunk concerned is used.
enum SealedStream {
    static let magic = "florin-backup 1\n"
    /// Bytes of clear text in every chunk but the last.
    static let chunkBytes = 1 << 20
    static let wordBytes = 4
    static let tagBytes = 16
    static let saltBytes = 32
    /// Both lines together.
    static let headBytesMax = 4_096
    static let lastMark: UInt32 = 1 << 31

    static func word(_ count: Int, isLast: Bool) -> UInt32 {
        invariant(count >= 0 && count <= chunkBytes, "A chunk has \(count) bytes")
        return UInt32(count) | (isLast ? lastMark : 0)
    }
}

/// What the two lines of a sealed stream say.
struct SealedHeader: Hashable, Sendable {
    /// What is inside.
    enum Kind: String, Sendable {
        /// A data folder with SQLite databases, as a tar archive.
        case folder
        /// All files of a PostgreSQL server, as a tar archive.
        case base
        /// A file of a PostgreSQL server's write-ahead log.
        case wal
    }

    let kind: Kind
    /// The name it was made under.
    let name: String
    let madeAt: Timestamp
    /// The key it was sealed with, see ``BackupKey/id``.
    let keyID: String
    let salt: [UInt8]
    /// Further facts: the database's name, for example.
    var facts: [String: String] = [:]

    /// Both lines.
    var bytes: [UInt8] {
        var json = JSONWriter(style: .compact, capacity: 512)
        json.object { json in
            json.field("kind", kind.rawValue)
            json.field("name", name)
            json.field("made_at", madeAt.milliseconds)
            json.field("key", keyID)
            json.field("salt", Hex.encode(salt))
            for (name, value) in facts.sorted(by: { $0.key < $1.key }) { json.dynamicField(name, value) }
        }
        return Array(SealedStream.magic.utf8) + json.bytes + [UInt8(ascii: "\n")]
    }

    init(kind: Kind, name: String, madeAt: Timestamp, keyID: String, salt: [UInt8], facts: [String: String] = [:]) {
        self.kind = kind
        self.name = name
        self.madeAt = madeAt
        self.keyID = keyID
        self.salt = salt
        self.facts = facts
    }

    /// Reads the second line.
    init(parsing line: some Collection<UInt8>) throws(SealedStreamError) {
        guard let json = try? JSONValue(parsing: Array(line)), let members = json.members,
            let kind = json["kind"]?.string.flatMap({ Kind(rawValue: $0) }), let name = json["name"]?.string,
            let madeAt = json["made_at"]?.integer, let keyID = json["key"]?.string,
            let salt = json["salt"]?.string.flatMap({ Hex.decode($0) }), salt.count == SealedStream.saltBytes
        else { throw .headUnreadable }
        self.init(kind: kind, name: name, madeAt: Timestamp(milliseconds: madeAt), keyID: keyID, salt: salt)
        let own: Set = ["kind", "name", "made_at", "key", "salt"]
        for member in members where !own.contains(member.key) { facts[member.key] = member.value.string }
    }
}

/// Why a sealed stream does not open.
enum SealedStreamError: Error, Hashable, Sendable, CustomStringConvertible {
    case notSealed
    case fromTheFuture
    case headUnreadable
    case otherKey(needed: String, given: String)
    case chunkTooLong(number: UInt64)
    case chunkTooShort(number: UInt64)
    case chunkDamaged(number: UInt64)
    case endMissing
    case bytesAfterTheEnd

    var description: String {
        switch self {
        case .notSealed: "it is no backup of Florin's"
        case .fromTheFuture: "it was made by a newer Florin"
        case .headUnreadable: "its first lines are damaged"
        case .otherKey(let needed, let given): "it was sealed with the key \(needed), and the key file has \(given)"
        case .chunkTooLong(let number): "it is damaged: chunk \(number) claims to be longer than chunks are"
        case .chunkTooShort(let number): "it is damaged: chunk \(number) is shorter than chunks are"
        case .chunkDamaged(let number):
            "it is damaged: chunk \(number), or the first lines, are not as they were sealed"
        case .endMissing: "it is cut off: its end is missing"
        case .bytesAfterTheEnd: "it is damaged: something follows its end"
        }
    }
}

/// The encryption of the chunks of one stream.
struct ChunkCipher {
    private let key: SymmetricKey
    private let headDigest: [UInt8]
    /// The next chunk's number.
    private(set) var number: UInt64 = 0

    /// - Parameter head: Both lines, as they stand in the stream.
    init(key: BackupKey, salt: [UInt8], head: [UInt8]) {
        self.key = key.streamKey(salt: salt)
        headDigest = Array(SHA256.hash(data: head))
    }

    private func context(_ word: UInt32) -> [UInt8] {
        var bytes = headDigest
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private func nonce() -> AES.GCM.Nonce {
        var bytes = [UInt8](repeating: 0, count: 4)
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        guard let nonce = try? AES.GCM.Nonce(data: bytes) else { preconditionFailure("GCM takes nonces of 12 bytes") }
        return nonce
    }

    /// The chunk as it stands in the stream: word, encrypted bytes, tag.
    mutating func seal(_ clear: [UInt8], isLast: Bool) -> [UInt8] {
        let word = SealedStream.word(clear.count, isLast: isLast)
        guard let box = try? AES.GCM.seal(clear, using: key, nonce: nonce(), authenticating: context(word)) else {
            preconditionFailure("GCM refuses only keys and nonces of wrong sizes")
        }
        number += 1
        var sealed: [UInt8] = []
        sealed.reserveCapacity(SealedStream.wordBytes + clear.count + SealedStream.tagBytes)
        withUnsafeBytes(of: word.bigEndian) { sealed.append(contentsOf: $0) }
        sealed.append(contentsOf: box.ciphertext)
        sealed.append(contentsOf: box.tag)
        return sealed
    }

    /// The clear bytes of a chunk.
    mutating func open(
        word: UInt32, sealed: ArraySlice<UInt8>, tag: ArraySlice<UInt8>
    ) throws(SealedStreamError) -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(nonce: nonce(), ciphertext: sealed, tag: tag),
            let clear = try? AES.GCM.open(box, using: key, authenticating: context(word))
        else { throw .chunkDamaged(number: number) }
        number += 1
        return [UInt8](clear)
    }
}

/// Seals what is written to it, and hands the stream on in pieces of about a chunk.
struct SealingStream {
    private var cipher: ChunkCipher
    private var pending: [UInt8] = []
    private let emit: ([UInt8]) throws -> Void
    /// Bytes of clear text so far.
    private(set) var clearBytes: Int64 = 0

    init(_ header: SealedHeader, key: BackupKey, emit: @escaping ([UInt8]) throws -> Void) throws {
        let head = header.bytes
        invariant(head.count <= SealedStream.headBytesMax, "The head of a sealed stream has \(head.count) bytes")
        cipher = ChunkCipher(key: key, salt: header.salt, head: head)
        pending.reserveCapacity(SealedStream.chunkBytes)
        self.emit = emit
        try emit(head)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        clearBytes += Int64(bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            // A full chunk waits for the byte after it: until then it may be the last one.
            if pending.count == SealedStream.chunkBytes { try flush(isLast: false) }
            let part = rest.prefix(SealedStream.chunkBytes - pending.count)
            pending.append(contentsOf: part)
            rest = rest[part.endIndex...]
        }
    }

    mutating func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    /// Writes the last chunk. Without it, the stream does not open.
    mutating func finish() throws { try flush(isLast: true) }

    private mutating func flush(isLast: Bool) throws {
        try emit(cipher.seal(pending, isLast: isLast))
        pending.removeAll(keepingCapacity: true)
    }
}

import Core
import Testing

@testable import florin

@Suite("Sealed streams")
struct SealedStreamTests {
    static let key = BackupKey.make(.fixed(now: Timestamp(seconds: 1_764_000_000), seed: 1))
    static let chunk = SealedStream.chunkBytes

    static func header(name: String = "a.backup", salt: UInt8 = 7) -> SealedHeader {
        SealedHeader(
            kind: .folder, name: name, madeAt: Timestamp(milliseconds: 1_764_000_000_123), keyID: key.id,
            salt: [UInt8](repeating: salt, count: SealedStream.saltBytes), facts: ["database": "florin"])
    }

    static func clear(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

    /// A stream, taken apart: its head, and its chunks as they stand in it.
    static func seal(
        _ clear: [UInt8], _ header: SealedHeader = header(), pieces: Int = 300_000
    ) throws -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var stream = try SealingStream(header, key: key) { parts.append($0) }
        for start in stride(from: 0, to: clear.count, by: pieces) {
            try stream.write(Array(clear[start..<min(start + pieces, clear.count)]))
        }
        try stream.finish()
        #expect(stream.clearBytes == clear.count)
        return parts
    }

    static func open(
        _ bytes: [UInt8], key: BackupKey = key, pieces: Int = 1 << 20
    ) throws -> (header: SealedHeader?, clear: [UInt8]) {
        var stream = OpeningStream(key: key)
        var clear: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try stream.feed(bytes[start..<min(start + pieces, bytes.count)]) { clear += $1 }
        }
        try stream.finish()
        return (stream.header, clear)
    }

    static func refusal(_ parts: [[UInt8]], key: BackupKey = key) -> SealedStreamError? {
        do {
            _ = try open(parts.flatMap { $0 }, key: key)
            return nil
        } catch {
            return error as? SealedStreamError
        }
    }

    @Test(
        "what was sealed opens, whatever its length", arguments: [0, 1, 1_000, chunk - 1, chunk, chunk + 1, 2 * chunk])
    func roundTrip(count: Int) throws {
        let clear = Self.clear(count)
        let parts = try Self.seal(clear)
        #expect(parts.count == 1 + max(1, (count + Self.chunk - 1) / Self.chunk))
        let opened = try Self.open(parts.flatMap { $0 })
        #expect(opened.clear == clear)
        #expect(opened.header == Self.header())
    }

    @Test("it does not matter in what pieces it comes", arguments: [1, 7, 4_096, 1_000_000])
    func pieces(count: Int) throws {
        let clear = Self.clear(count == 1 ? 3_000 : Self.chunk + 9_000)
        let bytes = try Self.seal(clear, pieces: count == 1 ? 1 : 65_537).flatMap { $0 }
        #expect(try Self.open(bytes, pieces: count).clear == clear)
    }

    @Test("nothing of the clear text is in it")
    func secrecy() throws {
        let text = Array("4242424242424242".utf8)
        let bytes = try Self.seal(Array(repeating: text, count: 1_000).flatMap { $0 }).flatMap { $0 }
        #expect(bytes.firstRange(of: text) == nil)
        let again = try Self.seal(Self.clear(1_000), Self.header(salt: 8)).flatMap { $0 }
        #expect(try Self.seal(Self.clear(1_000)).last != Array(again.suffix(1_020)))
    }

    @Test("a bit that flips anywhere is found")
    func flippedBits() throws {
        let parts = try Self.seal(Self.clear(200))
        let bytes = parts.flatMap { $0 }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << (index % 8)
            #expect(throws: SealedStreamError.self, "byte \(index)") { try Self.open(damaged) }
        }
    }

    @Test("a bit that flips in a chunk names it")
    func flippedChunk() throws {
        var parts = try Self.seal(Self.clear(2 * Self.chunk + 5))
        parts[2][500_000] ^= 4
        #expect(Self.refusal(parts) == .chunkDamaged(number: 1))
    }

    @Test("a stream that is cut off anywhere is found")
    func truncation() throws {
        let parts = try Self.seal(Self.clear(Self.chunk + 100))
        let bytes = parts.flatMap { $0 }
        for count in [0, 1, 15, 16, 60, parts[0].count, parts[0].count + 3, parts[0].count + 1_000, bytes.count - 1] {
            #expect(throws: SealedStreamError.endMissing, "\(count) bytes") { try Self.open(Array(bytes[..<count])) }
        }
        #expect(Self.refusal([parts[0], parts[1]]) == .endMissing)
    }

    @Test("chunks that are swapped, doubled, left out or from elsewhere are found")
    func splicing() throws {
        let parts = try Self.seal(Self.clear(3 * Self.chunk))
        #expect(Self.refusal([parts[0], parts[2], parts[1], parts[3]]) == .chunkDamaged(number: 0))
        #expect(Self.refusal([parts[0], parts[1], parts[1], parts[2], parts[3]]) == .chunkDamaged(number: 1))
        #expect(Self.refusal([parts[0], parts[1], parts[3]]) == .chunkDamaged(number: 1))
        let other = try Self.seal(Self.clear(3 * Self.chunk), Self.header(salt: 8))
        #expect(Self.refusal([parts[0], other[1], parts[2], parts[3]]) == .chunkDamaged(number: 0))
        let renamed = try Self.seal(Self.clear(3 * Self.chunk), Self.header(name: "b.backup"))
        #expect(Self.refusal([renamed[0], parts[1], parts[2], parts[3]]) == .chunkDamaged(number: 0))
    }

    @Test("the mark of the last chunk can be neither set nor taken away")
    func lastMark() throws {
        var parts = try Self.seal(Self.clear(2 * Self.chunk))
        parts[1][0] |= 0x80
        #expect(Self.refusal([parts[0], parts[1]]) == .chunkDamaged(number: 0))
        parts = try Self.seal(Self.clear(2 * Self.chunk))
        parts[2][0] &= 0x7f
        #expect(Self.refusal(parts) == .chunkDamaged(number: 1))
    }

    @Test("what follows the end is refused")
    func trailing() throws {
        let parts = try Self.seal(Self.clear(10))
        #expect(Self.refusal(parts + [[0]]) == .bytesAfterTheEnd)
        #expect(Self.refusal(parts + parts) == .bytesAfterTheEnd)
    }

    @Test("another key is told from damage")
    func otherKey() throws {
        let other = BackupKey.make(.fixed(now: Timestamp(seconds: 0), seed: 2))
        #expect(
            Self.refusal(try Self.seal([1, 2, 3]), key: other) == .otherKey(needed: Self.key.id, given: other.id))
    }

    @Test("a chunk that claims to be longer, or shorter, than chunks are is refused at once")
    func lengths() throws {
        let head = try Self.seal([])[0]
        #expect(Self.refusal([head, [0x7f, 0xff, 0xff, 0xff]]) == .chunkTooLong(number: 0))
        #expect(Self.refusal([head, [0xff, 0xff, 0xff, 0xff]]) == .chunkTooLong(number: 0))
        #expect(Self.refusal([head, [0x00, 0x10, 0x00, 0x01]]) == .chunkTooLong(number: 0))
        #expect(Self.refusal([head, [0x00, 0x0f, 0xff, 0xff]]) == .chunkTooShort(number: 0))
    }

    @Test("what is no backup, or a newer Florin's, is told apart")
    func otherFiles() {
        #expect(Self.refusal([Array("SQLite format 3\u{0}".utf8)]) == .notSealed)
        #expect(Self.refusal([Array("florin-backup 2\n{}\n".utf8)]) == .fromTheFuture)
        #expect(Self.refusal([Array("florin-backup 1\n{}\n".utf8)]) == .headUnreadable)
        let endless = Array("florin-backup 1\n".utf8) + [UInt8](repeating: 97, count: 10_000)
        #expect(Self.refusal([endless]) == .headUnreadable)
    }
}

@Suite("What backups are made of")
struct BackupPartsTests {
    @Test("a key file is read as it was written, and a wrong digit is found")
    func keyFile() throws {
        let key = SealedStreamTests.key
        let text = key.fileText
        #expect(BackupKey(parsing: text)?.id == key.id)
        #expect(text.count == "florin-backup-key 1 \(key.id)\n".utf8.count + 65)
        for index in text.indices.dropLast() {
            var wrong = text
            wrong[index] = wrong[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(BackupKey(parsing: wrong) == nil || wrong == text)
        }
        #expect(BackupKey(parsing: []) == nil)
    }

    @Test(
        "moments are read with their difference from UTC",
        arguments: [
            ("2026-11-24 12:00:00+00", 1_795_521_600_000), ("2026-11-24T12:00:00Z", 1_795_521_600_000),
            ("2026-11-24 12:00:00.25 UTC", 1_795_521_600_250), ("2026-11-24 13:30:00+01:30", 1_795_521_600_000),
            ("2026-11-24 07:00:00 -0500", 1_795_521_600_000), ("2024-02-29 00:00:00Z", 1_709_164_800_000),
        ] as [(String, Int64)])
    func moments(text: String, milliseconds: Int64) {
        #expect(BackupTime.time(text)?.milliseconds == milliseconds)
    }

    @Test("others are not", arguments: ["2026-11-24 12:00:00", "2026-02-29 00:00:00Z", "2026-13-01 00:00:00Z", "now"])
    func noMoments(text: String) { #expect(BackupTime.time(text) == nil) }

    @Test("a moment in a name is read as it was written")
    func stamps() {
        let time = Timestamp(milliseconds: 1_795_521_600_007)
        #expect(BackupTime.stamp(time) == "20261124T120000.007Z")
        #expect(BackupTime.time(stamp: "20261124T120000.007Z") == time)
        #expect(BackupTime.time(stamp: "20261124T120000.x07Z") == nil)
    }

    @Test("only names of PostgreSQL's log are taken")
    func logNames() {
        #expect(LogArchive.isName("000000010000000000000003"))
        #expect(LogArchive.isName("00000002.history"))
        #expect(LogArchive.isName("000000010000000000000004.00000028.backup"))
        for name in ["", "..", ".x", "a/b", "a b", String(repeating: "0", count: 65)] {
            #expect(!LogArchive.isName(name))
        }
    }

    @Test("the head of a file in a tar archive is as POSIX has it")
    func tarHeader() {
        let header = TarWriter.header(name: "florin.sqlite", bytes: 4_096, modifiedAt: 1_764_000_000)
        #expect(header.count == 512)
        #expect(String(decoding: header[..<13], as: UTF8.self) == "florin.sqlite")
        #expect(String(decoding: header[100..<107], as: UTF8.self) == "0000600")
        #expect(String(decoding: header[124..<135], as: UTF8.self) == "00000010000")
        let blank = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        #expect(Int(String(decoding: header[148..<154], as: UTF8.self), radix: 8) == blank)
        let large = TarWriter.header(name: "x", bytes: 1 << 40, modifiedAt: 0)
        #expect(Array(large[124..<136]) == [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
        #expect(TarWriter.padding(after: 512).isEmpty)
        #expect(TarWriter.padding(after: 513).count == 511)
    }
}

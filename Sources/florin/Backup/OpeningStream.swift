internal import Core

/// Opens a sealed stream that is fed to it in pieces of any size, see ``SealedStream``.
///
/// It gives out a chunk only after it has proven to be the one that belongs there. That nothing is missing at the end
/// is known only after ``finish()``: until then, what was given out is a beginning.
struct OpeningStream {
    private enum Part {
        case head
        case chunks(ChunkCipher)
        case end
    }

    private let key: BackupKey
    private var part = Part.head
    /// What has come and is not used yet: at most a chunk and what a caller feeds at once.
    private var buffer: [UInt8] = []
    /// What the stream says it is: known, and not yet proven, once the first lines are there; proven with the first
    /// chunk.
    private(set) var header: SealedHeader?
    /// Bytes of clear text so far.
    private(set) var clearBytes: Int64 = 0

    init(key: BackupKey) { self.key = key }

    /// Whether the last chunk has come.
    var isComplete: Bool { if case .end = part { true } else { false } }

    /// Takes the next bytes of the stream, and gives the clear text of the chunks that they complete to `body`, with
    /// what the stream has proven to be.
    mutating func feed(
        _ bytes: some Collection<UInt8>, _ body: (SealedHeader, [UInt8]) throws -> Void
    ) throws {
        buffer.append(contentsOf: bytes)
        if case .head = part { try readHead() }
        guard case .chunks(var cipher) = part, let header else {
            if case .end = part, !buffer.isEmpty { throw SealedStreamError.bytesAfterTheEnd }
            return
        }
        var offset = 0
        var isLast = false
        while !isLast, let chunk = try nextChunk(at: offset, number: cipher.number) {
            let clear = try cipher.open(word: chunk.word, sealed: chunk.sealed, tag: chunk.tag)
            offset = chunk.tag.endIndex
            isLast = chunk.word & SealedStream.lastMark != 0
            clearBytes += Int64(clear.count)
            try body(header, clear)
        }
        buffer.removeFirst(offset)
        part = isLast ? .end : .chunks(cipher)
        if isLast && !buffer.isEmpty { throw SealedStreamError.bytesAfterTheEnd }
    }

    /// Says that nothing follows.
    func finish() throws(SealedStreamError) {
        guard isComplete else { throw .endMissing }
    }

    private mutating func readHead() throws(SealedStreamError) {
        let magic = Array(SealedStream.magic.utf8)
        guard buffer.starts(with: magic.prefix(buffer.count)) else {
            let isOurs = buffer.starts(with: "florin-backup ".utf8)
            throw isOurs ? .fromTheFuture : .notSealed
        }
        guard buffer.count > magic.count else { return }
        guard let end = buffer[magic.count...].firstIndex(of: UInt8(ascii: "\n")) else {
            if buffer.count > SealedStream.headBytesMax { throw .headUnreadable }
            return
        }
        guard end < SealedStream.headBytesMax else { throw .headUnreadable }
        let header = try SealedHeader(parsing: buffer[magic.count..<end])
        guard header.keyID == key.id else { throw .otherKey(needed: header.keyID, given: key.id) }
        self.header = header
        part = .chunks(ChunkCipher(key: key, salt: header.salt, head: Array(buffer[...end])))
        buffer.removeFirst(end + 1)
    }

    /// The chunk that begins at `offset`; nil while it is not there as a whole.
    private func nextChunk(
        at offset: Int, number: UInt64
    ) throws(SealedStreamError) -> (word: UInt32, sealed: ArraySlice<UInt8>, tag: ArraySlice<UInt8>)? {
        guard buffer.count - offset >= SealedStream.wordBytes else { return nil }
        var word: UInt32 = 0
        for byte in buffer[offset..<offset + SealedStream.wordBytes] { word = word << 8 | UInt32(byte) }
        let count = Int(word & ~SealedStream.lastMark)
        // Before anything waits for so many bytes: the word is not proven yet.
        guard count <= SealedStream.chunkBytes else { throw .chunkTooLong(number: number) }
        let isLast = word & SealedStream.lastMark != 0
        guard isLast || count == SealedStream.chunkBytes else { throw .chunkTooShort(number: number) }
        let start = offset + SealedStream.wordBytes
        let end = start + count + SealedStream.tagBytes
        guard buffer.count >= end else { return nil }
        return (word, buffer[start..<start + count], buffer[start + count..<end])
    }
}

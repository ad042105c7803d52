import Core
import Crypto
import Money

/// The canonical bytes of a recorded transaction, and the hash over them.
///
/// `hash = SHA-256(previous hash ‖ canonical bytes)`. The canonical bytes, version 1, are in this order:
///
/// | field | bytes |
/// |---|---|
/// | version | one byte, `01` |
/// | book, sequence | number, number |
/// | id, kind, reference | text, text, text |
/// | effectiveAt, recordedAt | number, number: milliseconds since the epoch |
/// | rate | `00`, or `01` and the text |
/// | how many postings | number |
/// | each posting | text currency (upper case), text source, text destination, number amount, |
/// | | number sourceAccount, destinationAccount, sourceBalance, destinationBalance |
///
/// A number is eight bytes, two's complement, most significant first. A text is its length in UTF-8 bytes as four
/// bytes, most significant first, and the bytes. So no two transactions have the same canonical bytes. A posting's
/// number is its place. A change of this format needs a new version, and a verifier that still knows the old one.
///
/// One encoder keeps one buffer, which is written anew for each transaction.
public struct ChainEncoder: Sendable {
    /// The version of the format, the first canonical byte.
    public static let version: UInt8 = 1

    /// The previous hash and the canonical bytes of the last transaction that was encoded.
    private(set) var bytes: [UInt8] = []
    /// Where each field begins in ``bytes``; kept only when asked for.
    private(set) var marks: [(field: RecordedField, start: Int)] = []
    private var isMarking = false

    /// An encoder with an empty buffer.
    public init() { bytes.reserveCapacity(1_024) }

    /// The hash that a recorded transaction ought to have after `previousHash`.
    public mutating func hash(of recorded: RecordedTransaction, after previousHash: [UInt8]) -> [UInt8] {
        encode(recorded, after: previousHash, isMarking: false)
        return hashOfBytes()
    }

    /// Encodes a recorded transaction and notes where each field begins.
    mutating func encodeMarked(_ recorded: RecordedTransaction, after previousHash: [UInt8]) {
        encode(recorded, after: previousHash, isMarking: true)
    }

    private mutating func encode(
        _ recorded: RecordedTransaction, after previousHash: [UInt8], isMarking: Bool
    ) {
        self.isMarking = isMarking
        encode(
            recorded.transaction, sequence: recorded.sequence, recordedAt: recorded.recordedAt,
            postings: recorded.postings, after: previousHash)
    }

    /// The hash of a transaction that is being booked.
    mutating func hash(
        _ transaction: Transaction, sequence: Int64, recordedAt: Timestamp, postings: [RecordedPosting],
        after previousHash: [UInt8]
    ) -> [UInt8] {
        isMarking = false
        encode(transaction, sequence: sequence, recordedAt: recordedAt, postings: postings, after: previousHash)
        return hashOfBytes()
    }

    private mutating func encode(
        _ transaction: Transaction, sequence: Int64, recordedAt: Timestamp, postings: [RecordedPosting],
        after previousHash: [UInt8]
    ) {
        bytes.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: previousHash)
        bytes.append(Self.version)
        append(transaction.book.value, .book)
        append(sequence, .sequence)
        append(transaction.id, .id)
        append(transaction.kind, .kind)
        append(transaction.reference, .reference)
        append(transaction.effectiveAt.milliseconds, .effectiveAt)
        append(recordedAt.milliseconds, .recordedAt)
        append(optional: transaction.rate, .rate)
        append(Int64(postings.count), .postingCount)
        for index in postings.indices { append(postings[index], at: index) }
    }

    private mutating func append(_ recorded: RecordedPosting, at index: Int) {
        append(recorded.posting.currency.code, .posting(index, .currency))
        append(recorded.posting.source.text, .posting(index, .source))
        append(recorded.posting.destination.text, .posting(index, .destination))
        append(recorded.posting.amount, .posting(index, .amount))
        append(recorded.sourceAccount, .posting(index, .sourceAccount))
        append(recorded.destinationAccount, .posting(index, .destinationAccount))
        append(recorded.sourceBalance, .posting(index, .sourceBalance))
        append(recorded.destinationBalance, .posting(index, .destinationBalance))
    }

    private mutating func append(_ value: Int64, _ field: RecordedField) {
        mark(field)
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String, _ field: RecordedField) {
        mark(field)
        var text = text
        text.withUTF8 { utf8 in
            withUnsafeBytes(of: UInt32(utf8.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: utf8)
        }
    }

    private mutating func append(optional text: String?, _ field: RecordedField) {
        guard let text else {
            mark(field)
            bytes.append(0)
            return
        }
        mark(field)
        bytes.append(1)
        append(text, field)
    }

    private mutating func mark(_ field: RecordedField) {
        if isMarking { marks.append((field, bytes.count)) }
    }

    private func hashOfBytes() -> [UInt8] {
        let hash = bytes.withUnsafeBytes { Self.hash($0) }
        assert(hash.count == BookHead.hashLength, "SHA-256 has 32 bytes")
        return hash
    }

    static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize().withUnsafeBytes { [UInt8]($0) }
    }
}

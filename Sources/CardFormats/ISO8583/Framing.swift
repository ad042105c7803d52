/// How the length of a message is written in front of it on a stream. The length does not count itself.
///
/// Source: the variants of moov-io/iso8583's network package.
public enum Framing: Hashable, Sendable, CaseIterable {
    /// Two bytes, big-endian: 319 is `01 3F`. The usual one.
    case binary2
    /// Four digits, two a byte: 115 is `01 15`.
    case binaryCodedDecimal2
    /// Four ASCII digits: 115 is `0115`.
    case ascii4
    /// Two bytes, big-endian, and two reserved ones, which are zero. Visa's VML header.
    case visa

    /// The longest message, 9,999 bytes: as much as four digits can say. No message of the supported dialects comes
    /// near.
    public static let messageLengthMaximum = 9_999

    /// How many bytes stand in front of a message.
    public var headerLength: Int {
        switch self {
        case .binary2, .binaryCodedDecimal2: 2
        case .ascii4, .visa: 4
        }
    }

    /// The bytes in front of a message of `length` bytes. Throws `tooLong` above ``messageLengthMaximum``.
    public func header(length: Int) throws(FramingError) -> [UInt8] {
        precondition(length >= 0, "A message cannot have \(length) bytes")
        guard length <= Self.messageLengthMaximum else {
            throw .tooLong(length: length, maximum: Self.messageLengthMaximum)
        }
        let high = UInt8(length >> 8)
        let low = UInt8(length & 255)
        let (thousands, hundreds) = (UInt8(length / 1_000), UInt8(length / 100 % 10))
        let (tens, ones) = (UInt8(length / 10 % 10), UInt8(length % 10))
        return switch self {
        case .binary2: [high, low]
        case .binaryCodedDecimal2: [thousands << 4 | hundreds, tens << 4 | ones]
        case .ascii4: [0x30 + thousands, 0x30 + hundreds, 0x30 + tens, 0x30 + ones]
        case .visa: [high, low, 0, 0]
        }
    }

    /// Appends `message` with its length in front. Throws `tooLong` above ``messageLengthMaximum``.
    public func append(_ message: [UInt8], to output: inout [UInt8]) throws(FramingError) {
        output.append(contentsOf: try header(length: message.count))
        output.append(contentsOf: message)
    }

    /// The length that a header says. The slice is exactly ``headerLength`` bytes.
    func length(in header: ArraySlice<UInt8>) throws(FramingError) -> Int {
        let first = header.startIndex
        switch self {
        case .binary2:
            return Int(header[first]) << 8 | Int(header[first + 1])
        case .visa:
            guard header[first + 2] == 0, header[first + 3] == 0 else { throw .invalidLength }
            return Int(header[first]) << 8 | Int(header[first + 1])
        case .binaryCodedDecimal2:
            return try Self.number(header.flatMap { [$0 >> 4, $0 & 15] })
        case .ascii4:
            return try Self.number(header.map { $0 &- 0x30 })
        }
    }

    private static func number(_ digits: [UInt8]) throws(FramingError) -> Int {
        var value = 0
        for digit in digits {
            guard digit <= 9 else { throw .invalidLength }
            value = value * 10 + Int(digit)
        }
        return value
    }
}

/// Why a stream cannot be cut into messages. The link must be closed: where the next message starts is not known.
public enum FramingError: Error, Hashable, Sendable {
    /// The bytes in front of a message say no length.
    case invalidLength
    /// The message is longer than it may be.
    case tooLong(length: Int, maximum: Int)
}

/// Cuts the bytes that arrive on a link into messages. Pure: it reads no socket.
///
///     decoder.append(received)
///     while let message = try decoder.next() { … }
///
/// Memory is bounded by what is appended between two calls of ``next()`` and one message more, if all messages are
/// taken after each append.
public struct FrameDecoder: Sendable {
    private let framing: Framing
    private let messageLengthMaximum: Int
    private var buffer: [UInt8] = []
    /// Where in the buffer the next header starts.
    private var position = 0

    /// A decoder at the start of a stream. Messages longer than `messageLengthMaximum` bytes are refused.
    public init(_ framing: Framing = .binary2, messageLengthMaximum: Int = Framing.messageLengthMaximum) {
        precondition(messageLengthMaximum >= 1, "A link needs room for messages of at least one byte")
        self.framing = framing
        self.messageLengthMaximum = messageLengthMaximum
    }

    /// How many bytes have been appended and not yet returned as part of a message.
    public var bufferedByteCount: Int { buffer.count - position }

    /// Takes bytes that arrived.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        dropConsumed()
        buffer.append(contentsOf: bytes)
    }

    /// Takes bytes that arrived.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        dropConsumed()
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message without its length, or nil when more bytes are needed.
    ///
    /// A message of length 0, which some networks send to keep a link alive, is an empty array. Throws `invalidLength`
    /// or `tooLong`, and again on every further call.
    public mutating func next() throws(FramingError) -> [UInt8]? {
        guard bufferedByteCount >= framing.headerLength else { return nil }
        let start = position + framing.headerLength
        let length = try framing.length(in: buffer[position..<start])
        guard length <= messageLengthMaximum else {
            throw .tooLong(length: length, maximum: messageLengthMaximum)
        }
        guard buffer.count - start >= length else { return nil }
        position = start + length
        return Array(buffer[start..<position])
    }

    private mutating func dropConsumed() {
        guard position > 0 else { return }
        buffer.removeFirst(position)
        position = 0
    }
}

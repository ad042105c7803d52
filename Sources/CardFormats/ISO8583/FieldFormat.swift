/// How one field of a message lies on the wire.
public struct FieldFormat: Hashable, Sendable {
    /// Which characters a field may hold, by the notation of the standard.
    public enum Content: Hashable, Sendable {
        /// `n`: digits. Shorter content of a fixed field is filled with zeros on the left.
        case numeric
        /// `an`: letters, digits and spaces. Shorter content of a fixed field is filled with spaces on the right.
        case alphanumeric
        /// `ans`: printable ASCII. Shorter content of a fixed field is filled with spaces on the right.
        case text
        /// `ans` that networks fill with elements of their own, binary ones too: any byte.
        case opaqueText
        /// `x+n`: C or D (or a digit, as some networks send it), then digits.
        case signedAmount
        /// `z`: digits and separators of a magnetic stripe track (ISO 7813), `=` or `D`.
        case track
        /// `b`: any byte; lengths are bytes.
        case binary
    }

    /// How the content is written.
    public enum Encoding: Hashable, Sendable {
        /// One ASCII byte a character.
        case ascii
        /// One byte of code page 500 a character.
        case ebcdic
        /// Two digits a byte. An odd fixed field starts with a zero, an odd variable one ends with it.
        case binaryCodedDecimal
        /// Bytes as they are.
        case binary
        /// Two ASCII hexadecimal digits a byte; a length in front counts the digits.
        case hexadecimal
    }

    /// How a number, such as a length, is written.
    public enum DigitEncoding: Hashable, Sendable {
        /// ASCII digits.
        case ascii
        /// EBCDIC digits.
        case ebcdic
        /// Two digits a byte, a zero in front of an odd number of them.
        case binaryCodedDecimal
    }

    /// How long the content is.
    public enum Length: Hashable, Sendable {
        /// Always as long as this.
        case fixed(Int)
        /// Up to this, behind a length of two digits.
        case llvar(Int)
        /// Up to this, behind a length of three digits.
        case lllvar(Int)
    }

    /// Which characters it holds.
    public let content: Content
    /// How they are written.
    public let encoding: Encoding
    /// How many digits the length in front has; 0 for a field of fixed length.
    public let prefixDigits: Int
    /// How that length is written.
    public let prefixEncoding: DigitEncoding
    /// The length, or the greatest one: characters, or bytes of a binary field.
    public let maximumLength: Int

    /// A format, checked: a combination that cannot work stops the process with a message that says why.
    public init(_ content: Content, _ length: Length, encoding: Encoding, prefixEncoding: DigitEncoding) {
        self.content = content
        self.encoding = encoding
        self.prefixEncoding = prefixEncoding
        switch length {
        case .fixed(let count): (prefixDigits, maximumLength) = (0, count)
        case .llvar(let count): (prefixDigits, maximumLength) = (2, count)
        case .lllvar(let count): (prefixDigits, maximumLength) = (3, count)
        }
        validate()
    }

    private func validate() {
        precondition(maximumLength >= 1, "A field needs room for at least one character: give it a greater length")
        let limit = [0: 999, 2: 99, 3: 999][prefixDigits] ?? 0
        let counted = encoding == .hexadecimal && prefixDigits > 0 ? maximumLength * 2 : maximumLength
        precondition(counted <= limit, "A length of \(prefixDigits) digits cannot say \(counted): use a longer prefix")
        let isBinary = encoding == .binary || encoding == .hexadecimal
        precondition(isBinary == (content == .binary), "Binary content, and no other, needs a binary encoding")
        if encoding == .binaryCodedDecimal {
            precondition(
                content == .numeric || content == .track, "Only digits and tracks can be packed two to a byte")
        }
        if content == .signedAmount {
            precondition(prefixDigits == 0 && maximumLength >= 2, "A signed amount is a sign and a count of digits")
        }
    }

    /// Whether this field is always as long as ``maximumLength``.
    var isFixed: Bool { prefixDigits == 0 }

    /// The place of the first byte that the content may not hold, or nil.
    func firstInvalidByte(in bytes: UnsafeRawBufferPointer) -> Int? {
        switch content {
        case .numeric: bytes.firstIndex { $0 &- 0x30 > 9 }
        case .alphanumeric: bytes.firstIndex { $0 &- 0x30 > 9 && ($0 & 0xdf) &- 0x41 > 25 && $0 != 0x20 }
        case .text: bytes.firstIndex { $0 &- 0x20 > 0x5e }
        case .signedAmount: firstInvalidByteOfSignedAmount(in: bytes)
        case .track: bytes.firstIndex { $0 &- 0x30 > 15 && $0 != UInt8(ascii: "D") }
        case .opaqueText, .binary: nil
        }
    }

    private func firstInvalidByteOfSignedAmount(in bytes: UnsafeRawBufferPointer) -> Int? {
        bytes.indices.first { index in
            let byte = bytes[index]
            let isSign = index == 0 && (byte == UInt8(ascii: "C") || byte == UInt8(ascii: "D"))
            return byte &- 0x30 > 9 && !isSign
        }
    }
}

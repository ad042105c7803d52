import Core

/// The form of the messages of one network: how each part of a message is written, as data.
///
/// A specification is checked when it is made; what cannot work stops the process there, not on the first message. To
/// follow a network that differs from a dialect in some fields, replace those:
///
///     let network = MessageSpecification.asciiBinary.replacing(
///         .integratedCircuitCardData,
///         with: FieldFormat(.opaqueText, .lllvar(255), encoding: .ascii, prefixEncoding: .ascii))
public struct MessageSpecification: Sendable {
    /// How the bitmaps are written.
    public enum BitmapEncoding: Hashable, Sendable {
        /// Eight bytes each.
        case binary
        /// Sixteen ASCII hexadecimal digits each.
        case hexadecimal
    }

    /// A name for logs.
    public let name: String
    /// How the message type is written.
    public let messageTypeEncoding: FieldFormat.DigitEncoding
    /// How the bitmaps are written.
    public let bitmapEncoding: BitmapEncoding
    /// By field number.
    let formats: [FieldFormat?]

    /// A specification with the given fields.
    public init(
        name: String, messageTypeEncoding: FieldFormat.DigitEncoding, bitmapEncoding: BitmapEncoding,
        fields: [DataElement: FieldFormat]
    ) {
        var formats = [FieldFormat?](repeating: nil, count: 129)
        for (element, format) in fields { formats[element.rawValue] = format }
        self.init(
            name: name, messageTypeEncoding: messageTypeEncoding, bitmapEncoding: bitmapEncoding, formats: formats)
    }

    private init(
        name: String, messageTypeEncoding: FieldFormat.DigitEncoding, bitmapEncoding: BitmapEncoding,
        formats: [FieldFormat?]
    ) {
        invariant(formats.count == 129, "a specification has places 0…128")
        invariant(formats.contains { $0 != nil }, "the specification \(name) defines no field: give it some")
        self.name = name
        self.messageTypeEncoding = messageTypeEncoding
        self.bitmapEncoding = bitmapEncoding
        self.formats = formats
    }

    /// The format of a field, or nil when the dialect does not define it.
    public func format(of element: DataElement) -> FieldFormat? { formats[element.rawValue] }

    /// The same specification with another format for one field, or without it.
    public func replacing(_ element: DataElement, with format: FieldFormat?) -> MessageSpecification {
        var formats = formats
        formats[element.rawValue] = format
        return MessageSpecification(
            name: name, messageTypeEncoding: messageTypeEncoding, bitmapEncoding: bitmapEncoding, formats: formats)
    }
}

/// What the dialects share: the fields of an edition, and a rule for each kind of them.
struct Dialect {
    let name: String
    let digits: FieldFormat.DigitEncoding
    let bitmap: MessageSpecification.BitmapEncoding
    /// For `n` and `z` fields.
    let numeric: FieldFormat.Encoding
    /// For all other text.
    let text: FieldFormat.Encoding
    let binary: FieldFormat.Encoding

    /// The specification of this dialect for the fields of an edition.
    func specification(_ edition: [EditionField]) -> MessageSpecification {
        var fields: [DataElement: FieldFormat] = [:]
        for field in edition {
            let encoding: FieldFormat.Encoding =
                switch field.content {
                case .numeric, .track: numeric
                case .binary: binary
                case .alphanumeric, .text, .opaqueText, .signedAmount: text
                }
            guard let element = DataElement(rawValue: field.number) else {
                preconditionFailure("\(name) defines DE\(field.number), which is no data element")
            }
            let former = fields.updateValue(
                FieldFormat(field.content, field.length, encoding: encoding, prefixEncoding: digits), forKey: element)
            precondition(former == nil, "\(name) defines \(element) twice: remove one")
        }
        return MessageSpecification(
            name: name, messageTypeEncoding: digits, bitmapEncoding: bitmap, fields: fields)
    }
}

/// One field of an edition of the standard, however it is written.
struct EditionField {
    let number: Int
    let content: FieldFormat.Content
    let length: FieldFormat.Length

    init(_ number: Int, _ content: FieldFormat.Content, _ length: FieldFormat.Length) {
        self.number = number
        self.content = content
        self.length = length
    }
}

/// The dialects.
extension MessageSpecification {
    /// 1987, everything in ASCII, bitmaps and binary fields in hexadecimal. Like moov's Spec87ASCII and jPOS's
    /// ISO87APackager.
    public static let asciiHex = Dialect(
        name: "ascii_hex", digits: .ascii, bitmap: .hexadecimal, numeric: .ascii, text: .ascii, binary: .hexadecimal
    ).specification(edition1987)

    /// 1987, text in ASCII, bitmaps and binary fields as bytes. Like pyiso8583's default.
    public static let asciiBinary = Dialect(
        name: "ascii_bin", digits: .ascii, bitmap: .binary, numeric: .ascii, text: .ascii, binary: .binary
    ).specification(edition1987)

    /// 1987, digits and lengths packed two to a byte. Like jPOS's ISO87BPackager and most point-of-sale switches.
    public static let bcd = Dialect(
        name: "bcd", digits: .binaryCodedDecimal, bitmap: .binary, numeric: .binaryCodedDecimal, text: .ascii,
        binary: .binary
    ).specification(edition1987)

    /// 1987, text in EBCDIC code page 500, bitmaps and binary fields as bytes. Like Mastercard's layout.
    public static let ebcdic = Dialect(
        name: "ebcdic", digits: .ebcdic, bitmap: .binary, numeric: .ebcdic, text: .ebcdic, binary: .binary
    ).specification(edition1987)

    /// 1993, everything in ASCII, bitmaps and binary fields in hexadecimal. Like jPOS's ISO93APackager.
    public static let ascii93Hex = Dialect(
        name: "ascii93_hex", digits: .ascii, bitmap: .hexadecimal, numeric: .ascii, text: .ascii, binary: .hexadecimal
    ).specification(edition1993)
}

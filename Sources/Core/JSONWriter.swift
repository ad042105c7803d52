/// Writes JSON text straight into bytes, indented by two spaces as Stripe answers it, or compact for storage.
///
/// Codable costs more than the rest of a request together (see docs/performance.md), so answers and stored documents
/// are written with this, field by field. The writer places commas, line breaks and escapes; nesting is a closure:
///
///     var json = JSONWriter(style: .indented)
///     json.object {
///         $0.field("id", "pi_1")
///         $0.field("amount", 1_000)
///         $0.object("metadata") { $0.field("order", "6735") }
///     }
///
/// Keys are written as they are: they are literals of ours, or go through ``dynamicKey(_:)``.
public struct JSONWriter: Sendable {
    /// How the text is laid out.
    public enum Style: Sendable {
        /// Line breaks and two spaces a level.
        case indented
        /// No white space.
        case compact
    }

    /// The UTF-8 text so far.
    public private(set) var bytes: [UInt8] = []
    private let style: Style
    private var depth = 0
    private var isFirst = true

    public init(style: Style, capacity: Int = 4_096) {
        self.style = style
        bytes.reserveCapacity(capacity)
    }

    /// The text as a string.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Containers

    /// Writes an object as the next value.
    public mutating func object(_ content: (inout JSONWriter) throws -> Void) rethrows {
        beginElement()
        try container(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), content)
    }

    /// Writes an array as the next value.
    public mutating func array(_ content: (inout JSONWriter) throws -> Void) rethrows {
        beginElement()
        try container(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), content)
    }

    /// Writes a field that holds an object.
    public mutating func object(_ key: StaticString, _ content: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try container(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), content)
    }

    /// Writes a field that holds an array.
    public mutating func array(_ key: StaticString, _ content: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try container(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), content)
    }

    // MARK: Fields

    public mutating func field(_ key: StaticString, _ value: String) {
        self.key(key)
        writeText(value)
    }

    public mutating func field(_ key: StaticString, _ value: String?) {
        self.key(key)
        if let value { writeText(value) } else { writeNull() }
    }

    public mutating func field(_ key: StaticString, _ value: Int64) {
        self.key(key)
        writeInteger(value)
    }

    public mutating func field(_ key: StaticString, _ value: Int64?) {
        self.key(key)
        if let value { writeInteger(value) } else { writeNull() }
    }

    public mutating func field(_ key: StaticString, _ value: Bool) {
        self.key(key)
        writeBool(value)
    }

    public mutating func field(_ key: StaticString, _ value: Bool?) {
        self.key(key)
        if let value { writeBool(value) } else { writeNull() }
    }

    /// A field without a value: answered as null, never left out.
    public mutating func null(_ key: StaticString) {
        self.key(key)
        writeNull()
    }

    public mutating func field(_ key: StaticString, _ value: JSONValue) {
        self.key(key)
        write(value)
    }

    /// A field whose name came from outside, such as a metadata key.
    public mutating func dynamicField(_ key: String, _ value: String) {
        dynamicKey(key)
        writeText(value)
    }

    public mutating func dynamicField(_ key: String, _ value: JSONValue) {
        dynamicKey(key)
        write(value)
    }

    /// A field whose value is JSON text already, laid out at this depth or compact.
    public mutating func raw(_ key: StaticString, _ json: some Sequence<UInt8>) {
        self.key(key)
        bytes.append(contentsOf: json)
    }

    // MARK: Elements of an array

    public mutating func element(_ value: String) {
        beginElement()
        writeText(value)
    }

    public mutating func element(_ value: Int64) {
        beginElement()
        writeInteger(value)
    }

    public mutating func element(_ value: JSONValue) {
        beginElement()
        write(value)
    }

    /// Adds an element whose text exists already.
    public mutating func rawElement(_ json: some Sequence<UInt8>) {
        beginElement()
        bytes.append(contentsOf: json)
    }

    // MARK: The text itself

    private mutating func container(
        open: UInt8, close: UInt8, _ content: (inout JSONWriter) throws -> Void
    ) rethrows {
        bytes.append(open)
        depth += 1
        isFirst = true
        try content(&self)
        depth -= 1
        if !isFirst { newLine() }
        isFirst = false
        bytes.append(close)
    }

    private mutating func beginElement() {
        guard depth > 0 else { return }
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        newLine()
    }

    private mutating func newLine() {
        guard style == .indented else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth {
            bytes.append(UInt8(ascii: " "))
            bytes.append(UInt8(ascii: " "))
        }
    }

    /// Opens a field named by a literal; a value must follow.
    public mutating func key(_ key: StaticString) {
        beginElement()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        endKey()
    }

    /// Opens a field named by outside text; a value must follow.
    public mutating func dynamicKey(_ key: String) {
        beginElement()
        writeText(key)
        bytes.append(UInt8(ascii: ":"))
        if style == .indented { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func endKey() {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        if style == .indented { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func writeNull() { bytes.append(contentsOf: [0x6e, 0x75, 0x6c, 0x6c]) }

    private mutating func writeBool(_ value: Bool) {
        if value {
            bytes.append(contentsOf: [0x74, 0x72, 0x75, 0x65])
        } else {
            bytes.append(contentsOf: [0x66, 0x61, 0x6c, 0x73, 0x65])
        }
    }

    private mutating func writeInteger(_ value: Int64) { DecimalText.append(value, to: &bytes) }

    private mutating func writeText(_ value: String) {
        var value = value
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { utf8 in
            var start = 0
            for index in utf8.indices {
                let byte = utf8[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: utf8[start..<index])
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(contentsOf: Hex.encode([byte]).utf8)
        }
    }

    private mutating func write(_ value: JSONValue) {
        switch value {
        case .null: writeNull()
        case .bool(let value): writeBool(value)
        case .integer(let value): writeInteger(value)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let value): writeText(value)
        case .array(let elements):
            container(open: UInt8(ascii: "["), close: UInt8(ascii: "]")) { json in
                for element in elements { json.element(element) }
            }
        case .object(let members):
            container(open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) { json in
                for member in members { json.dynamicField(member.key, member.value) }
            }
        }
    }
}

/// Decimal digits of integers, appended to bytes.
public enum DecimalText {
    /// Appends the digits of `value`, with a minus sign when negative.
    public static func append(_ value: Int64, to bytes: inout [UInt8]) {
        if value == 0 {
            bytes.append(UInt8(ascii: "0"))
            return
        }
        var rest = value.magnitude
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// Appends `value` padded with zeros on the left to `width` digits; higher digits are kept.
    public static func append(_ value: Int, paddedTo width: Int, to bytes: inout [UInt8]) {
        precondition(value >= 0, "Padded decimal text is for numbers from 0")
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}

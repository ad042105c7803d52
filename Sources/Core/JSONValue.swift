/// A JSON value as it was read: stored documents, webhook bodies, test answers.
///
/// Members keep their order. Numbers with a fraction or an exponent keep their text, so nothing passes through Double.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One member of an object.
    public struct Member: Hashable, Sendable {
        public let key: String
        public let value: JSONValue

        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The member named `key` of an object; nil when there is none or this is no object.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The element at `index` of an array; nil when out of bounds or no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    public var elements: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    public var members: [Member]? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    public var isNull: Bool { self == .null }
}

/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable {
    /// Bytes from the start of the text.
    public let offset: Int
    /// What was expected there.
    public let message: String
}

extension JSONValue {
    /// How many containers may lie in one another.
    public static let depthMax = 64

    /// Reads one JSON text (RFC 8259).
    public init(parsing text: some Collection<UInt8>) throws(JSONError) {
        var parser = JSONParser(bytes: Array(text))
        self = try parser.document()
    }

    /// Reads one JSON text (RFC 8259).
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("nothing after the value") }
        return value
    }

    private func failure(_ expected: String) -> JSONError {
        JSONError(offset: position, message: "expected \(expected)")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard position < bytes.count, bytes[position] == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.depthMax else { throw failure("at most \(JSONValue.depthMax) levels") }
        skipSpace()
        guard position < bytes.count else { throw failure("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw failure(text) }
        position += text.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw failure("a member's name")
            }
            let key = try string()
            skipSpace()
            guard take(":") else { throw failure("a colon") }
            members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("a comma or the object's end") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("a comma or the array's end") }
        return .array(elements)
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 0x20
        {
            position += 1
        }
        guard position < bytes.count else { throw failure("the string's end") }
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        var content = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20: throw failure("no control character in a string")
            default: content.append(byte)
            }
        }
        throw failure("the string's end")
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw failure("an escape") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "u"): try unicodeEscape(into: &content)
        default: throw failure("an escape")
        }
    }

    private mutating func unicodeEscape(into content: inout [UInt8]) throws(JSONError) {
        var code = UInt32(try codeUnit())
        if (0xd800..<0xdc00).contains(code) {
            guard take("\\"), take("u") else { throw failure("the second half of a surrogate pair") }
            let low = UInt32(try codeUnit())
            guard (0xdc00..<0xe000).contains(low) else { throw failure("the second half of a surrogate pair") }
            code = 0x1_0000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("a Unicode scalar") }
        content.append(contentsOf: Character(scalar).utf8)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count,
            let pair = Hex.decode(String(decoding: bytes[position..<position + 4], as: UTF8.self))
        else { throw failure("four hexadecimal digits") }
        position += 4
        return UInt16(pair[0]) << 8 | UInt16(pair[1])
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if take("-") {}
        let firstDigit = position
        digits()
        let digitCount = position - firstDigit
        guard digitCount > 0, digitCount == 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
            throw failure("a value")
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            let before = position
            digits()
            guard position > before else { throw failure("a digit") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            let before = position
            digits()
            guard position > before else { throw failure("a digit") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        return .number(text)
    }

    private mutating func digits() {
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
    }
}

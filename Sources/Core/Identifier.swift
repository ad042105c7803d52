/// What an identifier names: its prefix in the API, for example `pi` for a payment intent.
public protocol IdentifierKind: Sendable {
    /// The letters before the underscore.
    static var prefix: String { get }
}

/// An identifier of one kind, such as `pi_0Jq3…`: the prefix, nine base-62 digits of the creation time in milliseconds
/// and sixteen random ones. Identifiers made later sort later, so indexes grow at their right edge.
public struct Identifier<Kind: IdentifierKind>: Hashable, Sendable, Comparable {
    /// The whole text, prefix included.
    public let text: String

    /// Takes a text as it was stored or received; whether it exists is for the store to say.
    public init(_ text: String) { self.text = text }

    /// Makes a new identifier.
    public init(_ environment: Environment) {
        self.init(at: environment.now(), environment)
    }

    /// Makes a new identifier for something created at `time`.
    public init(at time: Timestamp, _ environment: Environment) {
        text = IdentifierText.make(prefix: Kind.prefix, time: time, environment)
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension Identifier: CustomStringConvertible {
    public var description: String { text }
}

/// The text of identifiers and secrets.
public enum IdentifierText {
    static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    static let timeDigits = 9
    static let randomDigits = 16

    /// `prefix_` and 25 base-62 digits, the first nine from `time`.
    public static func make(prefix: String, time: Timestamp, _ environment: Environment) -> String {
        let prefixBytes = prefix.utf8
        let length = prefixBytes.count + 1 + timeDigits + randomDigits
        // 16 base-62 digits carry 95 bits, drawn as two words of eight digits each (48 bits a word).
        let first = environment.randomWord()
        let second = environment.randomWord()
        return String(unsafeUninitializedCapacity: length) { buffer in
            var position = 0
            for byte in prefixBytes {
                buffer[position] = byte
                position += 1
            }
            buffer[position] = UInt8(ascii: "_")
            position += 1
            put(UInt64(bitPattern: time.milliseconds), digits: timeDigits, into: buffer, at: position)
            position += timeDigits
            put(first, digits: 8, into: buffer, at: position)
            put(second, digits: 8, into: buffer, at: position + 8)
            return length
        }
    }

    /// A text that sorts before every identifier of this prefix made at `time` or later, and after all earlier ones.
    public static func lowerBound(prefix: String, time: Timestamp) -> String {
        prefix + "_" + fixedWidth(UInt64(max(0, time.milliseconds)), digits: timeDigits)
    }

    /// When an identifier was made, nil when the text is none.
    public static func time(of identifier: String) -> Timestamp? {
        guard let underscore = identifier.lastIndex(of: "_") else { return nil }
        let digits = identifier[identifier.index(after: underscore)...]
        guard digits.utf8.count == timeDigits + randomDigits, let value = value(of: digits.prefix(timeDigits)) else {
            return nil
        }
        return Int64(exactly: value).map { Timestamp(milliseconds: $0) }
    }

    /// `count` random base-62 digits: secrets, API keys, client secrets.
    public static func random(digits count: Int, _ environment: Environment) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count {
            // Rejection keeps every digit equally likely: 248 is the largest multiple of 62 below 256.
            for byte in environment.randomBytes(count) where byte < 248 && text.count < count {
                text.append(digits[Int(byte % 62)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `value` in exactly `count` base-62 digits, most significant first; higher digits are cut off.
    public static func fixedWidth(_ value: UInt64, digits count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { buffer in
            put(value, digits: count, into: buffer, at: 0)
            return count
        }
    }

    /// The number that ``fixedWidth(_:digits:)`` wrote, or nil when a character is no base-62 digit or it overflows.
    public static func value(of text: some StringProtocol) -> UInt64? {
        var value: UInt64 = 0
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A") + 10
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 36
            default: return nil
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 62)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    private static func put(
        _ value: UInt64, digits count: Int, into buffer: UnsafeMutableBufferPointer<UInt8>, at position: Int
    ) {
        var rest = value
        for offset in stride(from: count - 1, through: 0, by: -1) {
            buffer[position + offset] = digits[Int(rest % 62)]
            rest /= 62
        }
    }
}

/// The name of an account within its book, such as `available`, `pending/2026-11-26` or `wallet/42/held`.
///
/// A valid name has 1…96 characters of `a-z 0-9 _ / . - : A-Z`. All of them are ASCII, so equal names are equal bytes,
/// in Swift, in the hash chain and in every database. Any text can be wrapped; ``LedgerState/apply(_:recordedAt:)``
/// refuses a transaction that names an invalid account.
public struct AccountName: Hashable, Sendable, Comparable {
    /// The whole name.
    public let text: String

    /// Wraps a name as it was written or stored.
    public init(_ text: String) { self.text = text }

    /// Whether an account may have this name.
    public var isValid: Bool {
        var length = 0
        for byte in text.utf8 {
            guard Self.isAllowed(byte) else { return false }
            length += 1
        }
        return (1...LedgerLimits.accountNameLengthMax).contains(length)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        // "-", ".", "/", the ten digits and ":" are neighbours in ASCII.
        case UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Names are ordered as text.
    public static func < (left: AccountName, right: AccountName) -> Bool { left.text < right.text }
}

extension AccountName: ExpressibleByStringInterpolation {
    /// Wraps a name that is written in the source, such as `"wallet/\(number)"`.
    public init(stringLiteral text: String) { self.init(text) }
}

extension AccountName: CustomStringConvertible {
    /// The name itself.
    public var description: String { text }
}

/// Card numbers for a load: valid, all different, and none that means something in test mode.
///
/// The prefix is a Visa one that no test card has. The eleven digits behind it walk through all their values in steps
/// that look random; the last digit is the check digit.
struct CardNumberSequence: Sendable {
    static let prefix: [UInt8] = [4, 5, 3, 9]
    static let length = 16

    private static let count: UInt64 = 100_000_000_000
    /// Odd and no multiple of five, so each value comes once before any comes again.
    private static let step: UInt64 = 61_803_398_871
    private var value: UInt64

    /// Starts somewhere; the same seed gives the same numbers.
    init(seed: UInt64) { value = seed % Self.count }

    /// The next number's middle: what ``write(_:into:)`` makes a number of.
    mutating func next() -> UInt64 {
        value = (value + Self.step) % Self.count
        return value
    }

    /// Writes the sixteen digits of a number as text.
    static func write(_ middle: UInt64, into text: UnsafeMutableRawBufferPointer) {
        for (index, digit) in prefix.enumerated() { text[index] = digit }
        var rest = middle
        for index in stride(from: length - 2, to: prefix.count - 1, by: -1) {
            text[index] = UInt8(rest % 10)
            rest /= 10
        }
        // Luhn: every second digit from the right counts twice, and the sum with the check digit is a multiple of ten.
        var sum = 0
        for index in 0..<length - 1 {
            let digit = Int(text[index])
            sum += index % 2 == 0 ? (digit < 5 ? digit * 2 : digit * 2 - 9) : digit
        }
        text[length - 1] = UInt8((10 - sum % 10) % 10)
        for index in 0..<length { text[index] += UInt8(ascii: "0") }
    }

    /// The number as text.
    static func text(_ middle: UInt64) -> String {
        var digits = [UInt8](repeating: 0, count: length)
        digits.withUnsafeMutableBytes { write(middle, into: $0) }
        return String(decoding: digits, as: UTF8.self)
    }
}

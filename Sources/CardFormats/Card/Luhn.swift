/// The check digit of card numbers. Source: ISO/IEC 7812-1 annex B.
public enum Luhn {
    /// Whether `digits`, at least two ASCII digits, end with their right check digit.
    @inlinable
    public static func isValid(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        guard digits.count >= 2, let sum = sum(digits, lastIsDoubled: false) else { return false }
        return sum % 10 == 0
    }

    /// The digit, in ASCII, that belongs after `digits`, or nil when they are none or not ASCII digits.
    @inlinable
    public static func checkDigit(for digits: some BidirectionalCollection<UInt8>) -> UInt8? {
        guard !digits.isEmpty, let sum = sum(digits, lastIsDoubled: true) else { return nil }
        return 0x30 + UInt8((10 - sum % 10) % 10)
    }

    /// The sum of the digits, every second one doubled and its own digits added up.
    @inlinable
    static func sum(_ digits: some BidirectionalCollection<UInt8>, lastIsDoubled: Bool) -> Int? {
        var sum = 0
        var isDoubled = lastIsDoubled
        for character in digits.reversed() {
            let digit = Int(character &- 0x30)
            guard digit <= 9 else { return nil }
            let doubled = 2 * digit
            sum += isDoubled ? (doubled > 9 ? doubled - 9 : doubled) : digit
            isDoubled.toggle()
        }
        return sum
    }
}

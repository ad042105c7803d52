/// Clear PIN blocks, before they are encrypted.
public enum PINBlock {
    /// The block of ISO 9564-1 format 0: the PIN and the card number, digit by digit, in one exclusive or.
    ///
    /// `pin` is 4…12 and `primaryAccountNumber` 13…19 ASCII digits; nil otherwise. The last digit of the card number,
    /// its check digit, and all but the twelve before it are not used.
    public static func format0(pin: [UInt8], primaryAccountNumber: [UInt8]) -> [UInt8]? {
        guard 4...12 ~= pin.count, 13...19 ~= primaryAccountNumber.count,
            (pin + primaryAccountNumber).allSatisfy({ $0 &- 0x30 <= 9 })
        else { return nil }
        let pinDigits = [0, UInt8(pin.count)] + pin.map { $0 - 0x30 } + [UInt8](repeating: 15, count: 14 - pin.count)
        let cardDigits = [0, 0, 0, 0] + primaryAccountNumber.dropLast().suffix(12).map { $0 - 0x30 }
        return (0..<8).map { index in
            let high = pinDigits[2 * index] ^ cardDigits[2 * index]
            let low = pinDigits[2 * index + 1] ^ cardDigits[2 * index + 1]
            return high << 4 | low
        }
    }
}

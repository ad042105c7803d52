/// A decimal number as it was written: digits, and how many of them follow the point.
struct DecimalText {
    /// All digits as one number, with the sign.
    let digits: Int64
    /// How many of the digits follow the point.
    let fractionDigits: Int

    /// Reads an optional minus sign, digits, and optionally a point and more digits.
    init(_ text: some StringProtocol, maximumFractionDigits: Int) throws(MoneyError) {
        var value: Int64 = 0
        var whole = 0
        var fraction: Int?
        var isNegative = false
        var isFirst = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-") where isFirst:
                isNegative = true
            case UInt8(ascii: ".") where fraction == nil && whole > 0:
                fraction = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let count = fraction {
                    guard count < maximumFractionDigits else { throw .tooManyDecimals(maximum: maximumFractionDigits) }
                    fraction = count + 1
                } else {
                    whole += 1
                }
                // Building downwards for a negative number reaches the lowest one, which has no opposite.
                let digit = Int64(byte - UInt8(ascii: "0"))
                let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
                guard !tooLarge, !carry else { throw .overflow }
                value = sum
            default:
                throw .malformedDecimal
            }
            isFirst = false
        }
        guard whole > 0, fraction != 0 else { throw .malformedDecimal }
        digits = value
        fractionDigits = fraction ?? 0
    }

    /// The number in units of ten to the power of minus `count`.
    func scaled(toFractionDigits count: Int) throws(MoneyError) -> Int64 {
        let (product, overflow) = digits.multipliedReportingOverflow(by: Self.powerOfTen(count - fractionDigits))
        guard !overflow else { throw .overflow }
        return product
    }

    /// Ten to the power of 0…18.
    static func powerOfTen(_ exponent: Int) -> Int64 {
        precondition(exponent >= 0 && exponent <= 18, "Ten to the power of \(exponent) does not fit in 64 bits")
        var power: Int64 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    /// `value` units of ten to the power of minus `fractionDigits`, as text.
    static func format(_ value: Int64, fractionDigits: Int) -> String {
        guard fractionDigits > 0 else { return String(value) }
        let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: powerOfTen(fractionDigits).magnitude)
        let fractionText = String(fraction)
        let zeros = String(repeating: "0", count: fractionDigits - fractionText.utf8.count)
        return (value < 0 ? "-" : "") + String(whole) + "." + zeros + fractionText
    }
}

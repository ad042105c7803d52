/// An exact factor: a fee of 2.9 %, an exchange rate, a tax rate.
///
/// Held as a fraction in lowest terms with a positive denominator, so equal rates are equal values and nothing is ever
/// rounded but the amount that a rate is applied to. For example `try Rate(decimal: "0.029")` is 29/1000.
@frozen
public struct Rate: Hashable, Sendable {
    /// The upper part of the fraction; it carries the sign.
    public let numerator: Int64
    /// The lower part of the fraction, at least 1.
    public let denominator: Int64

    @inlinable
    init(reducedNumerator: Int64, denominator: Int64) {
        numerator = reducedNumerator
        self.denominator = denominator
    }

    /// `numerator / denominator`. Throws `divisionByZero`, or `overflow` when the sign cannot move to the numerator.
    public init(numerator: Int64, denominator: Int64) throws(MoneyError) {
        self = try Rate(reducing: Int128(numerator), over: Int128(denominator))
    }

    /// A decimal number such as `0.029`, with at most 18 digits after the point.
    ///
    /// Throws `malformedDecimal`, `tooManyDecimals` or `overflow`.
    public init(decimal text: some StringProtocol) throws(MoneyError) {
        let number = try DecimalText(text, maximumFractionDigits: 18)
        self = try Rate(numerator: number.digits, denominator: DecimalText.powerOfTen(number.fractionDigits))
    }

    /// Hundredths of a percent: 290 is 2.9 %.
    public init(basisPoints: Int64) {
        self.init(basisPoints, outOf: 10_000)
    }

    /// Millionths: 29,000 is 2.9 %.
    public init(partsPerMillion: Int64) {
        self.init(partsPerMillion, outOf: 1_000_000)
    }

    /// No part of an amount.
    public static let zero = Rate(reducedNumerator: 0, denominator: 1)
    /// The whole of an amount.
    public static let one = Rate(reducedNumerator: 1, denominator: 1)

    private init(_ numerator: Int64, outOf denominator: Int64) {
        let divisor = Int64(greatestCommonDivisor(UInt128(numerator.magnitude), UInt128(denominator)))
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    private init(reducing numerator: Int128, over denominator: Int128) throws(MoneyError) {
        guard denominator != 0 else { throw .divisionByZero }
        let divisor = greatestCommonDivisor(numerator.magnitude, denominator.magnitude)
        let upper = numerator.magnitude / divisor
        guard let lower = Int64(exactly: denominator.magnitude / divisor) else { throw .overflow }
        let isNegative = (numerator < 0) != (denominator < 0)
        guard let magnitude = Int128(exactly: upper), let signed = Int64(exactly: isNegative ? -magnitude : magnitude)
        else { throw .overflow }
        self.init(reducedNumerator: signed, denominator: lower)
    }
}

/// Arithmetic.
extension Rate {
    /// The product of the rate and `amount`, rounded to a whole number. Throws `overflow`.
    @inlinable
    public func applied(to amount: Int64, rounding: Rounding) throws(MoneyError) -> Int64 {
        let (product, overflow) = amount.multipliedReportingOverflow(by: numerator)
        if !overflow { return rounding.divide(product, by: denominator) }
        let wide = rounding.divide(Int128(amount) * Int128(numerator), by: Int128(denominator))
        guard let result = Int64(exactly: wide) else { throw .overflow }
        return result
    }

    /// The product of two rates. Throws `overflow`.
    public func multiplied(by other: Rate) throws(MoneyError) -> Rate {
        try Rate(
            reducing: Int128(numerator) * Int128(other.numerator),
            over: Int128(denominator) * Int128(other.denominator))
    }

    /// The quotient of two rates, for example a cross rate. Throws `divisionByZero` or `overflow`.
    public func divided(by other: Rate) throws(MoneyError) -> Rate {
        try Rate(
            reducing: Int128(numerator) * Int128(other.denominator),
            over: Int128(denominator) * Int128(other.numerator))
    }

    /// One divided by the rate. Throws `divisionByZero` or `overflow`.
    public func inverted() throws(MoneyError) -> Rate { try Rate.one.divided(by: self) }

    /// The sum of two rates, for example of two taxes. Throws `overflow`.
    public func adding(_ other: Rate) throws(MoneyError) -> Rate {
        // Each product is below 2^126 in size, so the sum fits in 128 bits.
        try Rate(
            reducing: Int128(numerator) * Int128(other.denominator) + Int128(other.numerator) * Int128(denominator),
            over: Int128(denominator) * Int128(other.denominator))
    }
}

extension Rate: Comparable {
    /// Order of size.
    @inlinable
    public static func < (left: Rate, right: Rate) -> Bool {
        Int128(left.numerator) * Int128(right.denominator) < Int128(right.numerator) * Int128(left.denominator)
    }
}

extension Rate: CustomStringConvertible {
    /// The rate as a decimal number, rounded to at most `fractionDigits` (0…18) digits after the point.
    ///
    /// Zeros at the end are left out. Throws `overflow` when the digits do not fit in 64 bits.
    public func decimalText(fractionDigits: Int, rounding: Rounding) throws(MoneyError) -> String {
        precondition(fractionDigits >= 0 && fractionDigits <= 18, "Rate.decimalText shows 0 to 18 fraction digits")
        var digits = try applied(to: DecimalText.powerOfTen(fractionDigits), rounding: rounding)
        var count = fractionDigits
        while count > 0, digits % 10 == 0 {
            digits /= 10
            count -= 1
        }
        return DecimalText.format(digits, fractionDigits: count)
    }

    /// The decimal number when it ends within 18 digits, otherwise the fraction: `0.029`, `1/3`.
    public var description: String {
        var count = 0
        while count <= 18, DecimalText.powerOfTen(count) % denominator != 0 {
            if count == 18 { return "\(numerator)/\(denominator)" }
            count += 1
        }
        guard let text = try? decimalText(fractionDigits: count, rounding: .down) else {
            return "\(numerator)/\(denominator)"
        }
        return text
    }
}

/// The largest number that divides both, by Euclid's algorithm; the other one when one is zero.
private func greatestCommonDivisor(_ first: UInt128, _ second: UInt128) -> UInt128 {
    var (larger, smaller) = (first, second)
    while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
    return larger
}

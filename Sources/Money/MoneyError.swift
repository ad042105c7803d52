/// Why an operation on money has no result.
public enum MoneyError: Error, Hashable, Sendable {
    /// The result does not fit in 64 bits.
    case overflow
    /// Two amounts of different currencies were to be combined.
    case currencyMismatch(Currency, Currency)
    /// The text is not a decimal number, such as `-12.34`.
    case malformedDecimal
    /// The text has more digits after the point than the currency has; the limit is given.
    case tooManyDecimals(maximum: Int)
    /// A rate was built with a denominator of zero, or the inverse of zero was asked for.
    case divisionByZero
    /// An allocation needs at least one ratio, none negative, and not all zero.
    case invalidRatios
}

extension MoneyError: CustomStringConvertible {
    /// A sentence for logs.
    public var description: String {
        switch self {
        case .overflow: "The amount does not fit in 64 bits."
        case .currencyMismatch(let left, let right): "\(left) and \(right) cannot be combined without a rate."
        case .malformedDecimal: "The text is not a decimal number."
        case .tooManyDecimals(let maximum): "At most \(maximum) digits may follow the decimal point."
        case .divisionByZero: "A rate cannot have the denominator zero."
        case .invalidRatios: "Ratios must be at least one, none negative, and not all zero."
        }
    }
}

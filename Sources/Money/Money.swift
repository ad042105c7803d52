/// An amount of one currency, in whole minor units: 12.34 USD is `Money(1234, .usd)`, 500 JPY is `Money(500, .jpy)`.
///
/// All arithmetic is checked. An amount that does not fit is a ``MoneyError``, never a trap and never a wrapped number.
@frozen
public struct Money: Hashable, Sendable {
    /// Minor units, negative for a debt: cents of a dollar, whole yen, thousandths of a dinar.
    public let amount: Int64
    /// The currency the amount is in.
    public let currency: Currency

    /// `amount` minor units of `currency`.
    @inlinable
    public init(_ amount: Int64, _ currency: Currency) {
        self.amount = amount
        self.currency = currency
    }

    /// Nothing of `currency`.
    @inlinable
    public static func zero(_ currency: Currency) -> Money { Money(0, currency) }

    /// Whether the amount is nothing.
    @inlinable
    public var isZero: Bool { amount == 0 }

    /// Whether the amount is below zero.
    @inlinable
    public var isNegative: Bool { amount < 0 }
}

/// Checked arithmetic.
extension Money {
    /// The sum. Throws `currencyMismatch` or `overflow`.
    @inlinable
    public func adding(_ other: Money) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currencyMismatch(currency, other.currency) }
        let (sum, overflow) = amount.addingReportingOverflow(other.amount)
        guard !overflow else { throw .overflow }
        return Money(sum, currency)
    }

    /// The difference. Throws `currencyMismatch` or `overflow`.
    @inlinable
    public func subtracting(_ other: Money) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currencyMismatch(currency, other.currency) }
        let (difference, overflow) = amount.subtractingReportingOverflow(other.amount)
        guard !overflow else { throw .overflow }
        return Money(difference, currency)
    }

    /// The same amount with the other sign. Throws `overflow` for the lowest amount, which has no opposite.
    @inlinable
    public func negated() throws(MoneyError) -> Money {
        let (opposite, overflow) = (0 as Int64).subtractingReportingOverflow(amount)
        guard !overflow else { throw .overflow }
        return Money(opposite, currency)
    }

    /// `quantity` times the amount. Throws `overflow`.
    @inlinable
    public func multiplied(by quantity: Int64) throws(MoneyError) -> Money {
        let (product, overflow) = amount.multipliedReportingOverflow(by: quantity)
        guard !overflow else { throw .overflow }
        return Money(product, currency)
    }

    /// The share of the amount that `rate` says, for example a fee of 2.9 %. Throws `overflow`.
    @inlinable
    public func multiplied(by rate: Rate, rounding: Rounding) throws(MoneyError) -> Money {
        Money(try rate.applied(to: amount, rounding: rounding), currency)
    }

    /// The worth in another currency, when one unit of this currency costs `rate` units of `target`.
    ///
    /// Units are major ones (dollars, yen), as exchange rates are quoted; the minor units of both currencies are
    /// accounted for. Throws `overflow`.
    public func converted(to target: Currency, at rate: Rate, rounding: Rounding) throws(MoneyError) -> Money {
        let digits = target.exponent - currency.exponent
        let scale = try Rate(
            numerator: DecimalText.powerOfTen(max(digits, 0)), denominator: DecimalText.powerOfTen(max(-digits, 0)))
        return Money(try rate.multiplied(by: scale).applied(to: amount, rounding: rounding), target)
    }
}

/// Decimal text.
extension Money {
    /// Reads an amount in major units, such as `12.34`.
    ///
    /// The text is an optional minus sign, at least one digit, and optionally a point with at least one digit more,
    /// at most as many as the currency has. Throws `malformedDecimal`, `tooManyDecimals` or `overflow`.
    public init(decimal text: some StringProtocol, _ currency: Currency) throws(MoneyError) {
        let number = try DecimalText(text, maximumFractionDigits: currency.exponent)
        amount = try number.scaled(toFractionDigits: currency.exponent)
        self.currency = currency
    }

    /// The amount in major units with all digits of the currency: `12.34`, `-0.05`, `500`.
    public var decimalText: String { DecimalText.format(amount, fractionDigits: currency.exponent) }
}

extension Money: CustomStringConvertible {
    /// The decimal text and the currency: `12.34 USD`.
    public var description: String { decimalText + " " + currency.code }
}

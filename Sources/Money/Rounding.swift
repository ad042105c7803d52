/// What becomes of the part of an amount that is smaller than one minor unit.
@frozen
public enum Rounding: Hashable, Sendable, CaseIterable {
    /// To the nearest; halves away from zero (2.5 → 3, −2.5 → −3).
    case halfUp
    /// To the nearest; halves to the even neighbour (2.5 → 2, 3.5 → 4).
    case halfEven
    /// Towards zero (2.9 → 2, −2.9 → −2).
    case down
    /// Away from zero (2.1 → 3, −2.1 → −3).
    case up

    /// `dividend / divisor`, rounded. The divisor must be positive.
    @inlinable
    func divide<Number: FixedWidthInteger & SignedInteger>(_ dividend: Number, by divisor: Number) -> Number {
        assert(divisor > 0, "Rounding.divide needs a positive divisor")
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        if remainder == 0 { return quotient }
        let awayFromZero: Bool
        switch self {
        case .down: awayFromZero = false
        case .up: awayFromZero = true
        case .halfUp, .halfEven:
            // Comparing with the rest to the divisor avoids doubling, which could overflow.
            let distance = remainder.magnitude
            let rest = divisor.magnitude - distance
            if distance == rest {
                awayFromZero = self == .halfUp || quotient & 1 != 0
            } else {
                awayFromZero = distance > rest
            }
        }
        guard awayFromZero else { return quotient }
        return dividend < 0 ? quotient - 1 : quotient + 1
    }
}

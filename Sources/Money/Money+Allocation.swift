/// Dividing an amount without losing or making a minor unit.
extension Money {
    /// The amount divided in proportion to `ratios`, by the method of the largest remainder.
    ///
    /// Each part gets its exact share rounded towards zero; the minor units that are left go, one each, to the parts
    /// whose shares were cut most, the earlier one of equals first. The parts always add up to the amount, and the
    /// parts of a negative amount are the opposites of those of the positive one.
    ///
    /// Throws `invalidRatios`, or `overflow` when the ratios do not add up within 64 bits.
    ///
    ///     try Money(100, .usd).allocated(by: [1, 1, 1])  // 34, 33, 33
    public func allocated(by ratios: [Int64]) throws(MoneyError) -> [Money] {
        var total: Int64 = 0
        for ratio in ratios {
            guard ratio >= 0 else { throw .invalidRatios }
            let (sum, overflow) = total.addingReportingOverflow(ratio)
            guard !overflow else { throw .overflow }
            total = sum
        }
        guard total > 0 else { throw .invalidRatios }

        let divisor = UInt128(total)
        var shares: [UInt64] = []
        var remainders: [(place: Int, remainder: UInt128)] = []
        shares.reserveCapacity(ratios.count)
        remainders.reserveCapacity(ratios.count)
        var left = amount.magnitude
        for (place, ratio) in ratios.enumerated() {
            let product = UInt128(amount.magnitude) * UInt128(ratio.magnitude)
            let (share, remainder) = product.quotientAndRemainder(dividingBy: divisor)
            shares.append(UInt64(share))
            remainders.append((place, remainder))
            left -= UInt64(share)
        }
        assert(left < UInt64(ratios.count), "Largest remainder: fewer units are left than there are parts")
        remainders.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.place < $1.place }
        for (place, _) in remainders.prefix(Int(left)) { shares[place] += 1 }
        return shares.map { Money(withSign($0), currency) }
    }

    /// The amount divided in `count` parts that differ by at most one minor unit, the larger ones first.
    ///
    /// Throws `invalidRatios` when `count` is not positive.
    public func split(into count: Int) throws(MoneyError) -> [Money] {
        guard count > 0 else { throw .invalidRatios }
        let (share, left) = amount.magnitude.quotientAndRemainder(dividingBy: UInt64(count))
        return (0..<count).map { Money(withSign(UInt64($0) < left ? share + 1 : share), currency) }
    }

    /// `magnitude`, which is at most that of the amount, with the sign of the amount.
    private func withSign(_ magnitude: UInt64) -> Int64 {
        isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
    }
}

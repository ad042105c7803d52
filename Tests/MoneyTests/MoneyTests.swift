import Core
import Money
import Testing

@Suite("Money")
struct MoneyTests {
    @Test("sums, differences and opposites of one currency")
    func arithmetic() throws {
        let price = Money(12_34, .usd)
        #expect(try price.adding(Money(66, .usd)) == Money(13_00, .usd))
        #expect(try price.subtracting(Money(20_00, .usd)) == Money(-7_66, .usd))
        #expect(try price.negated() == Money(-12_34, .usd))
        #expect(try price.multiplied(by: 3) == Money(37_02, .usd))
        #expect(Money.zero(.jpy).isZero)
        #expect(Money(-1, .jpy).isNegative)
    }

    @Test("amounts of two currencies are never combined")
    func mismatch() {
        #expect(throws: MoneyError.currencyMismatch(.usd, .eur)) { try Money(1, .usd).adding(Money(1, .eur)) }
        #expect(throws: MoneyError.currencyMismatch(.jpy, .usd)) { try Money(1, .jpy).subtracting(Money(1, .usd)) }
    }

    @Test("what does not fit is refused")
    func overflow() {
        let highest = Money(.max, .usd)
        let lowest = Money(.min, .usd)
        #expect(throws: MoneyError.overflow) { try highest.adding(Money(1, .usd)) }
        #expect(throws: MoneyError.overflow) { try lowest.subtracting(Money(1, .usd)) }
        #expect(throws: MoneyError.overflow) { try lowest.negated() }
        #expect(throws: MoneyError.overflow) { try highest.multiplied(by: 2) }
        #expect(throws: MoneyError.overflow) { try highest.multiplied(by: Rate(basisPoints: 10_001), rounding: .down) }
    }

    @Test(
        "decimal text is shown with the digits of the currency, and read back",
        arguments: [
            (Money(12_34, .usd), "12.34 USD"), (Money(-5, .usd), "-0.05 USD"), (Money(0, .eur), "0.00 EUR"),
            (Money(500, .jpy), "500 JPY"), (Money(-1, .jpy), "-1 JPY"), (Money(1_001, .kwd), "1.001 KWD"),
            (Money(.min, .usd), "-92233720368547758.08 USD"), (Money(.max, .kwd), "9223372036854775.807 KWD"),
        ])
    func text(money: Money, text: String) throws {
        #expect(money.description == text)
        #expect(try Money(decimal: money.decimalText, money.currency) == money)
    }

    @Test("shorter decimal text is read too")
    func shortText() throws {
        #expect(try Money(decimal: "12", .usd) == Money(12_00, .usd))
        #expect(try Money(decimal: "12.3", .usd) == Money(12_30, .usd))
        #expect(try Money(decimal: "-0.3", .usd) == Money(-30, .usd))
        #expect(try Money(decimal: "007.00".dropFirst(), .usd) == Money(7_00, .usd))
    }

    @Test(
        "other text is refused",
        arguments: [
            ("", MoneyError.malformedDecimal), ("-", .malformedDecimal), (".5", .malformedDecimal),
            ("5.", .malformedDecimal), ("1.2.3", .malformedDecimal), ("1e3", .malformedDecimal),
            ("+1", .malformedDecimal), ("1-", .malformedDecimal), (" 1", .malformedDecimal), ("١", .malformedDecimal),
            ("1,00", .malformedDecimal), ("1.000", .tooManyDecimals(maximum: 2)),
            ("92233720368547758.08", .overflow), ("99999999999999999999", .overflow),
        ])
    func malformedText(text: String, error: MoneyError) {
        #expect(throws: error) { try Money(decimal: text, .usd) }
    }

    @Test("a currency without decimals refuses a point")
    func noDecimals() {
        #expect(throws: MoneyError.tooManyDecimals(maximum: 0)) { try Money(decimal: "5.0", .jpy) }
    }

    @Test("sums and differences undo each other", arguments: [1, 2, 3] as [UInt64])
    func sumsAndDifferences(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let first = Money(generator.edgeBiased(), .usd)
            let second = Money(generator.edgeBiased(), .usd)
            guard let sum = try? first.adding(second) else { continue }
            #expect(try sum.subtracting(second) == first, "seed \(seed): \(first) + \(second)")
            #expect(try second.adding(first) == sum, "seed \(seed): \(second) + \(first)")
        }
    }

    @Test("any amount of any currency survives its text", arguments: [4, 5] as [UInt64])
    func textRoundTrip(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let currency = Currency.all[generator.below(Currency.all.count)]
            let money = Money(generator.edgeBiased(), currency)
            #expect(try Money(decimal: money.decimalText, currency) == money, "seed \(seed): \(money)")
        }
    }
}

extension SeededGenerator {
    /// A number that is near a power of two or the ends of the range more often than chance would have it.
    func edgeBiased() -> Int64 {
        switch below(4) {
        case 0: [0, 1, -1, .max, .max - 1, .min, .min + 1][below(7)]
        case 1: Int64(truncatingIfNeeded: 1 << below(64)) &+ Int64(below(3)) &- 1
        case 2: Int64(bitPattern: next())
        default: Int64(below(2_000_000)) - 1_000_000
        }
    }
}

import Core
import Money
import Testing

@Suite("Rate")
struct RateTests {
    @Test("decimal text, basis points and parts per million are the same rate")
    func spellings() throws {
        let rate = try Rate(decimal: "0.029")
        #expect(rate == Rate(basisPoints: 290))
        #expect(rate == Rate(partsPerMillion: 29_000))
        #expect(rate == (try Rate(numerator: -58, denominator: -2_000)))
        #expect(rate.numerator == 29)
        #expect(rate.denominator == 1_000)
        #expect(try Rate(decimal: "-1.50") == Rate(numerator: -3, denominator: 2))
        #expect(try Rate(decimal: "0.0") == .zero)
    }

    @Test(
        "text shows the exact rate",
        arguments: [
            ("0.029", "0.029"), ("-1.50", "-1.5"), ("100", "100"), ("0", "0"),
            ("0.000000000000000001", "0.000000000000000001"),
        ])
    func description(decimal: String, text: String) throws {
        #expect(try Rate(decimal: decimal).description == text)
    }

    @Test("a rate without an end shows its fraction, or as many digits as asked for")
    func endless() throws {
        let third = try Rate(numerator: 1, denominator: 3)
        #expect(third.description == "1/3")
        #expect(try third.decimalText(fractionDigits: 4, rounding: .halfUp) == "0.3333")
        #expect(try third.inverted() == Rate(numerator: 3, denominator: 1))
        #expect(try Rate(numerator: 2, denominator: 3).decimalText(fractionDigits: 4, rounding: .halfUp) == "0.6667")
    }

    @Test("zero below the line is refused")
    func zeroDenominator() {
        #expect(throws: MoneyError.divisionByZero) { try Rate(numerator: 1, denominator: 0) }
        #expect(throws: MoneyError.divisionByZero) { try Rate.zero.inverted() }
        #expect(throws: MoneyError.overflow) { try Rate(numerator: .min, denominator: -1) }
        #expect(throws: MoneyError.overflow) { try Rate(numerator: 1, denominator: .min) }
        #expect(throws: MoneyError.tooManyDecimals(maximum: 18)) { try Rate(decimal: "0.0000000000000000001") }
    }

    @Test(
        "rounding of halves and others, on both sides of zero",
        arguments: [
            (Rounding.halfUp, [2, 3, 3, 4, 4], [-2, -3, -3, -4, -4]),
            (Rounding.halfEven, [2, 2, 3, 4, 4], [-2, -2, -3, -4, -4]),
            (Rounding.down, [2, 2, 2, 3, 4], [-2, -2, -2, -3, -4]),
            (Rounding.up, [3, 3, 3, 4, 4], [-3, -3, -3, -4, -4]),
        ] as [(Rounding, [Int64], [Int64])])
    func rounding(rounding: Rounding, positive: [Int64], negative: [Int64]) throws {
        // 2.4, 2.5, 2.6, 3.5, 4.0
        let tenth = try Rate(decimal: "0.1")
        let amounts: [Int64] = [24, 25, 26, 35, 40]
        #expect(try amounts.map { try tenth.applied(to: $0, rounding: rounding) } == positive)
        #expect(try amounts.map { try tenth.applied(to: -$0, rounding: rounding) } == negative)
    }

    @Test("the fee of 2.9 % on 10.00 is 0.29, and the intermediate product may be wider than 64 bits")
    func fee() throws {
        #expect(try Money(10_00, .usd).multiplied(by: Rate(decimal: "0.029"), rounding: .halfUp) == Money(29, .usd))
        #expect(try Rate(basisPoints: 9_999).applied(to: .max, rounding: .down) == 9_222_449_699_651_090_329)
        #expect(try Rate(basisPoints: 10_000).applied(to: .min, rounding: .up) == .min)
        #expect(throws: MoneyError.overflow) { try Rate(decimal: "-1").applied(to: .min, rounding: .down) }
    }

    @Test("rates are ordered by size")
    func order() throws {
        #expect(try Rate(numerator: 1, denominator: 3) < Rate(decimal: "0.34"))
        #expect(try Rate(decimal: "-0.5") < .zero)
        #expect(try Rate(decimal: "0.1").adding(Rate(decimal: "0.2")) == Rate(decimal: "0.3"))
    }

    @Test("every rounding lies within one unit of the exact result", arguments: [11, 12, 13] as [UInt64])
    func bounds(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let numerator = generator.edgeBiased()
            let denominator = generator.edgeBiased()
            let amount = generator.edgeBiased()
            guard let rate = try? Rate(numerator: numerator, denominator: denominator) else { continue }
            for rounding in Rounding.allCases {
                guard let result = try? rate.applied(to: amount, rounding: rounding) else { continue }
                let exact = Int128(amount) * Int128(rate.numerator)
                let error = Int128(result) * Int128(rate.denominator) - exact
                let comment: Comment = "seed \(seed): \(amount) × \(rate.numerator)/\(rate.denominator) \(rounding)"
                #expect(error.magnitude < UInt128(rate.denominator), comment)
                switch rounding {
                case .halfUp, .halfEven: #expect(error.magnitude * 2 <= UInt128(rate.denominator), comment)
                case .down: #expect(exact >= 0 ? error <= 0 : error >= 0, comment)
                case .up: #expect(exact >= 0 ? error >= 0 : error <= 0, comment)
                }
            }
        }
    }
}

@Suite("Conversion")
struct ConversionTests {
    private struct File: Decodable {
        struct Case: Decodable {
            let amount: String
            let source: String
            let target: String
            let unrounded: String
            let rates: [String: String]
        }
        let cases: [Case]
    }

    @Test("cross rates of the European Central Bank give the amounts of CurrencyConverter")
    func crossRates() throws {
        let file: File = try Vectors.json("conversions.json")
        #expect(file.cases.count >= 4)
        for item in file.cases {
            let source = try #require(Currency(code: item.source))
            let target = try #require(Currency(code: item.target))
            let perEuro = { (code: String) throws -> Rate in
                try item.rates[code].map { try Rate(decimal: $0) } ?? .one
            }
            let rate = try perEuro(item.target).divided(by: perEuro(item.source))
            let converted = try Money(decimal: item.amount, source).converted(to: target, at: rate, rounding: .down)
            #expect(item.unrounded.hasPrefix(converted.decimalText), "\(item.source) to \(item.target)")
        }
    }

    @Test("minor units of both currencies are accounted for")
    func minorUnits() throws {
        let rate = try Rate(decimal: "149.355")
        #expect(try Money(10_00, .usd).converted(to: .jpy, at: rate, rounding: .halfUp) == Money(1_494, .jpy))
        #expect(
            try Money(1_494, .jpy).converted(to: .usd, at: rate.inverted(), rounding: .halfUp) == Money(10_00, .usd))
        #expect(
            try Money(1_000, .jpy).converted(to: .kwd, at: Rate(decimal: "0.002"), rounding: .down)
                == Money(2_000, .kwd))
    }
}

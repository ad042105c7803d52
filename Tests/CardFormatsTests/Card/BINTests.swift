import CardFormats
import Core
import Foundation
import Testing

@Suite("Card numbers")
struct BINTests {
    private struct Brands: Decodable {
        struct Brand: Decodable {
            let name: String
            let patterns: [Pattern]
            let lengths: [Int]
            let cvcLength: Int
        }
        struct Pattern: Decodable {
            let low: Int
            let high: Int

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let ends = try? container.decode([Int].self) {
                    (low, high) = (ends[0], ends[1])
                } else {
                    low = try container.decode(Int.self)
                    high = low
                }
            }
        }
        let brands: [String: Brand]
    }

    private struct Cards: Decodable {
        struct Number: Decodable {
            let number: String
            let brand: String?
            let expect: String?
            let valid: Bool?
        }
        let brand: [Number]
        let edges: [Number]
        let luhn: [Number]
    }

    private static let names: [String: CardBrand] = [
        "visa": .visa, "mastercard": .mastercard, "american-express": .americanExpress, "discover": .discover,
        "diners-club": .diners, "jcb": .jcb, "unionpay": .unionpay,
    ]

    private func facts(_ number: String) -> BINFacts { BINTable.lookup(digits: Array(number.utf8)) }

    @Test("brands of published numbers, and both sides of the edges of ranges")
    func brands() throws {
        let cards: Cards = try Vectors.json("bin/cards.json")
        for card in cards.brand {
            let name = try #require(card.brand)
            #expect(facts(card.number).brand == Self.names[name], "\(card.number)")
        }
        for card in cards.edges {
            let expectation = try #require(card.expect)
            if expectation.hasPrefix("not ") {
                #expect(facts(card.number).brand != Self.names[String(expectation.dropFirst(4))], "\(card.number)")
            } else {
                #expect(facts(card.number).brand == Self.names[expectation], "\(card.number)")
            }
        }
    }

    @Test("every end of every range of the source has its brand, and so have its lengths")
    func rangeEnds() throws {
        let source: Brands = try Vectors.json("bin/brands.json")
        for (name, brand) in Self.names {
            let entry = try #require(source.brands[name])
            #expect(brand.displayName == entry.name)
            #expect(brand.numberLengths == entry.lengths)
            #expect(brand.verificationCodeLength == entry.cvcLength)
            for pattern in entry.patterns {
                for end in [pattern.low, pattern.high] {
                    for filling in ["0", "9"] {
                        let number = String((String(end) + String(repeating: filling, count: 16)).prefix(16))
                        #expect(facts(number).brand == brand, "\(number)")
                    }
                }
            }
        }
    }

    @Test("a brand never depends on where a longer range begins: naive search agrees", arguments: [7, 8] as [UInt64])
    func naiveSearch(seed: UInt64) throws {
        let source: Brands = try Vectors.json("bin/brands.json")
        let generator = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            let number = String(generator.below(900_000_000) + 100_000_000)
            var best = (digits: 0, brand: CardBrand.unknown)
            for (name, brand) in Self.names {
                for pattern in source.brands[name]?.patterns ?? [] {
                    let digits = String(pattern.low).count
                    guard let prefix = Int(number.prefix(digits)), digits > best.digits else { continue }
                    if pattern.low <= prefix, prefix <= pattern.high { best = (digits, brand) }
                }
            }
            #expect(facts(number).brand == best.brand, "seed \(seed): \(number)")
        }
    }

    @Test("Luhn's check digit")
    func luhn() throws {
        let cards: Cards = try Vectors.json("bin/cards.json")
        for card in cards.luhn {
            let digits = Array(card.number.utf8)
            #expect(Luhn.isValid(digits) == card.valid, "\(card.number)")
            #expect((Luhn.checkDigit(for: digits.dropLast()) == digits.last) == card.valid, "\(card.number)")
        }
        for text in ["", "0", "4242a", "42 42", "４２"] { #expect(!Luhn.isValid(Array(text.utf8)), "\(text)") }
        #expect(Luhn.checkDigit(for: [UInt8]()) == nil)
    }

    @Test(
        "test ranges say country and funding",
        arguments: [
            ("4242424242424242", CardBrand.visa, CardFunding.credit, "US"),
            ("4000000000000002", .visa, .credit, "US"), ("4000000760000002", .visa, .credit, "BR"),
            ("4000002500003155", .visa, .credit, "FR"), ("4000056655665556", .visa, .debit, "US"),
            ("4000058260000005", .visa, .debit, "GB"), ("4000009990000000", .visa, .credit, "US"),
            ("5555555555554444", .mastercard, .credit, "US"), ("5555558265554449", .mastercard, .credit, "GB"),
            ("5200828282828210", .mastercard, .debit, "US"), ("5105105105105100", .mastercard, .prepaid, "US"),
            ("5200007840000022", .mastercard, .credit, "AE"), ("3530111333300000", .jcb, .credit, "JP"),
            ("378282246310005", .americanExpress, .credit, "US"), ("40000007", .visa, .credit, "US"),
            ("400000", .visa, .credit, "US"), ("4", .visa, .credit, "US"), ("", .unknown, .credit, "US"),
            ("9999999999999999", .unknown, .credit, "US"), ("6304000000000000", .unknown, .credit, "US"),
            ("42a2424242424242", .visa, .credit, "US"),
        ])
    func testRanges(number: String, brand: CardBrand, funding: CardFunding, country: String) {
        #expect(facts(number) == BINTable.lookup(digits: Array(number.utf8)))
        #expect(facts(number).brand == brand)
        #expect(facts(number).funding == funding)
        #expect(facts(number).country == country)
        #expect(facts(number).issuer == nil)
    }

    @Test("countries are all those of ISO 3166-1")
    func countries() throws {
        let text = try String(contentsOf: Vectors.folder.appendingPathComponent("bin/iso3166.tab"), encoding: .utf8)
        let codes = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { String($0.prefix(2)) }
        #expect(codes.count == 249)
        #expect(CountryCode.all.sorted() == codes.sorted())
        for code in codes {
            let numeric = try #require(CountryCode.numeric(alpha2: code))
            #expect(CountryCode.alpha2(numeric: numeric) == code)
        }
        let known = ["US": 840, "BR": 76, "AF": 4, "GB": 826, "DE": 276, "ZM": 894, "TW": 158, "XK": nil]
        for (code, numeric) in known { #expect(CountryCode.numeric(alpha2: code) == numeric) }
        for number in [-1, 0, 999, 1_000, Int.max] { #expect(CountryCode.alpha2(numeric: number) == nil) }
    }
}

import Money
import Testing

@Suite("Currency")
struct CurrencyTests {
    private struct List: Decodable {
        struct Entry: Decodable {
            let numeric: String
            let minor: Int?
            let name: String
        }
        let currencies: [String: Entry]
    }

    @Test("the table has every currency of ISO 4217 with a minor unit, and no other")
    func tableIsComplete() throws {
        let list: List = try Vectors.json("iso4217.json")
        let payable = list.currencies.filter { $0.value.minor != nil }
        #expect(Currency.all.map(\.code) == payable.keys.sorted())
        for (code, entry) in payable {
            let currency = try #require(Currency(code: code))
            #expect(currency.code == code)
            #expect(currency.lowercased == code.lowercased())
            #expect(currency.numeric == entry.numeric)
            #expect(Int(currency.numericValue) == Int(entry.numeric))
            #expect(currency.exponent == entry.minor)
            #expect(currency.name == entry.name)
            #expect(Currency(numeric: Int(currency.numericValue)) == currency)
        }
    }

    @Test("units without a minor unit are no currencies", arguments: ["XAU", "XXX", "XTS", "XDR"])
    func metalsAreRefused(code: String) {
        #expect(Currency(code: code) == nil)
    }

    @Test("a code is read in either case", arguments: ["USD", "usd", "Usd", "uSD"])
    func eitherCase(code: String) {
        #expect(Currency(code: code) == .usd)
    }

    @Test("other texts are no codes", arguments: ["", "US", "USDD", "U$D", "UŠD", "840", "QQQ", "us\u{0}", "{[@"])
    func otherTexts(code: String) {
        #expect(Currency(code: code) == nil)
    }

    @Test("other numbers are no codes", arguments: [-1, 0, 1, 999, 1_000, Int.max, Int.min])
    func otherNumbers(numeric: Int) {
        #expect(Currency(numeric: numeric) == nil)
    }

    @Test("order is alphabetical, and a currency fits in one byte")
    func orderAndSize() {
        #expect(Currency.eur < Currency.usd)
        #expect(Currency.all == Currency.all.sorted { $0.code < $1.code })
        #expect(MemoryLayout<Currency>.size == 1)
    }

    @Test("minimum charges are those that Stripe publishes")
    func minimums() throws {
        let published: [(String, String)] = [
            ("usd", "0.50"), ("aed", "2.00"), ("aud", "0.50"), ("brl", "0.50"), ("cad", "0.50"), ("chf", "0.50"),
            ("czk", "15.00"), ("dkk", "2.50"), ("eur", "0.50"), ("gbp", "0.30"), ("hkd", "4.00"), ("huf", "175.00"),
            ("inr", "0.50"), ("jpy", "50"), ("mxn", "10"), ("myr", "2"), ("nok", "3.00"), ("nzd", "0.50"),
            ("pln", "2.00"), ("ron", "2.00"), ("sek", "3.00"), ("sgd", "0.50"), ("thb", "10"),
        ]
        for (code, text) in published {
            let currency = try #require(Currency(code: code))
            #expect(try Money(decimal: text, currency).amount == currency.minimumChargeAmount)
        }
        #expect(Currency.kwd.minimumChargeAmount == 1)
        #expect(Currency.all.filter { $0.minimumChargeAmount != 1 }.count == published.count)
    }
}

/// What the first digits of a card number say.
public struct BINFacts: Hashable, Sendable {
    /// The network.
    public let brand: CardBrand
    /// Where the money comes from.
    public let funding: CardFunding
    /// Where the card was issued, ISO 3166-1 alpha-2.
    public let country: String
    /// Who issued it, when known.
    public let issuer: String?
}

/// Bank identification numbers: which network, funding and country a card number belongs to.
///
/// Brands follow public prefixes. Funding and country of real cards are licensed data that Florin does not ship: a card
/// outside the test ranges counts as a credit card of the United States. The test ranges are those of Stripe's test
/// cards: 400000, then a country in three digits, is a Visa credit card of that country, 400005 a debit card, and so
/// on.
public enum BINTable {
    /// The facts of a card number in ASCII digits. The longest prefix that matches decides.
    ///
    /// Nine digits say everything the table knows; of fewer, the country of a test card may be missed.
    public static func lookup(digits: UnsafeRawBufferPointer) -> BINFacts {
        let prefixes = Prefixes(digits)
        let brand = brand(prefixes)
        guard let range = testRanges.first(where: { $0.prefix == prefixes.values[6] }) else {
            return BINFacts(brand: brand, funding: .credit, country: defaultCountry, issuer: nil)
        }
        var country = range.country
        if range.isFollowedByCountry, prefixes.count >= 9 {
            country = CountryCode.alpha2(numeric: prefixes.digitsSevenToNine) ?? range.country
        }
        return BINFacts(brand: brand, funding: range.funding, country: country, issuer: nil)
    }

    /// The facts of a card number in ASCII digits.
    public static func lookup(digits: [UInt8]) -> BINFacts {
        digits.withUnsafeBytes { lookup(digits: $0) }
    }

    private static let defaultCountry = "US"

    private static func brand(_ prefixes: Prefixes) -> CardBrand {
        var longest = 0
        var brand = CardBrand.unknown
        for range in brandPrefixes where range.digits > longest && range.digits <= prefixes.count {
            let value = prefixes.values[range.digits]
            if value >= range.low && value <= range.high { (longest, brand) = (range.digits, range.brand) }
        }
        return brand
    }

    private static let testRanges: [TestRange] = [
        TestRange(400_000, .credit, "US", isFollowedByCountry: true),
        TestRange(400_005, .debit, "US", isFollowedByCountry: true),
        TestRange(520_000, .credit, "US", isFollowedByCountry: true),
        TestRange(555_555, .credit, "US", isFollowedByCountry: true),
        TestRange(520_082, .debit, "US"),
        TestRange(510_510, .prepaid, "US"),
        TestRange(601_198, .debit, "US"),
        TestRange(353_011, .credit, "JP"),
    ]
}

/// A range of prefixes of one brand, compared on as many digits as its ends have.
struct BrandPrefix: Sendable {
    let low: Int
    let high: Int
    let digits: Int
    let brand: CardBrand

    init(_ low: Int, _ high: Int, _ brand: CardBrand) {
        digits = String(low).utf8.count
        precondition(
            low <= high && digits <= Prefixes.digitsMaximum && String(high).utf8.count == digits,
            "The ends of a range of prefixes have the same number of digits, at most \(Prefixes.digitsMaximum)")
        self.low = low
        self.high = high
        self.brand = brand
    }
}

/// Six digits by which a test card is known.
private struct TestRange {
    let prefix: Int
    let funding: CardFunding
    let country: String
    /// Whether the next three digits are a country, ISO 3166-1 numeric, that replaces `country`.
    let isFollowedByCountry: Bool

    init(_ prefix: Int, _ funding: CardFunding, _ country: String, isFollowedByCountry: Bool = false) {
        self.prefix = prefix
        self.funding = funding
        self.country = country
        self.isFollowedByCountry = isFollowedByCountry
    }
}

/// The numbers that the first one to six digits of a card number make, and the three after those.
private struct Prefixes {
    static let digitsMaximum = 6

    /// By the number of digits; -1 where the card number has not so many.
    private(set) var values: InlineArray<7, Int> = .init(repeating: -1)
    /// How many of the first nine characters are digits, until one is none.
    private(set) var count = 0
    private(set) var digitsSevenToNine = 0

    init(_ digits: UnsafeRawBufferPointer) {
        var value = 0
        for character in digits.prefix(9) {
            let digit = Int(character &- 0x30)
            guard digit <= 9 else { break }
            count += 1
            if count <= Self.digitsMaximum {
                value = value * 10 + digit
                values[count] = value
            } else {
                digitsSevenToNine = digitsSevenToNine * 10 + digit
            }
        }
    }
}

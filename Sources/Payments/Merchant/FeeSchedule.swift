import Core
public import Money

/// What a merchant pays for a card charge: a share of the amount and a fixed part.
public struct FeeSchedule: Hashable, Sendable {
    /// Share of a charge on a card of the merchant's own country, in parts per million: 29,000 is 2.9 %.
    public var domesticPartsPerMillion: Int64
    /// Share of a charge on a card of another country: 39,000 is 3.9 %.
    public var crossBorderPartsPerMillion: Int64
    /// Fixed part in hundredths of the currency's main unit: 30 is 0.30 USD; zero-decimal currencies take it as it is.
    public var fixedHundredths: Int64

    public init(domesticPartsPerMillion: Int64, crossBorderPartsPerMillion: Int64, fixedHundredths: Int64) {
        self.domesticPartsPerMillion = domesticPartsPerMillion
        self.crossBorderPartsPerMillion = crossBorderPartsPerMillion
        self.fixedHundredths = fixedHundredths
    }

    /// 2.9 % + 0.30, and 3.9 % + 0.30 across borders.
    public static let standard = FeeSchedule(
        domesticPartsPerMillion: 29_000, crossBorderPartsPerMillion: 39_000, fixedHundredths: 30)

    /// The fee on a captured amount, rounded half up to a minor unit and never above the amount.
    public func fee(on amount: Money, isCrossBorder: Bool) -> Int64 {
        let share = isCrossBorder ? crossBorderPartsPerMillion : domesticPartsPerMillion
        let proportional = (Int128(amount.amount) * Int128(share) + 500_000) / 1_000_000
        let total = proportional + Int128(fixedPart(in: amount.currency))
        return Int64(min(total, Int128(amount.amount)))
    }

    /// The fixed part in minor units of a currency.
    func fixedPart(in currency: Currency) -> Int64 {
        var part = fixedHundredths
        for _ in 2..<max(2, currency.exponent) { part *= 10 }
        return part
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            json.field("domestic_ppm", domesticPartsPerMillion)
            json.field("cross_border_ppm", crossBorderPartsPerMillion)
            json.field("fixed_hundredths", fixedHundredths)
        }
    }

    init(_ reader: DocumentReader?) throws(DocumentError) {
        guard let reader else { throw DocumentError(field: "fees") }
        domesticPartsPerMillion = reader.integer("domestic_ppm")
        crossBorderPartsPerMillion = reader.integer("cross_border_ppm")
        fixedHundredths = reader.integer("fixed_hundredths")
    }
}

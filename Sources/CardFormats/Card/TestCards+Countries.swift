/// One card for each country, and those of a country that are not Visa credit cards.
extension TestCards {
    static let countries: [TestCard] =
        [
            TestCard("4000058260000005", ["gb_debit"], .approve),
            TestCard("5555558265554449", ["gb_mastercard"], .approve),
            TestCard("5200007840000022", ["ae_mastercard"], .approve),
            TestCard("4000057640000008", ["th_debit"], .approve),
            TestCard("3530111333300000", ["jp_jcb"], .approve),
        ] + CountryCode.all.filter { $0 != "US" }.map { TestCard(number(of: $0), names(of: $0), .approve) }

    /// Stripe's number where it publishes one that does not follow the rule below.
    private static let published: [String: String] = [
        "AR": "4000000320000021", "DE": "4000002760000016", "GR": "4000003000000030", "MX": "4000004840008001",
        "PE": "4000006040000068", "PY": "4000006000000066",
    ]

    /// 400000, the country in three digits, six zeros and the check digit. Stripe's other country cards are made so
    /// too.
    private static func number(of country: String) -> String {
        if let number = published[country] { return number }
        guard let numeric = CountryCode.numeric(alpha2: country) else {
            preconditionFailure("CountryCode.all names \(country), of which it has no numeric code")
        }
        let digits = String(400_000_000 + numeric) + "000000"
        guard let checkDigit = Luhn.checkDigit(for: Array(digits.utf8)) else {
            preconditionFailure("\(digits) is not made of digits")
        }
        return digits + String(checkDigit - 0x30)
    }

    private static func names(of country: String) -> [String] {
        let name = country.lowercased()
        return country == "TH" ? [name, name + "_credit"] : [name]
    }
}

/// The currencies that code and tests name.
extension Currency {
    /// UAE Dirham, 2 decimal digits.
    public static let aed = named("AED")
    /// Argentine Peso, 2 decimal digits.
    public static let ars = named("ARS")
    /// Australian Dollar, 2 decimal digits.
    public static let aud = named("AUD")
    /// Bahraini Dinar, 3 decimal digits.
    public static let bhd = named("BHD")
    /// Brazilian Real, 2 decimal digits.
    public static let brl = named("BRL")
    /// Canadian Dollar, 2 decimal digits.
    public static let cad = named("CAD")
    /// Swiss Franc, 2 decimal digits.
    public static let chf = named("CHF")
    /// Chilean Peso, 0 decimal digits.
    public static let clp = named("CLP")
    /// Yuan Renminbi, 2 decimal digits.
    public static let cny = named("CNY")
    /// Czech Koruna, 2 decimal digits.
    public static let czk = named("CZK")
    /// Danish Krone, 2 decimal digits.
    public static let dkk = named("DKK")
    /// Euro, 2 decimal digits.
    public static let eur = named("EUR")
    /// Pound Sterling, 2 decimal digits.
    public static let gbp = named("GBP")
    /// Hong Kong Dollar, 2 decimal digits.
    public static let hkd = named("HKD")
    /// Forint, 2 decimal digits.
    public static let huf = named("HUF")
    /// Rupiah, 2 decimal digits.
    public static let idr = named("IDR")
    /// New Israeli Sheqel, 2 decimal digits.
    public static let ils = named("ILS")
    /// Indian Rupee, 2 decimal digits.
    public static let inr = named("INR")
    /// Yen, 0 decimal digits.
    public static let jpy = named("JPY")
    /// Won, 0 decimal digits.
    public static let krw = named("KRW")
    /// Kuwaiti Dinar, 3 decimal digits.
    public static let kwd = named("KWD")
    /// Mexican Peso, 2 decimal digits.
    public static let mxn = named("MXN")
    /// Malaysian Ringgit, 2 decimal digits.
    public static let myr = named("MYR")
    /// Norwegian Krone, 2 decimal digits.
    public static let nok = named("NOK")
    /// New Zealand Dollar, 2 decimal digits.
    public static let nzd = named("NZD")
    /// Philippine Peso, 2 decimal digits.
    public static let php = named("PHP")
    /// Zloty, 2 decimal digits.
    public static let pln = named("PLN")
    /// Romanian Leu, 2 decimal digits.
    public static let ron = named("RON")
    /// Saudi Riyal, 2 decimal digits.
    public static let sar = named("SAR")
    /// Swedish Krona, 2 decimal digits.
    public static let sek = named("SEK")
    /// Singapore Dollar, 2 decimal digits.
    public static let sgd = named("SGD")
    /// Baht, 2 decimal digits.
    public static let thb = named("THB")
    /// Turkish Lira, 2 decimal digits.
    public static let `try` = named("TRY")
    /// New Taiwan Dollar, 2 decimal digits.
    public static let twd = named("TWD")
    /// US Dollar, 2 decimal digits.
    public static let usd = named("USD")
    /// Dong, 0 decimal digits.
    public static let vnd = named("VND")
    /// Rand, 2 decimal digits.
    public static let zar = named("ZAR")

    private static func named(_ code: String) -> Currency {
        guard let currency = Currency(code: code) else {
            preconditionFailure("Currency+Names.swift names \(code), which CurrencyTable does not have")
        }
        return currency
    }
}

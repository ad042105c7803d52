/// The smallest charge in each currency.
extension Currency {
    /// The smallest amount that can be charged, in minor units.
    ///
    /// Source: the table "minimum charge amounts" in Stripe's documentation (docs.stripe.com/currencies). Where it has
    /// no line, Stripe asks for about 0.50 USD in value, which needs an exchange rate: here one minor unit is the
    /// minimum. The line for BGN, 1.00, has no use any more: that currency left ISO 4217 on 2026-01-01.
    public var minimumChargeAmount: Int64 { ChargeMinimums.amounts[Int(index)] }
}

private enum ChargeMinimums {
    /// Minor units, by the place of the currency in the table.
    static let amounts: [Int64] = {
        var amounts = [Int64](repeating: 1, count: CurrencyTable.rows.count)
        for (currency, amount) in published { amounts[Int(currency.index)] = amount }
        return amounts
    }()

    private static let published: [(Currency, Int64)] = [
        (.aed, 200),
        (.aud, 50),
        (.brl, 50),
        (.cad, 50),
        (.chf, 50),
        (.czk, 15_00),
        (.dkk, 2_50),
        (.eur, 50),
        (.gbp, 30),
        (.hkd, 4_00),
        (.huf, 175_00),
        (.inr, 50),
        (.jpy, 50),
        (.mxn, 10_00),
        (.myr, 2_00),
        (.nok, 3_00),
        (.nzd, 50),
        (.pln, 2_00),
        (.ron, 2_00),
        (.sek, 3_00),
        (.sgd, 50),
        (.thb, 10_00),
        (.usd, 50),
    ]
}

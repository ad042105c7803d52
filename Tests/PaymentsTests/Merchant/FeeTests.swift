import Money
import Payments
import Storage
import Testing

@Suite("Fees")
struct FeeTests {
    @Test(
        "are a share and a fixed part, rounded half up, and never more than the amount",
        arguments: [
            // amount, currency, across borders, fee
            (Int64(10_00), "USD", false, Int64(59)),
            (10_00, "USD", true, 69),
            (100_00, "EUR", false, 3_20),
            (99_999_999, "USD", false, 2_900_030),
            (50, "USD", false, 31),  // 1.45 → 1
            (5_00, "USD", false, 45),  // 14.50 → 15
            (4_99, "USD", false, 44),  // 14.47 → 14
            (15_52, "USD", false, 75),  // 45.008 → 45
            (15_51, "USD", false, 75),  // 44.979 → 45
            (29, "USD", false, 29),  // 0.841 + 30, but no more than there is
            (31, "USD", false, 31),
            (32, "USD", false, 31),
            (1, "USD", true, 1),
            (1_000, "JPY", false, 59),  // 29 yen and 30 yen
            (1_000, "JPY", true, 69),
            (50, "JPY", false, 31),
            (1_000, "KWD", false, 329),  // a dinar has a thousand fils: 29 and 300
            (10_000, "KWD", false, 590),
            (10_000, "KWD", true, 690),
            (200, "KWD", false, 200),
            (100_000, "CLF", false, 5_900),  // four digits: 2,900 and 3,000
        ])
    func standard(amount: Int64, currency: String, isCrossBorder: Bool, expected: Int64) {
        #expect(FeeSchedule.standard.fee(on: Money(amount, known(currency)), isCrossBorder: isCrossBorder) == expected)
    }

    @Test("of a schedule without anything are nothing")
    func free() {
        let free = FeeSchedule(domesticPartsPerMillion: 0, crossBorderPartsPerMillion: 0, fixedHundredths: 0)
        #expect(free.fee(on: Money(10_00, .usd), isCrossBorder: true) == 0)
    }

    @Test("stay within the amount whatever it is, also where the share does not fit into 64 bits")
    func bounds() {
        let dear = FeeSchedule(
            domesticPartsPerMillion: 1_000_000, crossBorderPartsPerMillion: .max, fixedHundredths: 1_000)
        for amount in [Int64(1), 999, 99_999_999, .max] {
            #expect(dear.fee(on: Money(amount, .usd), isCrossBorder: false) == amount)
            #expect(dear.fee(on: Money(amount, .usd), isCrossBorder: true) == amount)
        }
    }

    @Test("grow with the amount")
    func monotonic() {
        var last: Int64 = 0
        for amount in Int64(1)...2_000 {
            let fee = FeeSchedule.standard.fee(on: Money(amount, .usd), isCrossBorder: false)
            #expect(fee >= last && fee <= amount)
            last = fee
        }
    }

    @Test("a free merchant's charge has one posting")
    func freeCharge() {
        var merchant = Fixture.merchant()
        merchant.fees = FeeSchedule(domesticPartsPerMillion: 0, crossBorderPartsPerMillion: 0, fixedHundredths: 0)
        let (_, change) = AttemptDecision.settle(
            Fixture.attempt(), .approved, risk: .normal, fundsAtOnce: true, Fixture.context(merchant))
        #expect(change.moves == ["charge: clearing/card → available 1000"])
    }
}

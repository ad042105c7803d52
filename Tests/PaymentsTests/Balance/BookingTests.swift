import Core
import Ledger
import Money
import Payments
import Testing

@Suite("Accounts of card payments")
struct BookingTests {
    @Test(
        "pending funds lie on an account of their day, in UTC",
        arguments: [
            (Int64(0), "pending/1970-01-01"),
            (1_790_000_000, "pending/2026-09-21"),
            (1_790_035_199, "pending/2026-09-21"),
            (1_790_035_200, "pending/2026-09-22"),
            (1_798_761_599, "pending/2026-12-31"),
            (1_798_761_600, "pending/2027-01-01"),
            (1_835_395_200, "pending/2028-02-29"),
            (253_402_300_799, "pending/9999-12-31"),
        ])
    func pending(seconds: Int64, name: String) {
        let account = Booking.pending(until: Timestamp(seconds: seconds))
        #expect(account.text == name)
        #expect(account.isValid)
    }

    @Test("later days sort behind earlier ones, so what is due is a range of names")
    func order() {
        let names = (0..<800).map { Booking.pending(until: now.adding(days: $0)).text }
        #expect(names == names.sorted())
        #expect(names.allSatisfy { $0.hasPrefix(Booking.pendingPrefix) })
    }

    @Test("the names may be names of accounts, and only what is held has a floor")
    func names() {
        for name in [Booking.clearing, Booking.available, Booking.fees, Booking.authorised] {
            #expect(name.isValid)
            #expect(FloorPolicy.floor(for: name) == nil)
        }
        #expect(FloorPolicy.floor(for: Booking.authorised.held) == 0)
        #expect(FloorPolicy.floor(for: Booking.pending(until: now)) == nil)
    }

    @Test("funds whose day has come move as a whole to what is available")
    func mature() throws {
        let key = AccountKey(book: BookKey(7), currency: .eur, name: "pending/2026-09-21")
        let account = Account(key: key, identifier: 3, balance: 12_34, floor: nil, lastSequence: 9)
        let transaction = Booking.mature(account, id: LedgerTransactionID("ltx_1"), at: now)
        #expect(
            transaction
                == Transaction(
                    id: "ltx_1", book: BookKey(7), kind: "maturity", reference: "pending/2026-09-21", effectiveAt: now,
                    postings: [Posting(currency: .eur, source: key.name, destination: Booking.available, amount: 12_34)]
                ))
    }
}

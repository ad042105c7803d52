import Core
import Money
import Payments
import Testing

@Suite("Cards and the network's view")
struct CardTests {
    @Test(
        "a verification code has three or four digits",
        arguments: [
            ("123", true), ("1234", true), ("000", true), ("12", false), ("12345", false), ("", false), ("12a", false),
            (" 123", false), ("١٢٣", false),
        ])
    func code(text: String, isCode: Bool) {
        #expect((CardVerificationCode(text) != nil) == isCode)
    }

    @Test("a verification code shows itself nowhere")
    func codeIsMute() throws {
        let code = try #require(CardVerificationCode("987"))
        var dumped = ""
        dump(code, to: &dumped)
        for text in ["\(code)", String(reflecting: code), String(describing: Optional(code)), dumped] {
            #expect(!text.contains("9") && !text.contains("57"), "\(text)")
        }
    }

    @Test("an advice is named for its object, its operation and its reference, so each has one row")
    func adviceNames() {
        func name(_ operation: CardRequest.Operation, refund: RefundID?) -> String {
            NetworkAdvice(
                merchant: shop, operation: operation, reference: Fixture.reference, charge: ChargeID("ch_1"),
                refund: refund, amount: Money(1, .usd), dueAt: now
            ).idText
        }
        #expect(name(.capture, refund: nil) == "ch_1:capture:626414000001")
        #expect(name(.reversal, refund: nil) == "ch_1:reversal:626414000001")
        #expect(name(.refund, refund: RefundID("re_1")) == "re_1:refund:626414000001")
    }

    @Test("the network knows a merchant by at most fifteen characters")
    func acceptor() {
        let acceptor = Fixture.merchant().acceptor
        #expect(
            acceptor
                == CardAcceptor(
                    merchantIdentifier: "A2B3C4D5E6F7G8H", name: "TESTSHOP", city: "Berlin", country: "US",
                    categoryCode: "5734"))
    }

    @Test("billing details take over what is said, and keep the rest")
    func merge() {
        var billing = Full.billing
        billing.merge(BillingDetails(email: "new@example.com"))
        #expect(billing.email == "new@example.com")
        #expect(billing.name == "Ann")
        #expect(billing.address == Full.address)
        billing.merge(BillingDetails(address: Address(city: "Paris")))
        #expect(billing.address == Address(city: "Paris"), "an address is replaced whole")
    }

    @Test("lines of a balance add up")
    func net() {
        #expect(Full.balanceTransaction.fee == 56)
        #expect(Full.balanceTransaction.net == -61)
    }
}

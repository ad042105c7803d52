import Core
import Money
import Payments
import Testing
import Vault

@testable import Platform

@Suite("Taking a card in")
struct CardIntakeTests {
    private let number = "4242424242424242"
    private let amex = "378282246310005"

    @Test("checks the month, the year and the code's length")
    func checks() async throws {
        let world = try await World()
        // The clock stands at 2026-09-21.
        let rows: [(RawCard, String?)] = [
            (try Ask.card(month: 9, year: 2026), nil),
            (try Ask.card(month: 8, year: 2026), "invalidCard expiryMonth"),
            (try Ask.card(month: 12, year: 2025), "invalidCard expiryYear"),
            (try Ask.card(month: 1, year: 2027), nil),
            (try Ask.card(month: 1, year: 2076), nil),
            (try Ask.card(month: 1, year: 2077), "invalidCard expiryYear"),
            (try Ask.card(month: 0, year: 1999), "invalidCard expiryMonth"),
            (try Ask.card(month: 13, year: 2027), "invalidCard expiryMonth"),
            (try Ask.card(month: 1, year: 26), "invalidCard expiryYear"),
            (try Ask.card(cvc: nil), nil),
            (try Ask.card(cvc: "1234"), "invalidCard cvc"),
            (try Ask.card(amex, cvc: "1234"), nil),
            (try Ask.card(amex, cvc: "123"), nil),
        ]
        for (card, expected) in rows {
            #expect(await refusal { _ = try await world.makeMethod(.raw(card)) } == expected)
        }
        await world.close()
    }

    @Test("keeps what may be known of it, and the number in the vault only")
    func card() async throws {
        let world = try await World()
        let method = try await world.makeMethod(.raw(try Ask.card(amex, cvc: "1234")))
        #expect(method.card.brand == "amex")
        #expect(method.card.last4 == "0005")
        #expect(method.card.bin8 == "378282", "of fifteen digits only six may be shown with the last four")
        #expect(method.customer == nil)
        let digits = try await world.vault.reveal(
            method.card.vaultToken.text, for: world.merchant.merchant, purpose: .authorisation
        ) { String(decoding: $0, as: UTF8.self) }
        #expect(digits == amex)
        let again = try await world.makeMethod(.raw(try Ask.card(amex, cvc: "1234")))
        #expect(again.card.fingerprint == method.card.fingerprint)
        #expect(again.card.vaultToken != method.card.vaultToken)
        await world.close()
    }

    @Test("knows test cards by the names of their tokens and methods")
    func testCards() async throws {
        let world = try await World()
        let byName = try await world.makeMethod(.testCard("pm_card_visa", parameter: "payment_method"))
        let byToken = try await world.makeMethod(.token("tok_visa", parameter: "source"))
        #expect(byName.card.last4 == "4242")
        #expect(byName.card.fingerprint == byToken.card.fingerprint)
        #expect(byName.card.expiryYear == 2028)
        #expect(Platform.isTestCardName("pm_card_visa"))
        #expect(!Platform.isTestCardName("pm_1234"))
        await world.close()
    }

    @Test("attaching asks the issuer with an amount of nothing, and keeps the checks")
    func attach() async throws {
        let world = try await World(.approved)
        let customer = try await world.makeCustomer()
        let method = try await world.makeMethod()
        _ = try await world.platform.attachMethod(
            Ask.existing(method), to: customer.id, world.context(), reply: { render($0) })
        let request = try #require(await world.rail.requests.first)
        #expect(request.operation == .authorisation)
        #expect(request.amount.isZero)
        #expect(request.card.cvc?.digits == Array("123".utf8))
        let attached = try await world.stored(PaymentMethod.self, method.id.text)
        #expect(attached.customer == customer.id)
        #expect(attached.card.checks.cvc == .pass)
        await world.close()
    }

    @Test(
        "attaching a card that the issuer refuses is refused; one that nobody could check is kept",
        arguments: [
            (CardOutcome.declined, "cardRefused card_declined"), (.silent, nil), (.notSent(.noConnection), nil),
        ] as [(CardOutcome, String?)])
    func attachOutcomes(outcome: CardOutcome, expected: String?) async throws {
        let world = try await World(outcome)
        let customer = try await world.makeCustomer()
        let method = try await world.makeMethod()
        let refused = await refusal {
            _ = try await world.platform.attachMethod(
                Ask.existing(method), to: customer.id, world.context(), reply: { render($0) })
        }
        #expect(refused == expected)
        let stored = try await world.stored(PaymentMethod.self, method.id.text)
        #expect(stored.customer == (expected == nil ? customer.id : nil))
        await world.close()
    }

    @Test("detaching spends a method, and only an attached one can be detached")
    func detach() async throws {
        let world = try await World(.approved)
        let customer = try await world.makeCustomer()
        let method = try await world.makeMethod()
        func detach() async -> String? {
            await refusal {
                _ = try await world.platform.detachMethod(method.id, world.context(), reply: { render($0) })
            }
        }
        #expect(await detach() == "paymentMethodNotAttached")
        _ = try await world.platform.attachMethod(
            Ask.existing(method), to: customer.id, world.context(), reply: { render($0) })
        #expect(await detach() == nil)
        #expect(await refusal { try await world.pay(with: Ask.existing(method)) } == "paymentMethodSpent")
        await world.close()
    }

    @Test("a customer that is deleted lets its methods go, and is not found any more")
    func deleteCustomer() async throws {
        let world = try await World(.approved)
        let customer = try await world.makeCustomer()
        let method = try await world.makeMethod()
        _ = try await world.platform.attachMethod(
            Ask.existing(method), to: customer.id, world.context(), reply: { render($0) })
        func delete() async -> String? {
            await refusal {
                _ = try await world.platform.deleteCustomer(customer.id, world.context(), reply: { render($0) })
            }
        }
        #expect(await delete() == nil)
        #expect(await delete() == "noSuch customer \(customer.id) id")
        let stored = try await world.stored(PaymentMethod.self, method.id.text)
        #expect(stored.customer == nil && stored.isSpent)
        #expect(try await world.stored(Customer.self, customer.id.text).isDeleted)
        await world.close()
    }
}

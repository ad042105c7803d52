import Core
import Money
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Commands on intents")
struct IntentTests {
    private func create(
        _ world: World, _ command: NewIntent, _ method: PaymentMethodChoice?, confirm: Bool = true
    ) async -> String? {
        await refusal {
            _ = try await world.platform.createIntent(
                command, method: method, confirmation: confirm ? Confirmation(method: nil) : nil, world.context(),
                reply: { render($0) })
        }
    }

    @Test("create: is refused in the order of precedence, and nothing is written or sent")
    func refusals() async throws {
        let world = try await World()
        let customer = try await world.makeCustomer()
        let gone = try await world.makeCustomer()
        _ = try await world.platform.deleteCustomer(gone.id, world.context(), reply: { render($0) })
        let commits = world.store.statistics.changes
        var withCustomer = Ask.intent()
        withCustomer.customer = CustomerID("cus_no")
        var withGone = Ask.intent(Money(1, .usd))
        withGone.customer = gone.id
        var automatic = Ask.intent()
        automatic.automaticPaymentMethods = .init(allowRedirects: "always")
        let unknown = PaymentMethodChoice.existing(PaymentMethodID("pm_no"), parameter: "payment_method")
        let rows: [(NewIntent, PaymentMethodChoice?, String?)] = [
            (withCustomer, nil, "noSuch customer cus_no customer"),
            (withGone, nil, "noSuch customer \(gone.id) customer"),
            (Ask.intent(Money(1, .usd)), unknown, "amountTooSmall"),
            (Ask.intent(Money(100_000_000, .usd)), unknown, "amountTooLarge"),
            (Ask.intent(), unknown, "noSuch payment_method pm_no payment_method"),
            (Ask.intent(), nil, "missingPaymentMethod"),
            (Ask.intent(), Ask.newMethod(.token("tok_none", parameter: "t")), "noSuch token tok_none t"),
            (
                Ask.intent(), Ask.newMethod(.testCard("pm_card_none", parameter: "p")),
                "noSuch payment_method pm_card_none p"
            ),
            (automatic, try Ask.typedCard(), "returnURLRequired"),
        ]
        for (command, method, expected) in rows { #expect(await create(world, command, method) == expected) }
        #expect(world.store.statistics.changes == commits)
        #expect(await world.rail.requests.isEmpty)
        #expect(customer.isDeleted == false)
        await world.close()
    }

    @Test("create: a method that was spent, or is another customer's, is refused")
    func methods() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        let (owner, other) = (try await world.makeCustomer(), try await world.makeCustomer())
        let saved = try await world.makeMethod()
        _ = try await world.platform.attachMethod(
            Ask.existing(saved), to: owner.id, world.context(), reply: { render($0) })
        var command = Ask.intent()
        #expect(await create(world, command, Ask.existing(saved)) == "paymentMethodOfAnotherCustomer")
        command.customer = other.id
        #expect(await create(world, command, Ask.existing(saved)) == "paymentMethodOfAnotherCustomer")
        command.customer = owner.id
        for _ in 1...2 { #expect(await create(world, command, Ask.existing(saved)) == nil) }
        let onFile = try #require(await world.rail.requests.last)
        #expect(onFile.card.isOnFile)

        let oneTime = try await world.makeMethod()
        #expect(await create(world, Ask.intent(), Ask.existing(oneTime)) == nil)
        #expect(await create(world, Ask.intent(), Ask.existing(oneTime)) == "paymentMethodSpent")
        #expect(await create(world, Ask.intent(), Ask.existing(oneTime), confirm: false) == "paymentMethodSpent")
        await world.close()
    }

    @Test("create: with future use attaches the method to the customer, and keeps the checks")
    func futureUse() async throws {
        let world = try await World(.approved, .approved)
        let customer = try await world.makeCustomer()
        var command = Ask.intent()
        command.customer = customer.id
        command.setupFutureUsage = "off_session"
        try await world.pay(command)
        let method = try #require(try await world.all(PaymentMethod.self).first)
        #expect(method.customer == customer.id)
        #expect(!method.isSpent)
        #expect(method.card.checks.cvc == .pass)
        #expect(try await world.events().contains { $0.type == "payment_method.attached" })
        command.setupFutureUsage = nil
        #expect(try await world.pay(command, with: Ask.existing(method)).line == "200 succeeded")
        await world.close()
    }

    @Test("confirm: uses the code that was typed in with the method, once")
    func code() async throws {
        let world = try await World(.declined, .approved)
        let intent = try await world.openIntent()
        let method = try #require(intent.paymentMethod)
        for _ in 1...2 {
            _ = try await world.platform.confirmIntent(
                intent.id, Confirmation(method: .existing(method, parameter: "payment_method")), world.context(),
                reply: { render($0) })
        }
        let requests = await world.rail.requests
        #expect(requests.map { $0.card.cvc?.digits } == [Array("123".utf8), nil])
        await world.close()
    }

    @Test("confirm: without a method, of an intent that is not there, hidden or not open is refused")
    func confirmRefusals() async throws {
        let world = try await World(.approved, .approved)
        func confirm(_ id: String) async -> String? {
            await refusal {
                _ = try await world.platform.confirmIntent(
                    PaymentIntentID(id), Confirmation(method: nil), world.context(), reply: { render($0) })
            }
        }
        #expect(await confirm("pi_no") == "noSuch payment_intent pi_no intent")
        var hidden = Ask.intent()
        hidden.isHidden = true
        let hiddenID = try await world.pay(hidden).id
        #expect(await confirm(hiddenID) == "noSuch payment_intent \(hiddenID) intent")
        let bare = try await world.platform.createIntent(
            Ask.intent(), method: nil, confirmation: nil, world.context(), reply: { render($0) })
        #expect(bare.line == "200 requires_payment_method")
        #expect(await confirm(bare.id) == "missingPaymentMethod")
        let paid = try await world.pay()
        #expect(await confirm(paid.id) == "unexpectedState succeeded confirm")
        await world.close()
    }

    @Test("update: replaces the method, clears the last error, and is held to the state")
    func update() async throws {
        let world = try await World(.declined, .approved)
        let reply = try await world.pay()
        #expect(try await world.intent(reply).lastError != nil)
        var update = IntentUpdate()
        update.amount = 20_00
        let updated = try await world.platform.updateIntent(
            PaymentIntentID(reply.id), update, method: try Ask.typedCard(), world.context(), reply: { render($0) })
        #expect(updated.line == "200 requires_confirmation")
        #expect(try await world.intent(reply).lastError == nil)
        _ = try await world.platform.confirmIntent(
            PaymentIntentID(reply.id), Confirmation(method: nil), world.context(), reply: { render($0) })
        #expect(await world.rail.lines.last == "purchase 20.00 USD")
        let refused = await refusal {
            _ = try await world.platform.updateIntent(
                PaymentIntentID(reply.id), update, method: nil, world.context(), reply: { render($0) })
        }
        #expect(refused == "unexpectedState succeeded update")
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("tokens: pay once, and say so afterwards")
    func tokens() async throws {
        let world = try await World(.approved)
        let token = try await world.platform.createToken(
            try Ask.card(), BillingDetails(name: "Ann"), world.context(), reply: { render($0) }
        ).id
        let source = Ask.newMethod(.token(token, parameter: "source"))
        let reply = try await world.pay(with: source)
        #expect(try await world.charge(of: reply).billingDetails.name == "Ann")
        #expect(try await world.stored(CardToken.self, token).isUsed)
        #expect(await create(world, Ask.intent(), source) == "tokenAlreadyUsed")
        await world.close()
    }

    @Test("tokens: used by many requests at once pay once, and the others are refused in the platform's words")
    func tokenRace() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        let token = try await world.platform.createToken(
            try Ask.card(), BillingDetails(), world.context(), reply: { render($0) }
        ).id
        let source = Ask.newMethod(.token(token, parameter: "source"))
        let results = await withTaskGroup(of: String.self) { group in
            for _ in 0..<12 { group.addTask { await create(world, Ask.intent(), source) ?? "paid" } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 == "paid" }.count == 1)
        #expect(await world.rail.requests.count == 1)
        #expect(Set(results) == ["paid", "tokenAlreadyUsed"])
        #expect(try await world.findings().isEmpty)
        await world.close()
    }
}

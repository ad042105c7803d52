import Core
import Money
import Payments
import Storage
import Testing

@Suite("Deciding on an intent")
struct IntentDecisionTests {
    typealias Status = PaymentIntent.Status

    // MARK: Create

    private func newIntent(_ amount: Money) -> NewIntent {
        NewIntent(amount: amount, captureMethod: .automatic, paymentMethodTypes: ["card"], automaticPaymentMethods: nil)
    }

    @Test(
        "create: the smallest and the largest amount are what can be charged",
        arguments: [
            (Int64(50), "USD", nil),
            (49, "USD", "amountTooSmall 0.50 USD"),
            (0, "USD", "amountTooSmall 0.50 USD"),
            (-100, "USD", "amountTooSmall 0.50 USD"),
            (99_999_999, "USD", nil),
            (100_000_000, "USD", "amountTooLarge"),
            (.max, "USD", "amountTooLarge"),
            (.min, "USD", "amountTooSmall 0.50 USD"),
            (49, "JPY", "amountTooSmall 50 JPY"),
            (50, "JPY", nil),
            (17_500, "HUF", nil),
            (17_499, "HUF", "amountTooSmall 175.00 HUF"),
            (1, "KWD", nil),
            (0, "KWD", "amountTooSmall 0.001 KWD"),
        ] as [(Int64, String, String?)])
    func amounts(amount: Int64, currency: String, expected: String?) {
        let money = Money(amount, known(currency))
        #expect(
            refusal { () throws(PaymentRefusal) in
                try IntentDecision.create(newIntent(money), paymentMethod: nil, Fixture.context())
            } == expected)
    }

    @Test("create: waits for a method, or with one for its confirmation; and keeps what was asked")
    func create() throws {
        var command = NewIntent(
            amount: Money(20_00, .eur), captureMethod: .manual, paymentMethodTypes: [],
            automaticPaymentMethods: .init(allowRedirects: "never"))
        command.confirmationMethod = "manual"
        command.customer = CustomerID("cus_1")
        command.description = "Order 7"
        command.metadata.set("order", "7")
        command.receiptEmail = "a@example.com"
        command.setupFutureUsage = "off_session"
        command.shipping = Shipping(
            address: Address(city: "Ghent"), name: "A", phone: nil, carrier: nil, trackingNumber: nil)
        command.statementDescriptor = "SHOP"
        command.statementDescriptorSuffix = "7"
        command.transferGroup = "g"
        command.isHidden = true
        let intent = try IntentDecision.create(command, paymentMethod: PaymentMethodID("pm_9"), Fixture.context())
        var expected = PaymentIntent(
            merchant: shop, id: intent.id, createdAt: now, amount: Money(20_00, .eur), captureMethod: .manual,
            clientSecret: intent.clientSecret, paymentMethodTypes: [],
            automaticPaymentMethods: .init(allowRedirects: "never"))
        expected.status = .requiresConfirmation
        expected.paymentMethod = PaymentMethodID("pm_9")
        expected.confirmationMethod = "manual"
        expected.customer = command.customer
        expected.description = command.description
        expected.metadata = command.metadata
        expected.receiptEmail = command.receiptEmail
        expected.setupFutureUsage = command.setupFutureUsage
        expected.shipping = command.shipping
        expected.statementDescriptor = command.statementDescriptor
        expected.statementDescriptorSuffix = command.statementDescriptorSuffix
        expected.transferGroup = command.transferGroup
        expected.isHidden = true
        #expect(intent == expected)
        #expect(intent.clientSecret.utf8.count == 24)
        #expect(IdentifierText.time(of: intent.id.text) == now)
        let bare = try IntentDecision.create(newIntent(Money(1_00, .usd)), paymentMethod: nil, Fixture.context())
        #expect(bare.status == .requiresPaymentMethod)
    }

    // MARK: Update

    private func update(
        _ status: Status, method: PaymentMethodID? = nil, _ change: (inout IntentUpdate) -> Void
    ) throws(PaymentRefusal) -> PaymentIntent {
        var update = IntentUpdate()
        change(&update)
        return try IntentDecision.update(
            Fixture.intent(status: status), update, paymentMethod: method, Fixture.context()
        ).0
    }

    private static let terms: [@Sendable (inout IntentUpdate) -> Void] = [
        { $0.amount = 20_00 }, { $0.currency = .eur }, { $0.customer = .some(nil) },
        { $0.paymentMethodTypes = ["card"] }, { $0.captureMethod = .manual }, { $0.setupFutureUsage = .some(nil) },
    ]
    private static let texts: [@Sendable (inout IntentUpdate) -> Void] = [
        { _ in }, { $0.description = "d" }, { $0.metadata = .clear }, { $0.receiptEmail = "e" },
        { $0.shipping = .some(nil) },
        { $0.statementDescriptor = "S" }, { $0.statementDescriptorSuffix = "s" }, { $0.transferGroup = "g" },
    ]

    @Test("update: the terms change while it is open, the texts always", arguments: Status.allCases)
    func updateStates(status: Status) {
        let isOpen = status == .requiresPaymentMethod || status == .requiresConfirmation
        let expected = isOpen ? nil : "unexpectedState \(status.rawValue) update"
        for term in Self.terms {
            #expect(refusal { () throws(PaymentRefusal) in try update(status, term) } == expected)
        }
        for text in Self.texts {
            #expect(refusal { () throws(PaymentRefusal) in try update(status, text) } == nil)
        }
        let method = PaymentMethodID("pm_2")
        #expect(refusal { () throws(PaymentRefusal) in try update(status, method: method) { _ in } } == expected)
    }

    @Test("update: the state is refused before the amount, and the amount before the metadata")
    func updatePrecedence() {
        let many = (0...Metadata.entriesMax).map { Metadata.Entry(key: "k\($0)", value: "v") }
        func both(_ status: Status, amount: Int64?) -> String? {
            refusal { () throws(PaymentRefusal) in
                try update(status) { update in
                    update.amount = amount
                    update.metadata = .merge(many)
                }
            }
        }
        #expect(both(.succeeded, amount: 1) == "unexpectedState succeeded update")
        #expect(both(.requiresConfirmation, amount: 1) == "amountTooSmall 0.50 USD")
        #expect(both(.requiresConfirmation, amount: 100_000_000) == "amountTooLarge")
        #expect(both(.succeeded, amount: nil) == "tooMuchMetadata")
    }

    @Test("update: a new currency is held to its own minimum")
    func updateCurrency() {
        #expect(
            refusal { () throws(PaymentRefusal) in try update(.requiresConfirmation) { $0.currency = known("HUF") } }
                == "amountTooSmall 175.00 HUF")
    }

    @Test("update: what is said changes, what is cleared goes, the rest stays; a method makes it ready to confirm")
    func updateFields() throws {
        var intent = Fixture.intent(status: .requiresPaymentMethod)
        intent.paymentMethod = nil
        intent.description = "old"
        intent.receiptEmail = "old@example.com"
        intent.metadata.set("a", "1")
        intent.version = 4
        var update = IntentUpdate()
        update.amount = 30_00
        update.description = .some(nil)
        update.metadata = .merge([.init(key: "b", value: "2"), .init(key: "a", value: "")])
        update.transferGroup = "g"
        let (changed, change) = try IntentDecision.update(
            intent, update, paymentMethod: PaymentMethodID("pm_2"), Fixture.context())
        var expected = intent
        expected.amount = Money(30_00, .usd)
        expected.description = nil
        expected.metadata = Metadata([.init(key: "b", value: "2")])
        expected.transferGroup = "g"
        expected.paymentMethod = PaymentMethodID("pm_2")
        expected.status = .requiresConfirmation
        expected.version = 5
        #expect(changed == expected)
        #expect(change.rows == ["update payment_intent"])
        #expect(change.versions == ["payment_intent 4"])
        #expect(change.told.isEmpty)
        #expect(change.moves.isEmpty)
    }

    // MARK: Cancel

    @Test("cancel: an open intent ends, and one that is processing or ended is refused", arguments: Status.allCases)
    func cancelStates(status: Status) {
        let isRefused = [.processing, .succeeded, .canceled].contains(status)
        #expect(
            refusal { () throws(PaymentRefusal) in
                try IntentDecision.cancel(
                    Fixture.intent(status: status), authorised: nil, reason: nil, Fixture.context())
            } == (isRefused ? "unexpectedState \(status.rawValue) cancel" : nil))
    }

    @Test("cancel: an open intent says when and why, and nothing moves")
    func cancelOpen() throws {
        let later = now.adding(days: 1)
        let (canceled, change, advice) = try IntentDecision.cancel(
            Fixture.intent(), authorised: nil, reason: "duplicate", Fixture.context(at: later))
        #expect(canceled.status == .canceled)
        #expect(canceled.canceledAt == later)
        #expect(canceled.cancellationReason == "duplicate")
        #expect(canceled.version == 2)
        #expect(advice == nil)
        #expect(change.rows == ["update payment_intent"])
        #expect(change.versions == ["payment_intent 1"])
        #expect(change.told == ["payment_intent.canceled"])
        #expect(change.moves.isEmpty)
    }

    @Test("cancel: what was held on a card is released, and the network is told")
    func cancelAuthorised() throws {
        let held = Fixture.authorised(Money(42_00, .usd))
        let (canceled, change, advice) = try IntentDecision.cancel(
            held.intent, authorised: held.charge, reason: nil, Fixture.context())
        #expect(canceled.status == .canceled)
        #expect(canceled.amountCapturable == 0)
        #expect(change.moves == ["release: authorised/held → authorised 4200"])
        #expect(change.rows == ["update payment_intent", "insert network_advice", "update charge"])
        #expect(change.versions == ["payment_intent 2", "charge 2"])
        #expect(change.told == ["charge.refunded", "payment_intent.canceled"])
        let reversal = try #require(advice)
        #expect(reversal.operation == .reversal)
        #expect(reversal.reference == held.charge.network.reference)
        #expect(reversal.amount == Money(42_00, .usd))
        #expect(reversal.dueAt == now)
        #expect(try change.inserted(NetworkAdvice.self) == [reversal])
        let released = try #require(change.writes.last)
        #expect(try Charge(row: .init(released.values)).isReleased)
    }

    @Test("cancel: a hidden intent is not told of")
    func cancelHidden() throws {
        var intent = Fixture.intent()
        intent.isHidden = true
        let (_, change, _) = try IntentDecision.cancel(intent, authorised: nil, reason: nil, Fixture.context())
        #expect(change.told.isEmpty)
    }
}

import Core
import Money
import Payments
import Storage
import Testing

@Suite("Deciding on an attempt")
struct AttemptDecisionTests {
    typealias Status = PaymentIntent.Status

    // MARK: Check

    @Test("check: only an open intent is confirmed", arguments: Status.allCases)
    func checkStates(status: Status) {
        let isOpen = status == .requiresPaymentMethod || status == .requiresConfirmation
        // A spent method of somebody else's: the state comes first.
        let method = isOpen ? Fixture.method() : Fixture.method(customer: CustomerID("cus_2"), spent: true)
        #expect(
            refusal { () throws(PaymentRefusal) in
                try AttemptDecision.check(method, for: Fixture.intent(status: status))
            } == (isOpen ? nil : "unexpectedState \(status.rawValue) confirm"))
    }

    @Test(
        "check: a spent method is refused before one of another customer",
        arguments: [
            (nil, false, nil, nil),
            (nil, false, "cus_1", nil),
            ("cus_1", false, "cus_1", nil),
            (nil, true, nil, "paymentMethodSpent pm_1"),
            ("cus_2", true, "cus_1", "paymentMethodSpent pm_1"),
            ("cus_2", false, "cus_1", "paymentMethodOfAnotherCustomer pm_1 cus_2"),
            ("cus_2", false, nil, "paymentMethodOfAnotherCustomer pm_1 cus_2"),
        ] as [(String?, Bool, String?, String?)])
    func checkMethod(owner: String?, spent: Bool, customer: String?, expected: String?) {
        var intent = Fixture.intent()
        intent.customer = customer.map { CustomerID($0) }
        let method = Fixture.method(customer: owner.map { CustomerID($0) }, spent: spent)
        #expect(refusal { () throws(PaymentRefusal) in try AttemptDecision.check(method, for: intent) } == expected)
    }

    // MARK: Begin

    @Test("begin: the intent is processing, and the charge holds what it needs to be repeated or reversed")
    func begin() {
        var intent = Fixture.intent(capture: .manual)
        intent.customer = CustomerID("cus_1")
        intent.description = "d"
        intent.metadata.set("a", "1")
        intent.receiptEmail = "e"
        intent.shipping = Shipping(address: Address(), name: "n", phone: nil, carrier: nil, trackingNumber: nil)
        intent.transferGroup = "g"
        intent.isHidden = true
        intent.lastError = DeclineReason.blocked.failure(networkCode: nil, charge: nil, paymentMethod: nil)
        intent.charges = [ChargeID("ch_old")]
        let attempt = AttemptDecision.begin(
            intent, Fixture.method(), reference: Fixture.reference, isOnFile: true, Fixture.context())
        let charge = attempt.charge
        #expect(attempt.intent.status == .processing)
        #expect(attempt.intent.paymentMethod == PaymentMethodID("pm_1"))
        #expect(attempt.intent.lastError == nil)
        #expect(attempt.intent.latestCharge == charge.id)
        #expect(attempt.intent.charges == [ChargeID("ch_old"), charge.id])
        #expect(attempt.intent.version == intent.version, "the caller inserts or updates it")
        #expect(charge.status == .pending)
        #expect(charge.amount == intent.amount)
        #expect(charge.paymentIntent == intent.id)
        #expect(charge.customer == intent.customer)
        #expect(charge.hidesIntent)
        #expect(charge.description == "d")
        #expect(charge.metadata == intent.metadata)
        #expect(charge.receiptEmail == "e")
        #expect(charge.shipping == intent.shipping)
        #expect(charge.transferGroup == "g")
        #expect(charge.network.operation == .authorisation)
        #expect(charge.network.reference == Fixture.reference)
        #expect(charge.network.isOnFile)
        #expect(charge.network.idempotencyKey == "key-1")
        #expect(charge.queried[4] == .integer(now.milliseconds), "unresolved since it was transmitted")
    }

    @Test(
        "begin: automatic capture is one purchase message, manual capture an authorisation",
        arguments: [
            (PaymentIntent.CaptureMethod.automatic, CardRequest.Operation.purchase),
            (.automaticAsync, .purchase), (.manual, .authorisation),
        ])
    func operation(capture: PaymentIntent.CaptureMethod, operation: CardRequest.Operation) {
        #expect(Fixture.attempt(capture: capture).charge.network.operation == operation)
    }

    @Test(
        "begin: the statement shows the whole descriptor, or the merchant's with a suffix, at most 22 characters",
        arguments: [
            (nil, nil, "TESTSHOP"),
            ("WHOLE", nil, "WHOLE"),
            ("WHOLE", "SUFFIX", "WHOLE"),
            (nil, "ORDER 7", "TESTSHOP* ORDER 7"),
            (nil, "A VERY LONG SUFFIX", "TESTSHOP* A VERY LONG "),
        ] as [(String?, String?, String)])
    func descriptor(whole: String?, suffix: String?, expected: String) {
        var intent = Fixture.intent()
        intent.statementDescriptor = whole
        intent.statementDescriptorSuffix = suffix
        let attempt = AttemptDecision.begin(
            intent, Fixture.method(), reference: Fixture.reference, isOnFile: false, Fixture.context())
        #expect(attempt.charge.calculatedStatementDescriptor == expected)
        #expect(attempt.charge.statementDescriptor == whole)
        #expect(attempt.charge.statementDescriptorSuffix == suffix)
    }

    @Test("begin: an intent that is not open is a programmer's error")
    func beginTwice() async {
        await #expect(processExitsWith: .failure) {
            _ = AttemptDecision.begin(
                Fixture.intent(status: .processing), Fixture.method(), reference: Fixture.reference, isOnFile: false,
                Fixture.context())
        }
    }

    @Test("settle: an attempt that was settled is a programmer's error")
    func settleTwice() async {
        await #expect(processExitsWith: .failure) {
            _ = AttemptDecision.settle(
                Fixture.captured(), .approved, risk: .normal, fundsAtOnce: false, Fixture.context())
        }
    }
}

import Core
import Money
import Payments
import Storage
import Testing

@Suite("Stored documents")
struct RoundTripTests {
    /// Writes an object as its document and as its row, and reads both again.
    private func check<E: Entity & Equatable>(_ object: E) throws {
        let reader = try DocumentReader(text: object.document)
        #expect(try E(merchant: object.merchant, version: object.version, document: reader) == object)
        let row = object.row
        #expect(try E(row: RowReader(row)) == object)
        #expect(row.count == E.table.columns.count)
        for (column, value) in zip(E.table.columns, row) {
            switch (value, column.kind) {
            case (.null, _): #expect(column.isNullable, "\(E.table.name).\(column.name)")
            case (.integer, .integer), (.text, .text), (.blob, .blob): break
            default: Issue.record("\(E.table.name).\(column.name) holds \(value)")
            }
        }
        #expect(Array(row.prefix(E.table.keyCount)) == object.key)
        #expect(row[2] == .integer(object.version))
    }

    @Test("with every field set come back as they were")
    func full() throws {
        try check(Full.merchant)
        try check(Full.customer)
        try check(Full.method)
        try check(Full.token)
        try check(Full.intent)
        try check(Full.charge)
        try check(Full.refund)
        try check(Full.balanceTransaction)
        try check(Full.advice)
    }

    @Test("with as few fields as there may be come back as they were")
    func bare() throws {
        try check(Fixture.merchant())
        try check(Customer(merchant: shop, id: CustomerID("cus_1"), createdAt: now, invoicePrefix: "A"))
        try check(Fixture.method())
        try check(
            CardToken(
                merchant: shop, id: TokenID("tok_1"), createdAt: now, cardID: CardID("card_1"), card: Fixture.card(),
                billingDetails: BillingDetails(), clientIP: nil))
        try check(
            PaymentIntent(
                merchant: shop, id: PaymentIntentID("pi_1"), createdAt: now, amount: .zero(.usd),
                captureMethod: .manual,
                clientSecret: "", paymentMethodTypes: [], automaticPaymentMethods: nil))
        try check(Fixture.attempt().charge)
        try check(
            Refund(
                merchant: shop, id: RefundID("re_1"), createdAt: now, status: .pending, amount: Money(1, .usd),
                charge: ChargeID("ch_1"), paymentIntent: PaymentIntentID("pi_1"), reason: nil, metadata: Metadata(),
                reference: Fixture.reference))
        try check(
            BalanceTransaction(
                merchant: shop, id: BalanceTransactionID("txn_1"), createdAt: now, type: .charge,
                amount: Money(1, .usd),
                feeDetails: [], availableOn: now, description: nil, source: "ch_1"))
        try check(
            NetworkAdvice(
                merchant: shop, operation: .reversal, reference: Fixture.reference, charge: ChargeID("ch_1"),
                refund: nil,
                amount: Money(1, .usd), dueAt: now))
    }

    @Test("of every status and way of an object's life come back as they were")
    func lives() throws {
        for status in PaymentIntent.Status.allCases { try check(Fixture.intent(status: status)) }
        for attempt in [Fixture.attempt(), Fixture.authorised(), Fixture.captured()] {
            try check(attempt.intent)
            try check(attempt.charge)
        }
        for result in [AttemptResult.blocked, .notSent, .reversed, .declined("51", "insufficient_funds")] {
            let settled = AttemptDecision.settle(
                Fixture.attempt(), result, risk: .normal, fundsAtOnce: false, Fixture.context()
            ).0
            try check(settled.intent)
            try check(settled.charge)
        }
    }

    @Test("of any currency come back in it")
    func currencies() throws {
        for currency in Currency.all { try check(Fixture.intent(Money(1_234, currency))) }
    }

    @Test("hold neither a card's number nor its code, but the token of the vault")
    func noNumber() {
        let document = Full.charge.document
        #expect(document.contains(#""vault":"vlt_1""#))
        #expect(document.contains(#""last4":"4242""#))
        #expect(!document.contains("cvc\":\"1"))
    }

    @Test(
        "that lack a field are an error that names it",
        arguments: [
            ("id", #""id":"pi_1","#), ("status", #""status":"canceled","#), ("currency", #""currency":"eur","#),
            ("capture", #""capture":"automatic_async","#), ("secret", #""secret":"s3cret","#),
        ])
    func missingField(field: String, text: String) throws {
        let document = Full.intent.document
        try #require(document.contains(text))
        let damaged = document.replacing(text, with: "")
        let error = #expect(throws: DocumentError.self) {
            try PaymentIntent(merchant: shop, version: 1, document: reader(damaged))
        }
        #expect(error?.field == field)
    }

    private func reader(_ text: String) -> DocumentReader {
        guard let value = try? JSONValue(parsing: text) else { preconditionFailure("\(text) is JSON") }
        return DocumentReader(value)
    }

    @Test(
        "with a value that no one knows are an error that names the field",
        arguments: [
            ("status", #""status":"canceled""#, #""status":"dreaming""#), ("currency", #""eur""#, #""xxx""#),
        ])
    func unknownValue(field: String, text: String, other: String) {
        let damaged = Full.intent.document.replacing(text, with: other)
        let error = #expect(throws: DocumentError.self) {
            try PaymentIntent(merchant: shop, version: 1, document: reader(damaged))
        }
        #expect(error?.field == field)
    }

    @Test("may gain fields")
    func moreFields() throws {
        let text = String(Full.intent.document.dropLast()) + #","new":{"a":[1,2]}}"#
        let read = try PaymentIntent(merchant: shop, version: 5, document: DocumentReader(text: text))
        #expect(read == Full.intent)
    }

    @Test("keep the rows of entities under keys that begin with the merchant")
    func tables() {
        let tables = [
            Merchant.table, Customer.table, PaymentMethod.table, CardToken.table, PaymentIntent.table, Charge.table,
            Refund.table, BalanceTransaction.table, NetworkAdvice.table,
        ]
        for table in tables {
            #expect(table.columns.prefix(3).map(\.name) == ["merchant", "id", "version"])
            #expect(table.columns.last?.name == "document")
            #expect(table.keyCount == 2)
        }
        #expect(Set(tables.map(\.name)).count == tables.count)
    }
}

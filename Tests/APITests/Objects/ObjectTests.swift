import Core
import Money
import Payments
import Platform
import Storage
import Testing

@testable import API

/// One object to render, and the name of its schema.
struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let schema: String
    let object: APIObject

    var testDescription: String { name }

    init(_ name: String, _ schema: String, _ object: APIObject) {
        self.name = name
        self.schema = schema
        self.object = object
    }

    static let all: [Sample] = [
        Sample("account", "account", .account(Fixtures.merchant)),
        Sample("empty balance", "balance", .balance(BalanceSummary(lines: []))),
        Sample("balance", "balance", .balance(twoCurrencies)),
        Sample("charge: pending", "charge", .charge(Fixtures.charge())),
        Sample("charge: uncaptured", "charge", .charge(Fixtures.uncapturedCharge)),
        Sample("charge: full", "charge", .charge(Fixtures.fullCharge)),
        Sample("charge: failed", "charge", .charge(Fixtures.failedCharge)),
        Sample("charge line", "balance_transaction", .balanceTransaction(Fixtures.transaction())),
        Sample("refund line", "balance_transaction", .balanceTransaction(Fixtures.transaction("txn_2", .refund))),
        Sample(
            "failure line", "balance_transaction", .balanceTransaction(Fixtures.transaction("txn_3", .refundFailure))),
        Sample("customer", "customer", .customer(Fixtures.customer())),
        Sample("customer: full", "customer", .customer(Fixtures.fullCustomer)),
        Sample("customer: deleted", "deleted_customer", .customer(Fixtures.deletedCustomer)),
        Sample("deleted", "deleted_webhook_endpoint", .deleted(kind: "webhook_endpoint", id: "we_1")),
        Sample("intent", "payment_intent", .paymentIntent(Fixtures.intent())),
        Sample("intent: full", "payment_intent", .paymentIntent(Fixtures.fullIntent)),
        Sample("method", "payment_method", .paymentMethod(Fixtures.method())),
        Sample("method: full", "payment_method", .paymentMethod(Fixtures.fullMethod)),
        Sample("refund", "refund", .refund(Fixtures.refund())),
        Sample("refund: full", "refund", .refund(Fixtures.fullRefund)),
        Sample("refund: failed", "refund", .refund(Fixtures.failedRefund)),
        Sample("token", "token", .token(Fixtures.token)),
        Sample("token: full", "token", .token(Fixtures.fullToken)),
        Sample("endpoint", "webhook_endpoint", .webhookEndpoint(Fixtures.endpoint, showsSecret: true)),
        Sample("endpoint: full", "webhook_endpoint", .webhookEndpoint(Fixtures.fullEndpoint, showsSecret: false)),
    ]

    private static let twoCurrencies = BalanceSummary(lines: [
        .init(currency: Fixtures.jpy, available: 5_000, pending: 0),
        .init(currency: Fixtures.usd, available: -400, pending: 941),
    ])

    /// The samples whose object an event can tell of.
    static let told: [Sample] = all.filter { sample in
        switch sample.object {
        case .balance, .deleted, .event: false
        default: true
        }
    }

    /// The object as an event tells of it.
    func event() throws -> StoredEvent {
        let entity: any Entity =
            switch object {
            case .account(let merchant): merchant
            case .balanceTransaction(let transaction): transaction
            case .charge(let charge): charge
            case .customer(let customer): customer
            case .paymentIntent(let intent): intent
            case .paymentMethod(let method): method
            case .refund(let refund): refund
            case .token(let token): token
            case .webhookEndpoint(let endpoint, _): endpoint
            case .balance, .deleted, .event: throw NotStored()
            }
        return try Fixtures.event(kind: type(of: entity).kind, id: entity.idText, document: entity.document)
    }

    struct NotStored: Error {}
}

@Suite("objects")
struct ObjectTests {
    let validator = SchemaValidator(schemas: StripeVectors.schemas)

    @Test("every field that Stripe always answers is there", arguments: Sample.all)
    func presence(_ sample: Sample) throws {
        guard let fields = StripeVectors.presence[sample.schema] else {
            #expect(sample.schema.hasPrefix("deleted_"))
            return
        }
        let answer = try JSONValue(parsing: sample.object.body(Fixtures.context))
        #expect(fields.filter { answer[$0] == nil } == [])
        if sample.schema == "token" {
            let card = try #require(answer["card"])
            #expect((StripeVectors.presence["card"] ?? ["?"]).filter { card[$0] == nil } == [])
        }
    }

    @Test("the answer fits Stripe's schema", arguments: Sample.all)
    func schema(_ sample: Sample) throws {
        let answer = try JSONValue(parsing: sample.object.body(Fixtures.context))
        #expect(validator.problems(of: answer, schema: sample.schema) == [])
    }

    @Test("id and object come first, the other fields by name", arguments: Sample.all)
    func order(_ sample: Sample) throws {
        let answer = try JSONValue(parsing: sample.object.body(Fixtures.context))
        let names = try #require(answer.members?.map(\.key))
        let first = sample.object.id == nil ? ["object"] : ["id", "object"]
        #expect(Array(names.prefix(first.count)) == first)
        #expect(Array(names.dropFirst(first.count)) == names.dropFirst(first.count).sorted())
    }

    @Test("a body is indented and ends with a line break; compact JSON says the same", arguments: Sample.all)
    func layout(_ sample: Sample) throws {
        let body = sample.object.body(Fixtures.context)
        let compact = sample.object.compact(Fixtures.context)
        #expect(body.starts(with: Array("{\n  \"".utf8)))
        #expect(body.suffix(3).elementsEqual("\n}\n".utf8))
        #expect(!compact.contains(UInt8(ascii: "\n")))
        #expect(try JSONValue(parsing: body) == JSONValue(parsing: compact))
    }

    @Test("an event tells of the object as an answer shows it", arguments: Sample.told)
    func told(_ sample: Sample) throws {
        let event = try sample.event()
        let answer = try JSONValue(parsing: APIObject.event(event, pendingWebhooks: 2).body(Fixtures.context))
        #expect(validator.problems(of: answer, schema: "event") == [])
        #expect((StripeVectors.presence["event"] ?? ["?"]).filter { answer[$0] == nil } == [])
        let told = try #require(answer["data"]?["object"])
        switch sample.object {
        case .customer(let customer) where customer.isDeleted:
            #expect(validator.problems(of: told, schema: "customer") == [])
        case .webhookEndpoint(let endpoint, _):
            let shown = APIObject.webhookEndpoint(endpoint, showsSecret: false).body(Fixtures.context)
            #expect(try told == JSONValue(parsing: shown))
        default: #expect(try told == JSONValue(parsing: sample.object.body(Fixtures.context)))
        }
    }
}

import Core
import Payments
import Synchronization
import Testing

@testable import API

@Suite("expansion: objects")
struct ExpandedObjectsTests {
    /// A store of a few objects that notes what it was asked for.
    private final class Shelf: Sendable {
        let asked = Mutex<[String]>([])
        let objects: [String: APIObject]
        let refunds: [String: [APIObject]]

        init(_ objects: [APIObject], refunds: [String: [APIObject]] = [:]) {
            self.objects = Dictionary(
                objects.compactMap { object in object.id.map { ($0, object) } }, uniquingKeysWith: { first, _ in first }
            )
            self.refunds = refunds
        }

        func lookup(_ kind: String, _ ids: [String]) -> [APIObject] {
            asked.withLock { $0.append("\(kind): \(ids.joined(separator: " "))") }
            if kind == ExpandedObjects.refundsOfCharge { return ids.flatMap { refunds[$0] ?? [] } }
            return ids.compactMap { objects[$0] }
        }
    }

    /// The answer for an object with these paths expanded.
    private func answer(
        _ object: APIObject, _ kind: ObjectKind, _ paths: [String], _ shelf: Shelf
    ) async throws -> JSONValue {
        let expansion = try Expansion(paths: paths, root: .object(kind))
        var context = Fixtures.context
        context.expansion = expansion
        context.expanded = try await ExpandedObjects.load(for: [object], expansion: expansion) { kind, ids in
            shelf.lookup(kind, ids)
        }
        let answer = try JSONValue(parsing: object.body(context))
        let validator = SchemaValidator(schemas: StripeVectors.schemas)
        #expect(validator.problems(of: answer, schema: kind.rawValue) == [])
        return answer
    }

    private let shelf = Shelf(
        [
            .customer(Fixtures.customer()), .paymentMethod(Fixtures.method(customer: "cus_1")),
            .charge(Fixtures.fullCharge), .charge(paid), .paymentIntent(Fixtures.fullIntent),
            .paymentIntent(Fixtures.intent()), .balanceTransaction(Fixtures.transaction()), .refund(Fixtures.refund()),
            .balanceTransaction(Fixtures.transaction("txn_2", .refund, source: "re_1")),
            .balanceTransaction(Fixtures.transaction("txn_3", .refundFailure, source: "re_1")),
        ],
        refunds: ["ch_1": [.refund(Fixtures.fullRefund), .refund(Fixtures.refund())]])

    private static var paid: Charge {
        var charge = Fixtures.charge()
        charge.customer = CustomerID("cus_1")
        charge.balanceTransaction = BalanceTransactionID("txn_1")
        return charge
    }

    @Test("references become objects, level by level, each kind once a level")
    func levels() async throws {
        let paths = [
            "customer", "payment_method.customer", "latest_charge.balance_transaction.source.customer",
            "latest_charge.customer",
        ]
        let answer = try await answer(.paymentIntent(Fixtures.fullIntent), .paymentIntent, paths, shelf)
        #expect(answer["customer"]?["object"]?.string == "customer")
        #expect(answer["payment_method"]?["customer"]?["id"]?.string == "cus_1")
        #expect(answer["latest_charge"]?["customer"]?["id"]?.string == "cus_1")
        let transaction = answer["latest_charge"]?["balance_transaction"]
        #expect(transaction?["source"]?["customer"]?["object"]?.string == "customer")
        #expect(transaction?["source"]?["balance_transaction"]?.string == "txn_1")
        #expect(
            shelf.asked.withLock { $0 } == [
                "charge: ch_1", "customer: cus_1", "payment_method: pm_1", "balance_transaction: txn_1",
            ])
    }

    @Test("nothing is loaded when nothing is expanded, or only what is null")
    func nothing() async throws {
        _ = try await answer(.paymentIntent(Fixtures.fullIntent), .paymentIntent, [], shelf)
        let answer = try await answer(
            .paymentIntent(Fixtures.intent()), .paymentIntent, ["review", "customer", "transfer_data.destination"],
            shelf)
        #expect(answer["customer"]?.isNull == true)
        #expect(answer["transfer_data"]?.isNull == true)
        #expect(shelf.asked.withLock { $0 } == [])
    }

    @Test("the method in the last error keeps its own state, and its customer can be expanded")
    func lastError() async throws {
        let answer = try await answer(
            .paymentIntent(Fixtures.fullIntent), .paymentIntent, ["last_payment_error.payment_method.customer"], shelf)
        #expect(answer["last_payment_error"]?["payment_method"]?["customer"]?["id"]?.string == "cus_1")
        #expect(answer["customer"]?.string == "cus_1")
    }

    @Test("refunds of a charge: the newest, with references of their own")
    func refunds() async throws {
        let object = APIObject.charge(Self.paid)
        let answer = try await answer(object, .charge, ["refunds.data.balance_transaction"], shelf)
        #expect(answer["refunds"]?["url"]?.string == "/v1/charges/ch_1/refunds")
        #expect(answer["refunds"]?["has_more"]?.bool == false)
        #expect(answer["refunds"]?["data"]?.elements?.map { $0["id"]?.string } == ["re_full", "re_1"])
        #expect(answer["refunds"]?["data"]?[0]?["balance_transaction"]?["id"]?.string == "txn_2")
        #expect(shelf.asked.withLock { $0 } == ["charge.refunds: ch_1", "balance_transaction: txn_2"])
    }

    @Test("refunds of a charge: at most ten, none as an empty list")
    func manyRefunds() async throws {
        let many = (1...11).map { APIObject.refund(Fixtures.refund("re_\($0)", charge: "ch_1")) }
        let shelf = Shelf([], refunds: ["ch_1": many])
        let full = try await answer(.charge(Self.paid), .charge, ["refunds"], shelf)
        #expect(full["refunds"]?["data"]?.elements?.count == 10)
        #expect(full["refunds"]?["has_more"]?.bool == true)
        let none = try await answer(.charge(Fixtures.charge("ch_2")), .charge, ["refunds"], shelf)
        #expect(none["refunds"]?["data"] == .array([]))
    }

    @Test("balance transaction: the source is a charge or a refund")
    func sources() async throws {
        let charge = try await answer(
            .balanceTransaction(Fixtures.transaction()), .balanceTransaction, ["source.payment_intent"], shelf)
        #expect(charge["source"]?["object"]?.string == "charge")
        #expect(charge["source"]?["payment_intent"]?["id"]?.string == "pi_1")
        let refund = try await answer(
            .balanceTransaction(Fixtures.transaction("txn_2", .refund, source: "re_1")), .balanceTransaction,
            ["source.charge"], shelf)
        #expect(refund["source"]?["object"]?.string == "refund")
        #expect(refund["source"]?["charge"]?["object"]?.string == "charge")
    }

    @Test("refund: its lines, its charge and its intent")
    func refund() async throws {
        var refund = Fixtures.failedRefund
        refund.hidesIntent = false
        let paths = ["charge", "payment_intent", "balance_transaction", "failure_balance_transaction"]
        let answer = try await answer(.refund(refund), .refund, paths, shelf)
        #expect(paths.map { answer[$0]?["id"]?.string } == ["ch_1", "pi_1", "txn_2", "txn_3"])
    }

    @Test("an intent made for a charge of its own is not loaded")
    func hiddenIntent() async throws {
        let answer = try await answer(.charge(Fixtures.failedCharge), .charge, ["payment_intent"], shelf)
        #expect(answer["payment_intent"]?.isNull == true)
        #expect(shelf.asked.withLock { $0 } == [])
    }

    @Test("customer: the default method, and lists that are always empty")
    func customer() async throws {
        let paths = ["invoice_settings.default_payment_method.customer", "sources", "subscriptions", "tax_ids"]
        let answer = try await answer(.customer(Fixtures.fullCustomer), .customer, paths, shelf)
        #expect(answer["invoice_settings"]?["default_payment_method"]?["id"]?.string == "pm_1")
        #expect(answer["invoice_settings"]?["default_payment_method"]?["customer"]?["id"]?.string == "cus_1")
        #expect(answer["sources"]?["data"] == .array([]))
        #expect(answer["subscriptions"]?["url"]?.string == "/v1/customers/cus_full/subscriptions")
        #expect(answer["tax_ids"]?["has_more"]?.bool == false)
    }

    @Test("a deleted customer is expanded as deleted; what is not there stays an id")
    func deletedCustomer() async throws {
        var charge = Fixtures.charge()
        charge.customer = CustomerID("cus_deleted")
        charge.balanceTransaction = BalanceTransactionID("txn_gone")
        let shelf = Shelf([.customer(Fixtures.deletedCustomer)])
        let answer = try await answer(.charge(charge), .charge, ["customer", "balance_transaction"], shelf)
        #expect(answer["customer"]?["deleted"]?.bool == true)
        #expect(answer["balance_transaction"]?.string == "txn_gone")
    }

    @Test("a list expands all its objects with one lookup a kind")
    func list() async throws {
        let expansion = try Expansion(paths: ["data.latest_charge.customer"], root: .list(of: .paymentIntent))
        let intents = (1...3).map { number -> APIObject in
            var intent = Fixtures.intent("pi_\(number)")
            intent.latestCharge = ChargeID("ch_\(number)")
            return .paymentIntent(intent)
        }
        let charges = (1...3).map { number -> APIObject in
            var charge = Fixtures.charge("ch_\(number)")
            charge.customer = CustomerID(number == 3 ? "cus_2" : "cus_1")
            return .charge(charge)
        }
        let shelf = Shelf(charges + [.customer(Fixtures.customer()), .customer(Fixtures.customer("cus_2"))])
        var context = Fixtures.context
        context.expansion = expansion
        context.expanded = try await ExpandedObjects.load(for: intents, expansion: expansion) { kind, ids in
            shelf.lookup(kind, ids)
        }
        let page = ListRendering(objects: intents, hasMore: false, url: "/v1/payment_intents")
        let answer = try JSONValue(parsing: page.body(context))
        let customers = answer["data"]?.elements?.map { $0["latest_charge"]?["customer"]?["id"]?.string }
        #expect(customers == ["cus_1", "cus_1", "cus_2"])
        #expect(shelf.asked.withLock { $0 } == ["charge: ch_1 ch_2 ch_3", "customer: cus_1 cus_2"])
    }

    @Test("objects may be given instead of loaded")
    func inserted() throws {
        var expanded = ExpandedObjects()
        expanded.insert(.customer(Fixtures.customer()))
        expanded.insert(.balance(BalanceSummary(lines: [])))
        expanded.insert(refunds: [.refund(Fixtures.refund())], of: "ch_1")
        let context = RenderContext(
            merchant: Fixtures.merchant, now: Fixtures.now, apiVersion: "2026-10-28.endive",
            expansion: try Expansion(paths: ["customer", "refunds"], root: .object(.charge)), expanded: expanded)
        let answer = try JSONValue(parsing: APIObject.charge(Self.paid).body(context))
        #expect(answer["customer"]?["id"]?.string == "cus_1")
        #expect(answer["refunds"]?["data"]?[0]?["id"]?.string == "re_1")
    }
}

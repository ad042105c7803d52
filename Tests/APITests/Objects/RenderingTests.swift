import Core
import Money
import Payments
import Storage
import Testing

@testable import API

@Suite("rendering")
struct RenderingTests {
    private func answer(_ object: APIObject, _ context: RenderContext = Fixtures.context) throws -> JSONValue {
        try JSONValue(parsing: object.body(context))
    }

    // MARK: Payment intents

    @Test("intent: the client secret holds the id")
    func clientSecret() throws {
        #expect(try answer(.paymentIntent(Fixtures.intent()))["client_secret"]?.string == "pi_1_secret_s3cret")
    }

    @Test("intent: automatic methods mean cards")
    func methodTypes() throws {
        let automatic = try answer(.paymentIntent(Fixtures.intent()))
        #expect(automatic["payment_method_types"] == .array([.string("card")]))
        #expect(automatic["automatic_payment_methods"]?["allow_redirects"]?.string == "never")
        #expect(automatic["automatic_payment_methods"]?["enabled"]?.bool == true)
        let listed = try answer(.paymentIntent(Fixtures.fullIntent))
        #expect(listed["payment_method_types"] == .array([.string("card")]))
        #expect(listed["automatic_payment_methods"]?.isNull == true)
    }

    @Test("intent: the last error holds the whole method, and leaves out what it has not")
    func lastError() throws {
        let error = try #require(try answer(.paymentIntent(Fixtures.fullIntent))["last_payment_error"])
        #expect(error["type"]?.string == "card_error")
        #expect(error["doc_url"]?.string == "https://stripe.com/docs/error-codes/card-declined")
        #expect(error["payment_method"]?["id"]?.string == "pm_full")
        var intent = Fixtures.intent()
        intent.lastError = PaymentFailure(
            code: "processing_error", declineCode: nil, adviceCode: nil, networkDeclineCode: nil, message: "Try again.",
            parameter: nil, charge: nil, paymentMethod: nil)
        let short = try #require(try answer(.paymentIntent(intent))["last_payment_error"])
        #expect(short.members?.map(\.key) == ["code", "doc_url", "message", "type"])
    }

    @Test("metadata is answered as it was given, and {} when there is none")
    func metadata() throws {
        #expect(try answer(.paymentIntent(Fixtures.intent()))["metadata"] == .object([]))
        let metadata = try answer(.paymentIntent(Fixtures.fullIntent))["metadata"]
        #expect(metadata?["order"]?.string == "6735")
        #expect(metadata?["näme\n"]?.string == "ü\\")
    }

    @Test("livemode is the merchant's")
    func livemode() throws {
        var context = Fixtures.context
        context.merchant.isLive = true
        #expect(try answer(.paymentIntent(Fixtures.intent()), context)["livemode"]?.bool == true)
        #expect(try answer(.paymentIntent(Fixtures.intent()))["livemode"]?.bool == false)
    }

    // MARK: Charges

    @Test("charge: paid once authorised, captured and refunded as far as it is")
    func chargeFlags() throws {
        var charge = Fixtures.fullCharge
        #expect(try flags(charge) == [true, true, false])
        charge.amountRefunded = 1_000
        #expect(try flags(charge) == [true, true, true])
        #expect(try flags(Fixtures.uncapturedCharge) == [true, false, false])
        #expect(try flags(Fixtures.failedCharge) == [false, false, false])
        #expect(try flags(Fixtures.charge()) == [false, false, false])
    }

    private func flags(_ charge: Charge) throws -> [Bool?] {
        let answer = try answer(.charge(charge))
        return ["paid", "captured", "refunded"].map { answer[$0]?.bool }
    }

    @Test("charge: what is only held says until when, and may grow")
    func heldCharge() throws {
        let held = try #require(try answer(.charge(Fixtures.uncapturedCharge))["payment_method_details"]?["card"])
        #expect(held["capture_before"]?.integer == Fixtures.now.seconds + 7 * 86_400)
        #expect(held["incremental_authorization"]?["status"]?.string == "available")
        let captured = try #require(try answer(.charge(Fixtures.fullCharge))["payment_method_details"]?["card"])
        #expect(captured["capture_before"] == nil)
        #expect(captured["incremental_authorization"]?["status"]?.string == "unavailable")
        #expect(captured["amount_authorized"]?.integer == 1_000)
        #expect(captured["checks"]?["cvc_check"]?.string == "pass")
    }

    @Test("charge: a failure is told, an intent made for the charge is not")
    func failedCharge() throws {
        let answer = try answer(.charge(Fixtures.failedCharge))
        #expect(answer["failure_code"]?.string == "card_declined")
        #expect(answer["outcome"]?["network_decline_code"]?.string == "51")
        #expect(answer["payment_intent"]?.isNull == true)
        #expect(answer["payment_method_details"]?["card"]?["amount_authorized"]?.isNull == true)
        #expect(answer["fraud_details"] == .object([]))
        #expect(answer["refunds"]?.isNull == true)
    }

    // MARK: Refunds, balance

    @Test(
        "refund: how a bank can find it follows its status",
        arguments: [
            (Fixtures.refund(), "pending"), (Fixtures.fullRefund, "available"), (Fixtures.failedRefund, "unavailable"),
        ])
    func refundReference(_ refund: Refund, _ status: String) throws {
        let answer = try answer(.refund(refund))
        #expect(answer["destination_details"]?["card"]?["reference_status"]?.string == status)
        #expect((answer["pending_reason"] != nil) == (refund.status == .pending))
        #expect((answer["failure_reason"] != nil) == (refund.status == .failed))
        #expect(answer["payment_intent"]?.string == (refund.hidesIntent ? nil : "pi_1"))
    }

    @Test("balance transaction: pending until the moment it becomes available")
    func transactionStatus() throws {
        for (offset, status) in [(1, "pending"), (0, "available"), (-1, "available")] as [(Int64, String)] {
            let transaction = Fixtures.transaction(availableOn: Fixtures.now.adding(milliseconds: offset))
            #expect(try answer(.balanceTransaction(transaction))["status"]?.string == status)
        }
    }

    @Test("balance transaction: net is the amount less its fees")
    func transactionNet() throws {
        let answer = try answer(.balanceTransaction(Fixtures.transaction()))
        #expect(answer["fee"]?.integer == 59)
        #expect(answer["net"]?.integer == 941)
        #expect(answer["fee_details"]?[0]?["type"]?.string == "stripe_fee")
    }

    @Test("balance: without any movement it holds nothing of the merchant's currency")
    func emptyBalance() throws {
        let answer = try answer(.balance(BalanceSummary(lines: [])))
        #expect(answer["available"]?[0]?["currency"]?.string == "usd")
        #expect(answer["pending"]?[0]?["amount"]?.integer == 0)
    }

    // MARK: Others

    @Test(
        "token: the card names its brand as card objects do",
        arguments: [
            ("visa", "Visa"), ("mastercard", "MasterCard"), ("amex", "American Express"), ("diners", "Diners Club"),
            ("discover", "Discover"), ("jcb", "JCB"), ("unionpay", "UnionPay"), ("unknown", "Unknown"),
        ])
    func tokenBrand(_ brand: String, _ name: String) throws {
        var token = Fixtures.token
        token.card.brand = brand
        #expect(try answer(.token(token))["card"]?["brand"]?.string == name)
    }

    @Test("deleted: exactly id, object and deleted")
    func deleted() throws {
        let expected = #"{"id":"cus_deleted","object":"customer","deleted":true}"#
        let customer = APIObject.customer(Fixtures.deletedCustomer).compact(Fixtures.context)
        #expect(String(decoding: customer, as: UTF8.self) == expected)
        let deleted = APIObject.deleted(kind: "customer", id: "cus_deleted").compact(Fixtures.context)
        #expect(deleted == customer)
    }

    @Test("webhook endpoint: the secret is shown only when asked for")
    func secret() throws {
        #expect(try answer(.webhookEndpoint(Fixtures.endpoint, showsSecret: true))["secret"]?.string == "whsec_1")
        #expect(try answer(.webhookEndpoint(Fixtures.endpoint, showsSecret: false))["secret"] == nil)
    }

    @Test("event: request, version and previous attributes")
    func event() throws {
        var before = Fixtures.charge()
        before.metadata = Metadata([Metadata.Entry(key: "a", value: "b"), Metadata.Entry(key: "same", value: "c")])
        before.description = nil
        var after = before
        after.metadata = Metadata([Metadata.Entry(key: "same", value: "c"), Metadata.Entry(key: "new", value: "d")])
        after.description = "changed"
        let event = try Fixtures.event(
            kind: "charge", id: "ch_1", document: after.document, type: "charge.updated", previous: before.document,
            requestID: "req_1")
        let told = try answer(.event(event, pendingWebhooks: 1))
        #expect(told["request"]?["id"]?.string == "req_1")
        #expect(told["request"]?["idempotency_key"]?.string == "key-1")
        #expect(told["api_version"]?.string == "2026-03-25.dahlia")
        #expect(told["pending_webhooks"]?.integer == 1)
        let previous = told["data"]?["previous_attributes"]
        #expect(previous?.members?.map(\.key).sorted() == ["description", "metadata"])
        #expect(previous?["description"] == .null)
        #expect(previous?["metadata"]?["a"]?.string == "b")
        #expect(previous?["metadata"]?["new"] == .null)
        #expect(previous?["metadata"]?["same"] == nil)
        let context = RenderContext(
            merchant: Fixtures.merchant, now: Fixtures.now, apiVersion: "2026-10-28.endive",
            eventVersion: "2026-10-28.endive")
        #expect(try answer(.event(event, pendingWebhooks: 1), context)["api_version"]?.string == "2026-10-28.endive")
    }

    @Test(
        "event: an object that cannot be read still has its id and kind",
        arguments: [
            ("charge", "{}"), ("charge", "nonsense"), ("payout", "{}"), ("balance", "{}"),
        ])
    func unreadableEvent(_ kind: String, _ document: String) throws {
        let event = try Fixtures.event(kind: kind, id: "x_1", document: document)
        let told = try answer(.event(event, pendingWebhooks: 0))
        #expect(told["data"]?["object"]?["id"]?.string == "x_1")
        #expect(told["data"]?["object"]?["object"]?.string == kind)
        #expect(told["request"]?["id"]?.isNull == true)
        #expect(told["data"]?["previous_attributes"] == nil)
    }

    @Test("lists and search results")
    func lists() throws {
        let objects = [APIObject.customer(Fixtures.customer("cus_2")), .customer(Fixtures.customer("cus_1"))]
        let list = ListRendering(objects: objects, hasMore: true, url: "/v1/customers")
        let answer = try JSONValue(parsing: list.body(Fixtures.context))
        #expect(answer.members?.map(\.key) == ["object", "data", "has_more", "url"])
        #expect(answer["object"]?.string == "list")
        #expect(answer["data"]?.elements?.map { $0["id"]?.string } == ["cus_2", "cus_1"])
        let results = ListRendering(
            form: .searchResult(nextPage: nil), objects: [], hasMore: false, url: "/v1/customers/search",
            totalCount: 0)
        let text =
            #"{"object":"search_result","data":[],"has_more":false,"next_page":null,"total_count":0,"#
            + #""url":"/v1/customers/search"}"#
        var json = JSONWriter(style: .compact)
        results.render(into: &json, Fixtures.context)
        #expect(json.text == text)
    }
}

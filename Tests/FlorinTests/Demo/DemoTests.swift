import Core
import Synchronization
import Testing

@testable import florin

@Suite("The demo")
struct DemoTests {
    @Test("the same seed draws the same stream, another one another")
    func seeded() {
        func stream(_ seed: UInt64) -> [DemoPayment] {
            let plan = DemoPlan(seed: seed)
            return (0..<500).map { _ in plan.next() }
        }
        let payments = stream(1)
        #expect(payments == stream(1))
        #expect(payments != stream(2))
        let declined = payments.filter { DemoCard.declined.contains($0.card) }.count
        #expect((30...100).contains(declined))
        #expect(payments.allSatisfy { $0.amount >= 50 && $0.part >= 1 && $0.part < $0.amount })
        #expect(Set(payments.map(\.currency)) == ["usd", "eur", "gbp", "cad", "jpy"])
        #expect(payments.contains { $0.followUp == .capturePart } && payments.contains { $0.followUp == .refundPart })
    }

    @Test("tallies add up")
    func tally() {
        var first = DemoTally()
        first.sent = 2
        first.taken["usd", default: .init()].add(100)
        first.declined["lost_card"] = 1
        var second = DemoTally()
        second.sent = 1
        second.taken["usd", default: .init()].add(50)
        second.held["eur", default: .init()].add(7)
        first.add(second)
        #expect(first.sent == 3 && first.takenCount == 2 && first.declinedCount == 1)
        #expect(first.taken["usd"]?.amount == 150)
        #expect(first.currencies == ["eur", "usd"])
    }

    private static func transaction(_ type: String, _ amount: Int, fee: Int, net: Int, currency: String = "usd") throws
        -> JSONValue
    {
        try JSONValue(
            parsing: "{\"type\": \"\(type)\", \"amount\": \(amount), \"fee\": \(fee), \"net\": \(net), "
                + "\"currency\": \"\(currency)\"}")
    }

    private static func balance(available: Int, pending: Int) throws -> BalanceReading {
        BalanceReading(
            try JSONValue(
                parsing: "{\"available\": [{\"amount\": \(available), \"currency\": \"usd\"}], "
                    + "\"pending\": [{\"amount\": \(pending), \"currency\": \"usd\"}]}"))
    }

    @Test("the accounts sum to zero, and the nets are the balance")
    func trialBalance() throws {
        var books = TrialBalance()
        books.add(try Self.transaction("charge", 1_000, fee: 59, net: 941))
        books.add(try Self.transaction("refund", -400, fee: 0, net: -400))
        books.add(try Self.transaction("payout", -100, fee: 0, net: -100))
        let line = try #require(books.lines["usd"])
        #expect(line.charged == 1_000 && line.refunded == 400 && line.other == -100)
        #expect(line.clearing == -500 && line.fees == 59 && line.net == 441)
        #expect(books.faults(try Self.balance(available: -400, pending: 841)).isEmpty)
        #expect(
            books.faults(try Self.balance(available: 0, pending: 440)) == [
                "USD: nets add up to 441, the balance says 440", "USD: the accounts sum to -1, not to zero",
            ])
        books.add(try Self.transaction("charge", 100, fee: 33, net: 68))
        #expect(books.faults(try Self.balance(available: 0, pending: 509)).count == 2)
    }

    @Test("a payment is paid, captured in part, given back or declined, as planned")
    func paymentRun() async throws {
        let paths = Mutex<[String]>([])
        let server = try await StubServer.start { request in
            paths.withLock { $0.append(request.uri) }
            if request.body.contains("9995") {
                return .json(
                    402, "{\"error\": {\"code\": \"card_declined\", \"decline_code\": \"insufficient_funds\"}}")
            }
            switch request.uri {
            case "/v1/payment_intents":
                let status = request.body.contains("capture_method=manual") ? "requires_capture" : "succeeded"
                return .json(200, "{\"id\": \"pi_1\", \"status\": \"\(status)\"}")
            case "/v1/payment_intents/pi_1/capture": return .json(200, "{\"amount_received\": 666}")
            case "/v1/payment_intents/pi_1/cancel": return .json(200, "{}")
            case "/v1/refunds": return .json(200, "{\"amount\": 1000}")
            default: return .json(404, "{\"error\": {\"type\": \"invalid_request_error\", \"message\": \"no\"}}")
            }
        }
        let client = APIClient(ServerAddress(host: "127.0.0.1", port: server.port), key: "k")
        func run(_ followUp: DemoFollowUp, _ card: String = "4242424242424242") async -> DemoTally {
            let payment = DemoPayment(
                currency: "usd", amount: 1_000, card: DemoCard(card), customer: 0, followUp: followUp, description: "x")
            return await DemoPaymentRun(payment, customers: ["cus_1"], client: client).run()
        }
        #expect(await run(.nothing).taken["usd"]?.amount == 1_000)
        #expect(await run(.capturePart).taken["usd"]?.amount == 666)
        #expect(await run(.cancel).canceled == 1)
        #expect(await run(.hold).held["usd"]?.amount == 1_000)
        #expect(await run(.refund).refunded["usd"]?.amount == 1_000)
        #expect(await run(.nothing, "4000000000009995").declined == ["insufficient_funds": 1])
        #expect(await run(.nothing, "4242").taken["usd"]?.count == 1)
        client.close()
        await server.stop()
        #expect(await run(.nothing).unexpected.count == 1)
    }
}

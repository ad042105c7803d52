import Core
import Money
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Paying")
struct PaymentTests {
    @Test("writes exactly the rows of a payment")
    func rows() async throws {
        let world = try await World(.approved)
        let before = world.store.statistics.commits
        let reply = try await world.pay(key: "key-1")
        #expect(reply.line == "200 succeeded")
        #expect(world.store.statistics.commits == before + 2)
        let expected: [(String, Int64)] = [
            ("payment_intent", 1), ("charge", 1), ("payment_method", 1), ("balance_transaction", 1), ("event", 3),
            // On PostgreSQL the installation has a row of its own there, which commits lock.
            ("event_head", TestDatabase.isUsed ? 2 : 1), ("idempotency_claim", 1), ("idempotency_answer", 1),
            ("ledger_transaction", 1),
            ("ledger_posting", 2), ("ledger_account", 3), ("ledger_head", 1), ("network_advice", 0), ("refund", 0),
            ("customer", 0), ("card_token", 0), ("webhook_endpoint", 0), ("webhook_cursor", 0), ("webhook_retry", 0),
        ]
        for (table, rows) in expected { #expect(try await world.count(table) == rows, "\(table)") }
        #expect(try await world.balances() == ["clearing/card": -10_00, "pending/2026-09-23": 9_41, "fees": 59])
        #expect(
            try await world.events().map(\.type) == [
                "payment_intent.created", "charge.succeeded", "payment_intent.succeeded",
            ])
        #expect(try await world.idempotency("key-1")?.reply == reply)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("is durable before the network is asked: processing, pending, and its key claimed")
    func firstCommit() async throws {
        let world = try await World(.approved)
        await world.rail.whenAsked { request in
            let charge = try #require(try await world.all(Charge.self).first)
            #expect(charge.status == .pending)
            #expect(charge.network.reference == request.reference)
            #expect(charge.queried[4] == .integer(request.reference.transmittedAt.milliseconds))
            let intent = try #require(try await world.all(PaymentIntent.self).first)
            #expect(intent.status == .processing)
            let key = try #require(try await world.idempotency("key-1"))
            #expect(key.claim.objectID == intent.id.text)
            #expect(key.reply == nil)
            #expect(try await world.events().map(\.type) == ["payment_intent.created"])
            #expect(try await world.balances().isEmpty)
        }
        try await world.pay(key: "key-1")
        #expect(await world.rail.requests.count == 1)
        await world.close()
    }

    @Test("asks the network for the amount with the card's token, its code and the merchant's name")
    func request() async throws {
        let world = try await World(.approved)
        var command = Ask.intent(Money(12_34, .eur), .manual)
        command.statementDescriptorSuffix = "ORDER 7"
        let billing = BillingDetails(address: Address(line1: "1 Road", postalCode: "9000"))
        let method = PaymentMethodChoice.new(
            .raw(try Ask.card(cvc: "987")), billing, Metadata(), allowRedisplay: "always")
        let reply = try await world.pay(command, with: method)
        let request = try #require(await world.rail.requests.first)
        let charge = try await world.charge(of: reply)
        #expect(request.operation == .authorisation)
        #expect(request.amount == Money(12_34, .eur))
        #expect(request.reference == charge.network.reference)
        #expect(request.original == nil)
        #expect(!request.isRepeat)
        #expect(request.card.vaultToken == charge.card.vaultToken)
        #expect(request.card.cvc?.digits == Array("987".utf8))
        #expect(request.card.expiryMonth == 12 && request.card.expiryYear == 2028)
        #expect(request.card.addressLine1 == "1 Road" && request.card.postalCode == "9000")
        #expect(!request.card.isOnFile)
        #expect(request.acceptor.name == "FLORIN SANDBOX* ORDER 7".prefix(22))
        #expect(request.acceptor.categoryCode == "5734")
        await world.close()
    }

    @Test("leaves the card's number in no file and in no row")
    func noNumber() async throws {
        let world = try await World(.approved)
        try await world.pay(with: Ask.newMethod(.raw(try Ask.card("5555555555554444"))))
        await world.close()
        #expect(try await !world.folder.contains("5555555555554444"))
        #expect(try await world.folder.contains("4444"), "the last four may be kept")
    }

    @Test("that is declined answers 402, and books nothing")
    func declined() async throws {
        let world = try await World(.declined)
        let reply = try await world.pay(key: "key-1")
        #expect(reply.line == "402 requires_payment_method")
        #expect(try await world.idempotency("key-1")?.reply == reply)
        #expect(try await world.charge(of: reply).failure?.declineCode == "insufficient_funds")
        #expect(try await world.balances().isEmpty)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("that screening blocks never reaches the network")
    func blocked() async throws {
        let world = try await World(risk: RiskAssessment(level: .highest, score: 90, isBlocked: true))
        let reply = try await world.pay()
        #expect(reply.line == "402 requires_payment_method")
        #expect(await world.rail.requests.isEmpty)
        #expect(try await world.charge(of: reply).outcome?.type == "blocked")
        await world.close()
    }

    @Test(
        "that was not sent is a processing error, with nothing to reverse",
        arguments: [
            CardOutcome.NotSentReason.noConnection, .circuitOpen, .bulkheadFull, .cardUnavailable,
        ])
    func notSent(reason: CardOutcome.NotSentReason) async throws {
        let world = try await World(.notSent(reason))
        let reply = try await world.pay()
        #expect(reply.line == "402 requires_payment_method")
        #expect(try await world.charge(of: reply).failure?.code == "processing_error")
        #expect(try await world.count("network_advice") == 0)
        await world.close()
    }

    @Test("that was approved in part only is reversed until the network says so")
    func partial() async throws {
        let world = try await World(.partial, .silent, .approved)
        let reply = try await world.pay()
        #expect(reply.line == "402 requires_payment_method")
        try await world.deliverDue()
        #expect(try await world.count("network_advice") == 1)
        world.clock.advance(milliseconds: 1_000)
        try await world.deliverDue()
        #expect(try await world.count("network_advice") == 0)
        #expect(await world.rail.lines == ["purchase 10.00 USD", "reversal 10.00 USD", "reversal 10.00 USD again"])
        await world.close()
    }

    @Test("with an intent that was declined works again with another card")
    func again() async throws {
        let world = try await World(.declined, .approved)
        let first = try await world.pay()
        let second = try await world.platform.confirmIntent(
            PaymentIntentID(first.id), Confirmation(method: try Ask.typedCard()), world.context(), reply: { render($0) }
        )
        #expect(second.line == "200 succeeded")
        let intent = try await world.intent(second)
        #expect(intent.charges.count == 2)
        #expect(intent.lastError == nil)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("eight confirmations of one intent at once make one charge")
    func concurrentConfirms() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        let intent = try await world.openIntent()
        let results = await withTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await refusal {
                        _ = try await world.platform.confirmIntent(
                            intent.id, Confirmation(method: nil), world.context(), reply: { render($0) })
                    } ?? "confirmed"
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 == "confirmed" }.count == 1)
        let refused = Set(results).subtracting(["confirmed"])
        let states = ["processing", "succeeded"].map { "unexpectedState \($0) confirm" }
        #expect(refused.isSubset(of: states + ["paymentMethodSpent"]))
        #expect(await world.rail.requests.count == 1)
        #expect(try await world.count("charge") == 1)
        #expect(try await world.balances()["clearing/card"] == -10_00)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }

    @Test("under a key that is in use is refused, and the network is not asked again")
    func keyInUse() async throws {
        let world = try await World(.approved)
        let first = try await world.pay(key: "key-1")
        let error = await #expect(throws: PlatformError.self) { try await world.pay(key: "key-1") }
        guard case .idempotencyKeyInUse = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(await world.rail.requests.count == 1)
        #expect(try await world.count("payment_intent") == 1)
        #expect(try await world.idempotency("key-1")?.reply == first)
        await world.close()
    }

    @Test("twenty requests under one key at once make one payment")
    func concurrentKey() async throws {
        let world = try await World()
        await world.rail.answerAlways(.approved)
        let successes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { (try? await world.pay(key: "key-1")) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(successes == 1)
        #expect(await world.rail.requests.count == 1)
        #expect(try await world.count("charge") == 1)
        #expect(try await world.findings().isEmpty)
        await world.close()
    }
}

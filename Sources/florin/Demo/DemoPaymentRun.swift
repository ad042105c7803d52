internal import Core

/// One payment of a demo, from the first request to the last.
struct DemoPaymentRun: Sendable {
    private static let expiryYears = 3

    private let payment: DemoPayment
    private let customers: [String]
    private let client: APIClient
    private var tally = DemoTally()

    init(_ payment: DemoPayment, customers: [String], client: APIClient) {
        self.payment = payment
        self.customers = customers
        self.client = client
    }

    /// Does it; the tally holds what came of it.
    func run() async -> DemoTally {
        var own = self
        own.tally.sent = 1
        do {
            try await own.pay()
        } catch let error as APIClientError {
            own.tally.unexpected["\(error)", default: 0] += 1
        } catch {
            own.tally.unexpected[String(describing: error), default: 0] += 1
        }
        return own.tally
    }

    private var form: Form {
        let year = Environment.live.now().utc.year + Self.expiryYears
        return [
            "amount": String(payment.amount), "currency": payment.currency, "confirm": "true",
            "customer": customers[payment.customer], "description": payment.description,
            "capture_method": payment.followUp.isManual ? "manual" : "automatic",
            "payment_method_data[type]": "card", "payment_method_data[card][number]": payment.card.number,
            "payment_method_data[card][exp_month]": "12", "payment_method_data[card][exp_year]": String(year),
            "payment_method_data[card][cvc]": payment.card.cvc, "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
        ]
    }

    private mutating func pay() async throws {
        let answer = try await client.post("/v1/payment_intents", form, idempotencyKey: Self.key())
        if answer.status == 402 {
            let reason = answer.error?["decline_code"]?.string ?? answer.error?["code"]?.string ?? "no code"
            tally.declined[reason, default: 0] += 1
            return
        }
        guard answer.isSuccess, let id = answer.body["id"]?.string else {
            tally.unexpected[answer.errorText, default: 0] += 1
            return
        }
        switch answer.body["status"]?.string {
        case StatusWord.succeeded.rawValue:
            tally.taken[payment.currency, default: .init()].add(payment.amount)
            try await giveBack(id)
        case StatusWord.requiresCapture.rawValue: try await finish(id)
        case let status: tally.unexpected["a payment is \(status ?? "without status")", default: 0] += 1
        }
    }

    /// Captures or cancels what was authorised.
    private mutating func finish(_ id: String) async throws {
        switch payment.followUp {
        case .capture, .capturePart:
            let amount = payment.followUp == .capture ? payment.amount : payment.part
            let intent = try await client.mustPost(
                "/v1/payment_intents/\(id)/capture", ["amount_to_capture": String(amount)], idempotencyKey: Self.key())
            tally.taken[payment.currency, default: .init()].add(intent["amount_received"]?.integer ?? 0)
        case .cancel:
            _ = try await client.mustPost("/v1/payment_intents/\(id)/cancel", Form(), idempotencyKey: Self.key())
            tally.canceled += 1
        case .hold, .nothing, .refund, .refundPart:
            tally.held[payment.currency, default: .init()].add(payment.amount)
        }
    }

    /// Gives back what was taken, in whole or in part.
    private mutating func giveBack(_ id: String) async throws {
        guard payment.followUp == .refund || payment.followUp == .refundPart else { return }
        let amount = payment.followUp == .refund ? payment.amount : payment.part
        let refund = try await client.mustPost(
            "/v1/refunds", ["payment_intent": id, "amount": String(amount), "reason": "requested_by_customer"],
            idempotencyKey: Self.key())
        tally.refunded[payment.currency, default: .init()].add(refund["amount"]?.integer ?? 0)
    }

    private static func key() -> String {
        IdempotencyKeyText.text(Environment.live.randomWord(), Environment.live.randomWord())
    }
}

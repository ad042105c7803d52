import Core
import Money
import Payments
import Storage
import Testing
import Vault

@testable import Platform

/// Cards and commands that tests start from.
enum Ask {
    static func card(
        _ number: String = "4242424242424242", month: Int = 12, year: Int = 2028, cvc: String? = "123"
    ) throws -> RawCard {
        RawCard(
            number: try CardNumber(number), expiryMonth: month, expiryYear: year,
            cvc: cvc.flatMap { CardVerificationCode($0) })
    }

    static func newMethod(_ source: CardSource) -> PaymentMethodChoice {
        .new(source, BillingDetails(), Metadata(), allowRedisplay: "unspecified")
    }

    static func typedCard() throws -> PaymentMethodChoice { newMethod(.raw(try card())) }

    static func existing(_ method: PaymentMethod) -> PaymentMethodChoice {
        .existing(method.id, parameter: "payment_method")
    }

    static func intent(
        _ amount: Money = Money(10_00, .usd), _ capture: PaymentIntent.CaptureMethod = .automatic
    ) -> NewIntent {
        NewIntent(amount: amount, captureMethod: capture, paymentMethodTypes: ["card"], automaticPaymentMethods: nil)
    }
}

/// An answer in words: the object and its status.
func render(_ outcome: IntentOutcome) -> IdempotentReply {
    IdempotentReply(
        status: outcome.failure == nil ? 200 : 402,
        body: Array("\(outcome.intent.id) \(outcome.intent.status.rawValue)".utf8))
}

func render(_ refund: Refund) -> IdempotentReply {
    IdempotentReply(status: 200, body: Array("\(refund.id) \(refund.status.rawValue)".utf8))
}

func render<E: Entity>(_ object: E) -> IdempotentReply { IdempotentReply(status: 200, body: Array(object.idText.utf8)) }

extension IdempotentReply {
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The words of the body.
    var words: [String] { text.split(separator: " ").map(String.init) }
    /// The id it begins with.
    var id: String { words.first ?? "" }
    /// For example `200 succeeded`.
    var line: String { "\(status) \(words.last ?? "")" }
}

extension World {
    /// Makes an intent and confirms it with a card typed in.
    @discardableResult
    func pay(
        _ command: NewIntent = Ask.intent(), with method: PaymentMethodChoice? = nil, key: String? = nil
    ) async throws -> IdempotentReply {
        try await platform.createIntent(
            command, method: try method ?? Ask.typedCard(), confirmation: Confirmation(method: nil), context(key: key),
            reply: { render($0) })
    }

    /// Makes an intent that waits for its confirmation.
    func openIntent(_ command: NewIntent = Ask.intent()) async throws -> PaymentIntent {
        let reply = try await platform.createIntent(
            command, method: try Ask.typedCard(), confirmation: nil, context(), reply: { render($0) })
        return try await stored(PaymentIntent.self, reply.id)
    }

    func intent(_ reply: IdempotentReply) async throws -> PaymentIntent {
        try await stored(PaymentIntent.self, reply.id)
    }

    func charge(of reply: IdempotentReply) async throws -> Charge {
        let id = try #require(try await intent(reply).latestCharge)
        return try await stored(Charge.self, id.text)
    }

    func makeMethod(_ source: CardSource? = nil) async throws -> PaymentMethod {
        let reply = try await platform.createMethod(
            try source ?? .raw(Ask.card()), BillingDetails(), Metadata(), allowRedisplay: "unspecified", context(),
            reply: { render($0) })
        return try await stored(PaymentMethod.self, reply.id)
    }

    func makeCustomer(_ update: CustomerUpdate = CustomerUpdate()) async throws -> Customer {
        let reply = try await platform.createCustomer(update, method: nil, context(), reply: { render($0) })
        return try await stored(Customer.self, reply.id)
    }

    func refund(
        _ payment: IdempotentReply, _ amount: Int64? = nil, key: String? = nil
    ) async throws -> IdempotentReply {
        try await platform.createRefund(
            of: .intent(PaymentIntentID(payment.id)), amount: amount, reason: nil, metadata: Metadata(),
            context(key: key), reply: { render($0) })
    }

    /// Sends every advice once that is due now.
    func deliverDue() async throws {
        for advice in try await all(NetworkAdvice.self) where advice.dueAt <= clock.now {
            try await platform.deliver(advice)
        }
    }

    /// Finishes the attempts that were handed to the background.
    func resolveAll() async throws {
        for key in platform.background.takeAttempts() { try await platform.resolve(key) }
    }
}

/// What a command is refused with, in words; nil when it is not.
func refusal(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch PlatformError.refused(let refusal) {
        return refusal.line
    } catch {
        return "\(error)"
    }
}

extension PaymentRefusal {
    /// The case's name, with what tests ask for.
    var line: String {
        switch self {
        case .noSuch(let kind, let id, let parameter): "noSuch \(kind) \(id) \(parameter)"
        case .unexpectedState(let intent, let action): "unexpectedState \(intent.status.rawValue) \(action)"
        case .cardRefused(let failure): "cardRefused \(failure.code)"
        case .invalidCard(let card): "invalidCard \(card)"
        default: String("\(self)".prefix { $0 != "(" })
        }
    }
}

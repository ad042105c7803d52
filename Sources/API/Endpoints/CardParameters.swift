import Core
import Payments
import Platform
import Vault

/// Cards and methods in parameters.
enum CardParameters {
    static let card = Schema.Kind.hash([
        .required("number", .cardNumber), .required("exp_month", .integer), .required("exp_year", .integer),
        .unsettable("cvc", .secret(max: 8)), .optional("networks", .hash([.optional("preferred", .string)])),
    ])

    /// `card` of a payment method: numbers, or `card[token]`.
    static let cardOrToken = Schema.Kind.hash([
        .optional("number", .cardNumber), .optional("exp_month", .integer), .optional("exp_year", .integer),
        .unsettable("cvc", .secret(max: 8)), .optional("token", .id),
        .optional("networks", .hash([.optional("preferred", .string)])),
    ])

    static let methodData = Schema.Kind.hash([
        .required("type", .enumeration(["card"])), .optional("card", cardOrToken),
        .unsettable("billing_details", .billingDetails), .optional("metadata", .metadata),
        .optional("allow_redisplay", .enumeration(["always", "limited", "unspecified"])),
    ])

    /// A card typed in; its number is checked here and read nowhere else.
    static func raw(_ card: Parameters) throws(APIError) -> RawCard {
        guard card.has("number") else { throw .missing(card.fullName("number")) }
        var number: CardNumber?
        do throws(CardNumberProblem) {
            number = try card.withSecret("number") { digits throws(CardNumberProblem) in try CardNumber(bytes: digits) }
        } catch {
            throw .invalidCard(.number)
        }
        guard let number else { throw .invalidCard(.number) }
        let month = try card.integer(required: "exp_month")
        let year = try card.integer(required: "exp_year")
        var cvc: CardVerificationCode?
        if card.has("cvc"), !card.isUnset("cvc") {
            let text = card.withSecret("cvc") { String(decoding: $0, as: UTF8.self) } ?? ""
            guard let code = CardVerificationCode(text) else { throw .invalidCard(.cvc) }
            cvc = code
        }
        guard (1...12).contains(month) else { throw .invalidCard(.expiryMonth) }
        guard year >= 0, year < 10_000 else { throw .invalidCard(.expiryYear) }
        return RawCard(
            number: number, expiryMonth: Int(month), expiryYear: Int(year < 100 ? year + 2_000 : year), cvc: cvc)
    }

    /// Where the card of a method comes from.
    static func source(_ parameters: Parameters) throws(APIError) -> CardSource {
        guard let card = parameters.hash("card") else { throw .missing(parameters.fullName("card")) }
        if let token = card.string("token") { return .token(token, parameter: card.fullName("token")) }
        return .raw(try raw(card))
    }

    /// The method that `payment_method` or `payment_method_data` names.
    static func method(_ parameters: Parameters) throws(APIError) -> PaymentMethodChoice? {
        if let id = parameters.string("payment_method") { return choice(id, parameter: "payment_method") }
        guard let data = parameters.hash("payment_method_data") else { return nil }
        return .new(
            try source(data), data.billingDetails("billing_details") ?? BillingDetails(),
            try data.metadata(merging: Metadata()),
            allowRedisplay: data.string("allow_redisplay") ?? "unspecified")
    }

    static func choice(_ id: String, parameter: String) -> PaymentMethodChoice {
        if Platform.isTestCardName(id) {
            return .new(
                .testCard(id, parameter: parameter), BillingDetails(), Metadata(), allowRedisplay: "unspecified")
        }
        return .existing(PaymentMethodID(id), parameter: parameter)
    }
}

/// The objects that can be searched, and by which fields.
struct SearchableResource: Sendable, Hashable {
    /// How a field is compared.
    enum FieldKind: Sendable, Hashable {
        /// Equal and containing, either case.
        case string
        /// Equal, either case.
        case token
        /// Equal, to the letter: identifiers.
        case identifier
        case number
        case flag
    }

    /// As in paths: `payment_intents`.
    let name: String
    /// Besides `metadata`, which every one of them has.
    let fields: [String: FieldKind]

    static let charges = SearchableResource(
        name: "charges",
        fields: [
            "amount": .number, "billing_details.address.postal_code": .token, "created": .number, "currency": .token,
            "customer": .identifier, "disputed": .flag, "payment_method_details.card.brand": .token,
            "payment_method_details.card.exp_month": .number, "payment_method_details.card.exp_year": .number,
            "payment_method_details.card.fingerprint": .identifier, "payment_method_details.card.last4": .token,
            "refunded": .flag, "status": .token,
        ])

    static let customers = SearchableResource(
        name: "customers", fields: ["created": .number, "email": .string, "name": .string, "phone": .string])

    static let paymentIntents = SearchableResource(
        name: "payment_intents",
        fields: [
            "amount": .number, "created": .number, "currency": .token, "customer": .identifier, "status": .token,
        ])
}

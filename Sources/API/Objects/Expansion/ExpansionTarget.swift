/// What lies behind a field that may be expanded.
enum ExpansionTarget: Sendable {
    /// An id, answered as an object of one of these kinds when expanded.
    case reference([ObjectKind])
    /// An object that is answered whole anyway, and has references of its own.
    case embedded(ObjectKind)
    /// A list of objects, reached through its `data`.
    case list(ObjectKind)
    /// A part of the object, with the fields of it that may be expanded.
    case part([String: ExpansionTarget])
    /// A reference or part that Florin never has: null, whatever is asked below it.
    case absent

    /// A part with nothing in it to expand.
    static let leaf = ExpansionTarget.part([:])

    /// What lies behind a field of this, nil when there is no such field to expand.
    func field(_ name: String) -> ExpansionTarget? {
        switch self {
        case .reference(let kinds): kinds.lazy.compactMap { Self.fields(of: $0)[name] }.first
        case .embedded(let kind): Self.fields(of: kind)[name]
        case .list(let kind): name == "data" ? .embedded(kind) : nil
        case .part(let fields): fields[name]
        case .absent: .absent
        }
    }

    /// The fields of a kind of object that may be expanded: `x-expandableFields` of Stripe's OpenAPI document.
    static func fields(of kind: ObjectKind) -> [String: ExpansionTarget] {
        switch kind {
        case .account: account
        case .balance: balance
        case .balanceTransaction: balanceTransaction
        case .charge: charge
        case .customer: customer
        case .event: event
        case .paymentIntent: paymentIntent
        case .paymentMethod: paymentMethod
        case .refund: refund
        case .token: token
        case .webhookEndpoint: [:]
        }
    }
}

extension ExpansionTarget {
    private static let addressed = ExpansionTarget.part(["address": leaf])
    private static let transferData = ExpansionTarget.part(["destination": .reference([.account])])

    private static let account: [String: ExpansionTarget] = [
        "business_profile": .part(["support_address": leaf]),
        "capabilities": leaf,
        "company": .absent,
        "controller": leaf,
        "external_accounts": .part(["data": .absent]),
        "future_requirements": leaf,
        "groups": .absent,
        "individual": .absent,
        "requirements": leaf,
        "settings": .part([
            "branding": .part(["icon": .absent, "logo": .absent]),
            "card_payments": leaf,
            "dashboard": leaf,
            "payments": leaf,
            "payouts": leaf,
            "sepa_debit_payments": leaf,
        ]),
        "tos_acceptance": leaf,
    ]

    private static let balance: [String: ExpansionTarget] = [
        "available": leaf,
        "connect_reserved": .absent,
        "instant_available": .absent,
        "issuing": .absent,
        "pending": leaf,
        "refund_and_dispute_prefunding": .absent,
    ]

    private static let balanceTransaction: [String: ExpansionTarget] = [
        "fee_details": leaf,
        "source": .reference([.charge, .refund]),
    ]

    private static let charge: [String: ExpansionTarget] = [
        "application": .absent,
        "application_fee": .absent,
        "balance_transaction": .reference([.balanceTransaction]),
        "billing_details": addressed,
        "customer": .reference([.customer]),
        "failure_balance_transaction": .reference([.balanceTransaction]),
        "fraud_details": leaf,
        "on_behalf_of": .reference([.account]),
        "outcome": .part(["rule": .absent]),
        "payment_intent": .reference([.paymentIntent]),
        "payment_method_details": .part(["card": leaf]),
        "presentment_details": .absent,
        "radar_options": .absent,
        "refunds": .list(.refund),
        "review": .absent,
        "shipping": addressed,
        "source_transfer": .absent,
        "transfer": .absent,
        "transfer_data": transferData,
    ]

    private static let customer: [String: ExpansionTarget] = [
        "address": leaf,
        "cash_balance": .absent,
        "default_source": .absent,
        "discount": .absent,
        "invoice_settings": .part([
            "custom_fields": .absent,
            "default_payment_method": .reference([.paymentMethod]),
            "rendering_options": .absent,
        ]),
        "shipping": addressed,
        "sources": .part(["data": .absent]),
        "subscriptions": .part(["data": .absent]),
        "tax": .absent,
        "tax_ids": .part(["data": .absent]),
        "test_clock": .absent,
    ]

    private static let event: [String: ExpansionTarget] = ["data": leaf, "request": leaf]

    private static let paymentIntent: [String: ExpansionTarget] = [
        "amount_details": .part(["tip": leaf]),
        "application": .absent,
        "automatic_payment_methods": leaf,
        "customer": .reference([.customer]),
        "hooks": .absent,
        "last_payment_error": .part([
            "payment_intent": .absent,
            "payment_method": .embedded(.paymentMethod),
            "setup_intent": .absent,
            "source": .absent,
        ]),
        "latest_charge": .reference([.charge]),
        "managed_payments": .absent,
        "next_action": .absent,
        "on_behalf_of": .reference([.account]),
        "payment_details": .absent,
        "payment_method": .reference([.paymentMethod]),
        "payment_method_configuration_details": .absent,
        "payment_method_options": .part(["card": leaf]),
        "presentment_details": .absent,
        "processing": .absent,
        "review": .absent,
        "shipping": addressed,
        "transfer_data": transferData,
    ]

    private static let paymentMethod: [String: ExpansionTarget] = [
        "billing_details": addressed,
        "card": .part([
            "checks": leaf,
            "generated_from": .absent,
            "networks": leaf,
            "three_d_secure_usage": leaf,
            "wallet": .absent,
        ]),
        "customer": .reference([.customer]),
        "radar_options": .absent,
    ]

    private static let refund: [String: ExpansionTarget] = [
        "balance_transaction": .reference([.balanceTransaction]),
        "charge": .reference([.charge]),
        "destination_details": .part(["card": leaf]),
        "failure_balance_transaction": .reference([.balanceTransaction]),
        "next_action": .absent,
        "payment_intent": .reference([.paymentIntent]),
        "presentment_details": .absent,
        "source_transfer_reversal": .absent,
        "transfer_reversal": .absent,
    ]

    private static let token: [String: ExpansionTarget] = [
        "bank_account": .absent,
        "card": .part(["account": .absent, "customer": .absent, "networks": leaf]),
    ]
}

/// The kinds of objects the API answers, named as their `object` field names them.
enum ObjectKind: String, CaseIterable, Sendable {
    case account
    case balance
    case balanceTransaction = "balance_transaction"
    case charge
    case customer
    case event
    case paymentIntent = "payment_intent"
    case paymentMethod = "payment_method"
    case refund
    case token
    case webhookEndpoint = "webhook_endpoint"
}

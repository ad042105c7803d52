/// The fields whose expansion changes an answer. Others may be asked for too, and stay as they are.
enum ExpandableField: String, Sendable {
    case balanceTransaction = "balance_transaction"
    case charge
    case customer
    /// The objects of a list.
    case data
    case defaultPaymentMethod = "default_payment_method"
    case failureBalanceTransaction = "failure_balance_transaction"
    case invoiceSettings = "invoice_settings"
    case lastPaymentError = "last_payment_error"
    case latestCharge = "latest_charge"
    case paymentIntent = "payment_intent"
    case paymentMethod = "payment_method"
    case refunds
    case source
    case sources
    case subscriptions
    case taxIDs = "tax_ids"
}

import Payments
public import Storage

/// The main database of an installation, step by step. Append only.
public enum FlorinSchema {
    public static let schema = Schema([
        Migration(
            "1-card-payments",
            tables: Schema.storeTables + [
                Merchant.table, APIKey.table, Customer.table, PaymentMethod.table, CardToken.table,
                PaymentIntent.table, Charge.table, Refund.table, BalanceTransaction.table, NetworkAdvice.table,
                WebhookEndpoint.table, WebhookCursor.table, WebhookRetry.table,
            ]),
        Migration("2-leases", tables: [Lease.table]),
    ])
}

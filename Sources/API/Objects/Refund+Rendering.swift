import Core
import Money
import Payments

extension Refund {
    /// Writes the fields of a `refund`.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        json.field("id", id.text)
        json.field("object", "refund")
        json.field("amount", amount.amount)
        json.reference("balance_transaction", balanceTransaction?.text, .balanceTransaction, context, expansion)
        json.reference("charge", charge.text, .charge, context, expansion)
        json.field("created", createdAt.seconds)
        json.field("currency", amount.currency.lowercased)
        json.object("destination_details") { json in
            json.object("card") { destinationMembers(into: &$0) }
            json.field("type", "card")
        }
        if let failureBalanceTransaction {
            json.reference(
                "failure_balance_transaction", failureBalanceTransaction.text, .failureBalanceTransaction, context,
                expansion)
        }
        json.fieldIfPresent("failure_reason", failureReason)
        json.metadata("metadata", metadata)
        json.reference("payment_intent", shownIntent, .paymentIntent, context, expansion)
        if status == .pending { json.field("pending_reason", "processing") }
        json.field("reason", reason)
        json.null("receipt_number")
        json.null("source_transfer_reversal")
        json.field("status", status.rawValue)
        json.null("transfer_reversal")
    }

    /// The intent, where the merchant made one.
    var shownIntent: String? { hidesIntent ? nil : paymentIntent.text }

    /// By what a cardholder's bank can find the refund.
    private func destinationMembers(into json: inout JSONWriter) {
        switch status {
        case .succeeded:
            json.field("reference", reference.retrievalReference)
            json.field("reference_status", "available")
        case .pending: json.field("reference_status", "pending")
        case .failed, .canceled: json.field("reference_status", "unavailable")
        }
        json.field("reference_type", "retrieval_reference_number")
        json.field("type", "refund")
    }
}

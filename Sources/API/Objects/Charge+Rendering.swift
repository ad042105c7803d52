import Core
import Money
import Payments

extension Charge {
    /// Days an authorisation holds before a card network lets it go.
    private static let authorisationDays: Int64 = 7

    /// Writes the fields of a `charge`.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        json.field("id", id.text)
        json.field("object", "charge")
        json.field("amount", amount.amount)
        json.field("amount_captured", amountCaptured)
        json.field("amount_refunded", isReleased ? amount.amount : amountRefunded)
        json.null("application")
        json.null("application_fee")
        json.null("application_fee_amount")
        json.reference("balance_transaction", balanceTransaction?.text, .balanceTransaction, context, expansion)
        json.billingDetails("billing_details", billingDetails)
        json.field("calculated_statement_descriptor", calculatedStatementDescriptor)
        json.field("captured", isCaptured)
        json.field("created", createdAt.seconds)
        json.field("currency", amount.currency.lowercased)
        json.reference("customer", customer?.text, .customer, context, expansion)
        json.field("description", description)
        json.field("disputed", false)
        json.null("failure_balance_transaction")
        json.field("failure_code", failure?.code)
        json.field("failure_message", failure?.message)
        json.metadata("fraud_details", fraudDetails)
        json.field("livemode", context.isLive)
        json.metadata("metadata", metadata)
        json.null("on_behalf_of")
        outcomeMembers(into: &json)
        json.field("paid", status == .succeeded)
        json.reference("payment_intent", shownIntent, .paymentIntent, context, expansion)
        json.field("payment_method", paymentMethod.text)
        json.object("payment_method_details") { json in
            json.object("card") { cardMembers(into: &$0) }
            json.field("type", "card")
        }
        json.field("receipt_email", receiptEmail)
        json.null("receipt_number")
        json.null("receipt_url")
        json.field("refunded", isRefunded)
        refundsMember(into: &json, context, expansion)
        json.null("review")
        json.shipping("shipping", shipping)
        json.null("source_transfer")
        json.field("statement_descriptor", statementDescriptor)
        json.field("statement_descriptor_suffix", statementDescriptorSuffix)
        json.field("status", status.rawValue)
        json.null("transfer_data")
        json.field("transfer_group", transferGroup)
    }

    /// The intent, where the merchant made one.
    var shownIntent: String? { hidesIntent ? nil : paymentIntent.text }

    /// Whether everything captured was given back.
    private var isRefunded: Bool { isReleased || isCaptured && amountCaptured > 0 && amountRefunded == amountCaptured }

    /// Whether the amount is held on the card and may still be captured.
    private var isUncaptured: Bool { status == .succeeded && !isCaptured }

    private func outcomeMembers(into json: inout JSONWriter) {
        guard let outcome else { return json.null("outcome") }
        json.object("outcome") { json in
            json.field("advice_code", outcome.adviceCode)
            json.null("network_advice_code")
            json.field("network_decline_code", outcome.networkDeclineCode)
            json.field("network_status", outcome.networkStatus)
            json.field("reason", outcome.reason)
            json.field("risk_level", outcome.riskLevel)
            json.field("risk_score", outcome.riskScore)
            json.field("seller_message", outcome.sellerMessage)
            json.field("type", outcome.type)
        }
    }

    /// The card as it was used: `payment_method_details.card`.
    private func cardMembers(into json: inout JSONWriter) {
        json.field("amount_authorized", status == .succeeded ? amount.amount : nil)
        json.field("authorization_code", network.approvalCode)
        json.field("brand", card.brand)
        if isUncaptured { json.field("capture_before", createdAt.adding(days: Self.authorisationDays).seconds) }
        json.cardChecks("checks", card.checks)
        json.field("country", card.shownCountry)
        json.field("exp_month", Int64(card.expiryMonth))
        json.field("exp_year", Int64(card.expiryYear))
        json.object("extended_authorization") { $0.field("status", "disabled") }
        json.field("fingerprint", card.fingerprint)
        json.field("funding", card.funding)
        json.object("incremental_authorization") { $0.field("status", isUncaptured ? "available" : "unavailable") }
        json.null("installments")
        json.field("last4", card.last4)
        json.null("mandate")
        json.object("multicapture") { $0.field("status", "unavailable") }
        json.field("network", card.brand)
        json.object("network_token") { $0.field("used", false) }
        json.field("network_transaction_id", network.networkTransactionID)
        json.object("overcapture") { json in
            json.field("maximum_amount_capturable", amount.amount)
            json.field("status", "unavailable")
        }
        json.field("regulated_status", "unregulated")
        json.null("three_d_secure")
        json.null("wallet")
    }

    /// The newest refunds; null unless they were asked for.
    private func refundsMember(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        guard let below = expansion.below(.refunds), let page = context.expanded.refunds(of: id.text) else {
            return json.null("refunds")
        }
        json.object("refunds") { page.members(into: &$0, context, below.below(.data) ?? .none) }
    }
}

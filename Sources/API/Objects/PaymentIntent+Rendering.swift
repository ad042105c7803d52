import Core
import Money
import Payments

extension PaymentIntent {
    /// Writes the fields of a `payment_intent`.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        assert(!isHidden, "The intent behind a charge of its own is not shown: answer payment_intent null")
        json.field("id", id.text)
        json.field("object", "payment_intent")
        json.field("amount", amount.amount)
        json.field("amount_capturable", amountCapturable)
        json.object("amount_details") { $0.object("tip") { _ in } }
        json.field("amount_received", amountReceived)
        json.null("application")
        json.null("application_fee_amount")
        automaticMethodsMembers(into: &json)
        json.field("canceled_at", canceledAt?.seconds)
        json.field("cancellation_reason", cancellationReason)
        json.field("capture_method", captureMethod.rawValue)
        json.field("client_secret", wholeClientSecret)
        json.field("confirmation_method", confirmationMethod)
        json.field("created", createdAt.seconds)
        json.field("currency", amount.currency.lowercased)
        json.reference("customer", customer?.text, .customer, context, expansion)
        json.null("customer_account")
        json.field("description", description)
        json.null("excluded_payment_method_types")
        if let lastError {
            json.object("last_payment_error") {
                lastError.members(into: &$0, context, expansion.below(.lastPaymentError) ?? .none)
            }
        } else {
            json.null("last_payment_error")
        }
        json.reference("latest_charge", latestCharge?.text, .latestCharge, context, expansion)
        json.field("livemode", context.isLive)
        json.metadata("metadata", metadata)
        json.null("next_action")
        json.null("on_behalf_of")
        json.reference("payment_method", paymentMethod?.text, .paymentMethod, context, expansion)
        methodMembers(into: &json)
        json.null("processing")
        json.field("receipt_email", receiptEmail)
        json.null("review")
        json.field("setup_future_usage", setupFutureUsage)
        json.shipping("shipping", shipping)
        json.field("statement_descriptor", statementDescriptor)
        json.field("statement_descriptor_suffix", statementDescriptorSuffix)
        json.field("status", status.rawValue)
        json.null("transfer_data")
        json.field("transfer_group", transferGroup)
    }

    /// `{id}_secret_…`, with which a client may confirm the intent.
    private var wholeClientSecret: String { "\(id.text)_secret_\(clientSecret)" }

    private func automaticMethodsMembers(into json: inout JSONWriter) {
        guard let automaticPaymentMethods else { return json.null("automatic_payment_methods") }
        json.object("automatic_payment_methods") { json in
            json.field("allow_redirects", automaticPaymentMethods.allowRedirects)
            json.field("enabled", true)
        }
    }

    /// The fields named `payment_method_…`.
    private func methodMembers(into json: inout JSONWriter) {
        json.null("payment_method_configuration_details")
        json.object("payment_method_options") { json in
            json.object("card") { json in
                json.null("installments")
                json.null("mandate_options")
                json.null("network")
                json.field("request_three_d_secure", "automatic")
            }
        }
        json.array("payment_method_types") { json in
            if paymentMethodTypes.isEmpty { json.element("card") }
            for type in paymentMethodTypes { json.element(type) }
        }
    }
}

extension PaymentFailure {
    /// Writes the fields of an error as it stands in `last_payment_error`. What has no value is left out, as in errors.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        json.fieldIfPresent("advice_code", adviceCode)
        json.fieldIfPresent("charge", charge?.text)
        json.field("code", code)
        json.fieldIfPresent("decline_code", declineCode)
        json.field("doc_url", APIError.documentationURL(of: code))
        json.field("message", message)
        json.fieldIfPresent("network_decline_code", networkDeclineCode)
        json.fieldIfPresent("param", parameter)
        if let paymentMethod {
            json.object("payment_method") {
                paymentMethod.members(into: &$0, context, expansion.below(.paymentMethod) ?? .none)
            }
        }
        json.field("type", "card_error")
    }
}

import Core
import Payments

extension Customer {
    /// Writes the fields of a `customer`, or what is answered for a deleted one.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        if isDeleted { return json.deletedMembers(kind: Customer.kind, id: id.text) }
        json.field("id", id.text)
        json.field("object", "customer")
        if let address { json.address("address", address) } else { json.null("address") }
        json.field("balance", 0)
        json.field("created", createdAt.seconds)
        json.null("currency")
        json.null("customer_account")
        json.null("default_source")
        json.field("delinquent", false)
        json.field("description", description)
        json.null("discount")
        json.field("email", email)
        json.field("invoice_prefix", invoicePrefix)
        json.object("invoice_settings") { json in
            json.null("custom_fields")
            json.reference(
                "default_payment_method", defaultPaymentMethod?.text, .defaultPaymentMethod, context,
                expansion.below(.invoiceSettings) ?? .none)
            json.null("footer")
            json.null("rendering_options")
        }
        json.field("livemode", context.isLive)
        json.metadata("metadata", metadata)
        json.field("name", name)
        json.field("next_invoice_sequence", nextInvoiceSequence)
        json.field("phone", phone)
        json.array("preferred_locales") { json in for locale in preferredLocales { json.element(locale) } }
        json.shipping("shipping", shipping)
        listMembers(into: &json, expansion)
        json.field("tax_exempt", taxExempt)
        if expansion.below(.taxIDs) != nil { json.emptyList("tax_ids", url: "/v1/customers/\(id.text)/tax_ids") }
        json.null("test_clock")
    }

    /// Lists that are answered only when asked for; Florin keeps nothing that could be in them.
    private func listMembers(into json: inout JSONWriter, _ expansion: Expansion) {
        if expansion.below(.sources) != nil { json.emptyList("sources", url: "/v1/customers/\(id.text)/sources") }
        if expansion.below(.subscriptions) != nil {
            json.emptyList("subscriptions", url: "/v1/customers/\(id.text)/subscriptions")
        }
    }
}

import Core
import Payments

extension PaymentMethod {
    /// Writes the fields of a `payment_method`.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        json.field("id", id.text)
        json.field("object", "payment_method")
        json.field("allow_redisplay", allowRedisplay)
        json.billingDetails("billing_details", billingDetails)
        json.object("card") { card.members(into: &$0) }
        json.field("created", createdAt.seconds)
        json.reference("customer", customer?.text, .customer, context, expansion)
        json.null("customer_account")
        json.field("livemode", context.isLive)
        json.metadata("metadata", metadata)
        json.field("type", "card")
    }
}

extension Card {
    /// The issuer's country, nil where it is not known.
    var shownCountry: String? { country.isEmpty ? nil : country }

    /// Writes the fields of `payment_method.card`.
    fileprivate func members(into json: inout JSONWriter) {
        json.field("brand", brand)
        json.cardChecks("checks", checks)
        json.field("country", shownCountry)
        json.field("display_brand", brand)
        json.field("exp_month", Int64(expiryMonth))
        json.field("exp_year", Int64(expiryYear))
        json.field("fingerprint", fingerprint)
        json.field("funding", funding)
        json.null("generated_from")
        json.field("last4", last4)
        json.object("networks") { json in
            json.array("available") { $0.element(brand) }
            json.null("preferred")
        }
        json.field("regulated_status", "unregulated")
        json.object("three_d_secure_usage") { $0.field("supported", true) }
        json.null("wallet")
    }
}

extension JSONWriter {
    /// What the issuer said of what came with a card; null where it was not sent.
    mutating func cardChecks(_ key: StaticString, _ checks: CardChecks) {
        object(key) { json in
            json.field("address_line1_check", checks.addressLine1?.rawValue)
            json.field("address_postal_code_check", checks.postalCode?.rawValue)
            json.field("cvc_check", checks.cvc?.rawValue)
        }
    }
}

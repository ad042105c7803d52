import Core
import Payments

extension CardToken {
    /// Writes the fields of a `token` that stands for a card.
    func members(into json: inout JSONWriter, _ context: RenderContext) {
        json.field("id", id.text)
        json.field("object", "token")
        json.object("card") { cardMembers(into: &$0) }
        json.field("client_ip", clientIP)
        json.field("created", createdAt.seconds)
        json.field("livemode", context.isLive)
        json.field("type", "card")
        json.field("used", isUsed)
    }

    /// The card object of a token, older in form than that of a payment method.
    private func cardMembers(into json: inout JSONWriter) {
        let address = billingDetails.address
        json.field("id", cardID.text)
        json.field("object", "card")
        json.field("address_city", address.city)
        json.field("address_country", address.country)
        json.field("address_line1", address.line1)
        json.field("address_line1_check", card.checks.addressLine1?.rawValue)
        json.field("address_line2", address.line2)
        json.field("address_state", address.state)
        json.field("address_zip", address.postalCode)
        json.field("address_zip_check", card.checks.postalCode?.rawValue)
        json.field("brand", Self.brandName(card.brand))
        json.field("country", card.shownCountry)
        json.field("cvc_check", card.checks.cvc?.rawValue)
        json.null("dynamic_last4")
        json.field("exp_month", Int64(card.expiryMonth))
        json.field("exp_year", Int64(card.expiryYear))
        json.field("fingerprint", card.fingerprint)
        json.field("funding", card.funding)
        json.field("last4", card.last4)
        json.object("metadata") { _ in }
        json.field("name", billingDetails.name)
        json.object("networks") { $0.null("preferred") }
        json.field("regulated_status", "unregulated")
        json.null("tokenization_method")
    }

    /// The name card objects give a brand.
    private static func brandName(_ brand: String) -> String {
        switch brand {
        case "amex": "American Express"
        case "cartes_bancaires": "Cartes Bancaires"
        case "diners": "Diners Club"
        case "discover": "Discover"
        case "eftpos_au": "Eftpos Australia"
        case "girocard": "Girocard"
        case "jcb": "JCB"
        case "mastercard": "MasterCard"
        case "unionpay": "UnionPay"
        case "visa": "Visa"
        default: "Unknown"
        }
    }
}

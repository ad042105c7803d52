import Core
import Payments

extension JSONWriter {
    /// An address with all its fields.
    mutating func address(_ key: StaticString, _ address: Address) {
        object(key) { json in
            json.field("city", address.city)
            json.field("country", address.country)
            json.field("line1", address.line1)
            json.field("line2", address.line2)
            json.field("postal_code", address.postalCode)
            json.field("state", address.state)
        }
    }

    /// Who pays, with all its fields.
    mutating func billingDetails(_ key: StaticString, _ details: BillingDetails) {
        object(key) { json in
            json.address("address", details.address)
            json.field("email", details.email)
            json.field("name", details.name)
            json.field("phone", details.phone)
            json.null("tax_id")
        }
    }

    /// Where goods go; null when nobody said.
    mutating func shipping(_ key: StaticString, _ shipping: Shipping?) {
        guard let shipping else { return null(key) }
        object(key) { json in
            json.address("address", shipping.address)
            json.field("carrier", shipping.carrier)
            json.fieldIfPresent("name", shipping.name)
            json.field("phone", shipping.phone)
            json.field("tracking_number", shipping.trackingNumber)
        }
    }
}

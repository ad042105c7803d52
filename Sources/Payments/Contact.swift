import Core

/// A postal address as the merchant gave it; nothing is checked but lengths and the country's two letters.
public struct Address: Hashable, Sendable {
    public var line1: String?
    public var line2: String?
    public var city: String?
    public var state: String?
    public var postalCode: String?
    /// ISO 3166 alpha-2.
    public var country: String?

    public init(
        line1: String? = nil, line2: String? = nil, city: String? = nil, state: String? = nil,
        postalCode: String? = nil, country: String? = nil
    ) {
        self.line1 = line1
        self.line2 = line2
        self.city = city
        self.state = state
        self.postalCode = postalCode
        self.country = country
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        guard self != Address() else { return }
        json.object(key) { json in
            json.some("line1", line1)
            json.some("line2", line2)
            json.some("city", city)
            json.some("state", state)
            json.some("postal_code", postalCode)
            json.some("country", country)
        }
    }

    init(_ reader: DocumentReader?) {
        line1 = reader?.optionalText("line1")
        line2 = reader?.optionalText("line2")
        city = reader?.optionalText("city")
        state = reader?.optionalText("state")
        postalCode = reader?.optionalText("postal_code")
        country = reader?.optionalText("country")
    }
}

/// Who pays, as typed in with the card.
public struct BillingDetails: Hashable, Sendable {
    public var address: Address
    public var email: String?
    public var name: String?
    public var phone: String?

    public init(address: Address = Address(), email: String? = nil, name: String? = nil, phone: String? = nil) {
        self.address = address
        self.email = email
        self.name = name
        self.phone = phone
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        guard self != BillingDetails() else { return }
        json.object(key) { json in
            address.encode("address", into: &json)
            json.some("email", email)
            json.some("name", name)
            json.some("phone", phone)
        }
    }

    init(_ reader: DocumentReader?) {
        address = Address(reader?.part("address"))
        email = reader?.optionalText("email")
        name = reader?.optionalText("name")
        phone = reader?.optionalText("phone")
    }
}

/// Where goods go.
public struct Shipping: Hashable, Sendable {
    public var address: Address
    public var name: String?
    public var phone: String?
    public var carrier: String?
    public var trackingNumber: String?

    public init(address: Address, name: String?, phone: String?, carrier: String?, trackingNumber: String?) {
        self.address = address
        self.name = name
        self.phone = phone
        self.carrier = carrier
        self.trackingNumber = trackingNumber
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            address.encode("address", into: &json)
            json.some("name", name)
            json.some("phone", phone)
            json.some("carrier", carrier)
            json.some("tracking_number", trackingNumber)
        }
    }

    init?(_ reader: DocumentReader?) {
        guard let reader else { return nil }
        address = Address(reader.part("address"))
        name = reader.optionalText("name")
        phone = reader.optionalText("phone")
        carrier = reader.optionalText("carrier")
        trackingNumber = reader.optionalText("tracking_number")
    }
}

extension BillingDetails {
    /// Takes over what `update` says and keeps the rest.
    public mutating func merge(_ update: BillingDetails) {
        email = update.email ?? email
        name = update.name ?? name
        phone = update.phone ?? phone
        if update.address != Address() { address = update.address }
    }
}

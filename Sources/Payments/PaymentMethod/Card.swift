public import Core

/// What may be known of a card outside the vault: everything but its number and its verification code.
public struct Card: Hashable, Sendable {
    public var vaultToken: VaultTokenID
    /// As the API names it: `visa`, `mastercard`, `amex` …
    public var brand: String
    /// `credit`, `debit`, `prepaid` or `unknown`.
    public var funding: String
    /// ISO 3166 alpha-2 country of the issuer.
    public var country: String
    /// First eight digits, the issuer's identification number (ISO/IEC 7812-1).
    public var bin8: String
    public var last4: String
    /// Keyed hash of the number: equal for the same card of one merchant.
    public var fingerprint: String
    /// 1…12.
    public var expiryMonth: Int
    /// Four digits.
    public var expiryYear: Int
    /// What the issuer said when the card was last used or checked.
    public var checks: CardChecks

    public init(
        vaultToken: VaultTokenID, brand: String, funding: String, country: String, bin8: String, last4: String,
        fingerprint: String, expiryMonth: Int, expiryYear: Int, checks: CardChecks
    ) {
        self.vaultToken = vaultToken
        self.brand = brand
        self.funding = funding
        self.country = country
        self.bin8 = bin8
        self.last4 = last4
        self.fingerprint = fingerprint
        self.expiryMonth = expiryMonth
        self.expiryYear = expiryYear
        self.checks = checks
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            json.field("vault", vaultToken.text)
            json.field("brand", brand)
            json.field("funding", funding)
            json.field("country", country)
            json.field("bin8", bin8)
            json.field("last4", last4)
            json.field("fingerprint", fingerprint)
            json.field("month", Int64(expiryMonth))
            json.field("year", Int64(expiryYear))
            checks.encode("checks", into: &json)
        }
    }

    init(_ reader: DocumentReader?) throws(DocumentError) {
        guard let reader else { throw DocumentError(field: "card") }
        vaultToken = VaultTokenID(try reader.text("vault"))
        brand = try reader.text("brand")
        funding = try reader.text("funding")
        country = try reader.text("country")
        bin8 = try reader.text("bin8")
        last4 = try reader.text("last4")
        fingerprint = try reader.text("fingerprint")
        expiryMonth = Int(reader.integer("month"))
        expiryYear = Int(reader.integer("year"))
        checks = CardChecks(reader.part("checks"))
    }
}

extension CardChecks {
    func encode(_ key: StaticString, into json: inout JSONWriter) {
        guard cvc != nil || addressLine1 != nil || postalCode != nil else { return }
        json.object(key) { json in
            json.some("cvc", cvc?.rawValue)
            json.some("line1", addressLine1?.rawValue)
            json.some("postal", postalCode?.rawValue)
        }
    }

    init(_ reader: DocumentReader?) {
        self.init(
            cvc: reader?.optionalChoice("cvc"), addressLine1: reader?.optionalChoice("line1"),
            postalCode: reader?.optionalChoice("postal"))
    }
}

/// The network whose mark a card bears. Raw values are the names in Stripe's API.
public enum CardBrand: String, Hashable, Sendable, CaseIterable {
    /// Visa.
    case visa
    /// Mastercard.
    case mastercard
    /// American Express.
    case americanExpress = "amex"
    /// Discover.
    case discover
    /// Diners Club.
    case diners
    /// JCB.
    case jcb
    /// UnionPay.
    case unionpay
    /// Any other network, or a number that no network owns.
    case unknown

    /// The name to show to people.
    public var displayName: String {
        switch self {
        case .visa: "Visa"
        case .mastercard: "Mastercard"
        case .americanExpress: "American Express"
        case .discover: "Discover"
        case .diners: "Diners Club"
        case .jcb: "JCB"
        case .unionpay: "UnionPay"
        case .unknown: "Unknown"
        }
    }

    /// How many digits a card number of the brand can have.
    ///
    /// Source: braintree/credit-card-type (MIT). For an unknown brand it is what ISO/IEC 7812-1 allows, from twelve.
    public var numberLengths: [Int] {
        switch self {
        case .visa: [16, 18, 19]
        case .mastercard: [16]
        case .americanExpress: [15]
        case .discover: [16, 19]
        case .diners: [14, 16, 19]
        case .jcb: [16, 17, 18, 19]
        case .unionpay: [14, 15, 16, 17, 18, 19]
        case .unknown: [12, 13, 14, 15, 16, 17, 18, 19]
        }
    }

    /// How many digits the card verification code has.
    public var verificationCodeLength: Int { self == .americanExpress ? 4 : 3 }
}

/// Where the money of a card comes from. Raw values are the names in Stripe's API.
public enum CardFunding: String, Hashable, Sendable, CaseIterable {
    /// Credit that the issuer grants.
    case credit
    /// The cardholder's account.
    case debit
    /// Money paid in beforehand.
    case prepaid
    /// Not known.
    case unknown
}

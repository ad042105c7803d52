/// A card number of the sandbox: what it is called, and what the sandbox's issuer does with it.
public struct TestCard: Hashable, Sendable {
    /// The digits.
    public let number: String
    /// Its names behind `pm_card_` and `tok_`, such as `visa`; none for a number that is only used raw.
    public let names: [String]
    /// What happens to payments with it.
    public let behaviour: TestCardBehaviour

    init(_ number: String, _ names: [String], _ behaviour: TestCardBehaviour) {
        self.number = number
        self.names = names
        self.behaviour = behaviour
    }

    /// The first eight digits.
    public var bin: String { String(number.prefix(8)) }

    /// The last four digits.
    public var last4: String { String(number.suffix(4)) }
}

/// What the sandbox does with a test card. Every card does one thing; the properties below answer each room's question.
public enum TestCardBehaviour: Hashable, Sendable {
    /// Approved.
    case approve
    /// Approved, and the money is available at once.
    case approveAvailableAtOnce
    /// Every authorisation, also the one that verifies the card before it is attached, is declined with this DE39.
    case decline(responseCode: String)
    /// It can be attached; every charge is declined with this DE39.
    case declineCharges(responseCode: String)
    /// Approved; the issuer's checks of the card verification code and the address end like this.
    case checks(TestCardChecks)
    /// The cardholder has to authenticate, or can, or cannot.
    case authentication(TestCardAuthentication)
    /// Approved, then disputed.
    case dispute(TestCardDispute)
    /// Approved, then the issuer reports fraud: an early fraud warning.
    case earlyFraudWarning
    /// Judged risky, whatever the fraud engine thinks.
    case risk(TestCardRisk)
    /// Approved; refunds go another way.
    case refund(TestCardRefund)
}

/// What each room wants to know.
extension TestCardBehaviour {
    /// The DE39 with which the issuer answers an authorisation that needs no more authentication.
    public var responseCode: String {
        switch self {
        case .decline(let code), .declineCharges(let code): code
        case .authentication(let authentication): authentication.responseCode
        case .risk(.blocked): "59"
        case .approve, .approveAvailableAtOnce, .checks, .dispute, .earlyFraudWarning, .risk, .refund: "00"
        }
    }

    /// The DE39 with which the issuer answers when the card is verified without an amount, before it is attached.
    public var verificationResponseCode: String {
        switch self {
        case .decline(let code): code
        case .risk(.blocked): responseCode
        default: "00"
        }
    }

    /// How the issuer's checks end, for those data that were sent.
    public var checks: TestCardChecks {
        switch self {
        case .checks(let checks): checks
        case .decline(responseCode: "N7"): TestCardChecks(verificationCode: .fail)
        default: TestCardChecks()
        }
    }

    /// Whether and when the cardholder has to authenticate.
    public var authentication: TestCardAuthentication {
        if case .authentication(let authentication) = self { return authentication }
        return TestCardAuthentication(.notEnrolled)
    }

    /// The disputes that follow a payment.
    public var dispute: TestCardDispute? {
        if case .dispute(let dispute) = self { return dispute }
        return nil
    }

    /// The risk that is to be reported, or nil to ask the fraud engine.
    public var risk: TestCardRisk? {
        if case .risk(let risk) = self { return risk }
        return nil
    }

    /// How a refund goes.
    public var refund: TestCardRefund {
        if case .refund(let refund) = self { return refund }
        return .succeeds
    }
}

/// How an issuer's checks end.
public struct TestCardChecks: Hashable, Sendable {
    /// The end of one check. Raw values are the names in Stripe's API.
    public enum Result: String, Hashable, Sendable {
        /// The datum is right.
        case pass
        /// The datum is wrong.
        case fail
        /// The issuer does not check it.
        case unavailable
    }

    /// The card verification code.
    public let verificationCode: Result
    /// The first line of the address.
    public let addressLine1: Result
    /// The postal code.
    public let postalCode: Result

    init(verificationCode: Result = .pass, addressLine1: Result = .pass, postalCode: Result = .pass) {
        self.verificationCode = verificationCode
        self.addressLine1 = addressLine1
        self.postalCode = postalCode
    }
}

/// When a cardholder has to authenticate, and what comes of it.
public struct TestCardAuthentication: Hashable, Sendable {
    /// When a challenge is needed.
    public enum Requirement: Hashable, Sendable {
        /// The card knows no 3-D Secure.
        case notSupported
        /// Asking for it ends without a challenge: the attempt is acknowledged.
        case notEnrolled
        /// A challenge when the merchant or a rule asks for it.
        case optional
        /// A challenge for every payment, by the platform's rules.
        case required
        /// A challenge, unless the card was set up for use without its holder and is used so.
        case requiredUnlessSetUp
        /// A challenge when the cardholder is there; none when not, as if the card had been set up.
        case requiredOnSession
        /// A challenge always; without the cardholder the issuer declines with `authentication_required`.
        case always
    }

    /// When a challenge is needed.
    public let requirement: Requirement
    /// Whether looking the card up at the directory server fails, so that there is no authentication.
    public let lookupFails: Bool
    /// The DE39 of the authorisation, once no challenge is needed any more.
    public let responseCode: String

    init(_ requirement: Requirement, lookupFails: Bool = false, responseCode: String = "00") {
        self.requirement = requirement
        self.lookupFails = lookupFails
        self.responseCode = responseCode
    }
}

/// The dispute that follows a payment.
public enum TestCardDispute: Hashable, Sendable {
    /// A dispute with the reason `fraudulent`.
    case fraudulent
    /// A dispute with the reason `product_not_received`.
    case productNotReceived
    /// An inquiry: no money moves.
    case inquiry
    /// More than one dispute with the reason `fraudulent`.
    case multiple
}

/// The risk of a payment.
public enum TestCardRisk: Hashable, Sendable {
    /// Highest, and blocked before the network sees it.
    case blocked
    /// Highest, but not blocked.
    case highest
    /// Elevated: held for review.
    case elevated
}

/// How a refund goes.
public enum TestCardRefund: Hashable, Sendable {
    /// At once.
    case succeeds
    /// Pending first, then it succeeds.
    case pendingThenSucceeds
    /// It seems to succeed, then fails.
    case succeedsThenFails
}

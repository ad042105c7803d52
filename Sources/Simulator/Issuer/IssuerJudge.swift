internal import CardFormats

/// What the issuer thinks of a card and an amount.
///
/// The cards of the sandbox do what ``TestCards`` says; all other numbers with a right check digit approve.
struct IssuerJudge: Sendable {
    /// Decided by the last two digits of an amount.
    private static let responseCodesByAmount: [Int64: String] = [
        1: "1A", 5: "05", 14: "14", 41: "41", 43: "43", 51: "51", 54: "54", 57: "57", 61: "61", 65: "65", 91: "91",
    ]
    /// The last two digits of an amount that gets no answer.
    static let silentAmount: Int64 = 68

    let decidesByAmount: Bool

    /// The verdict on a message that asks for money of a card.
    func verdict(on message: Message, amount: Int64, script: ScriptCard?) -> IssuerVerdict {
        let isValid = message.withBytes(of: .primaryAccountNumber) { Luhn.isValid($0) } ?? false
        guard isValid else { return IssuerVerdict(responseCode: "14", checks: .none) }
        let behaviour = message.withBytes(of: .primaryAccountNumber) { TestCards.card(number: $0)?.behaviour } ?? nil
        var code = behaviour.map { Self.responseCode($0, message, isVerification: amount == 0) } ?? "00"
        if code == "00", followsAmount(script) { code = Self.responseCodesByAmount[amount % 100] ?? code }
        return IssuerVerdict(responseCode: code, checks: Self.checks(behaviour?.checks, message))
    }

    /// Whether the amount, and not only the card, decides.
    func followsAmount(_ script: ScriptCard?) -> Bool { decidesByAmount || script == .decideByAmount }

    private static func responseCode(
        _ behaviour: TestCardBehaviour, _ message: Message, isVerification: Bool
    ) -> String {
        if isVerification { return behaviour.verificationResponseCode }
        guard case .authentication(let authentication) = behaviour else { return behaviour.responseCode }
        return isAuthenticationMissing(authentication.requirement, message)
            ? "1A" : authentication.responseCode
    }

    private static func isAuthenticationMissing(
        _ requirement: TestCardAuthentication.Requirement, _ message: Message
    ) -> Bool {
        // DE60 says how the cardholder was authenticated: fully (05, 02) or as far as could be (06, 01).
        let indicator = message[.reservedPrivate60]
        if ["ECI05", "ECI06", "ECI01", "ECI02"].contains(indicator) { return false }
        let isOnFile = message[.pointOfServiceEntryMode]?.hasPrefix("10") == true
        return switch requirement {
        case .notSupported, .notEnrolled, .optional: false
        case .requiredUnlessSetUp, .requiredOnSession: !isOnFile
        case .required, .always: true
        }
    }

    // MARK: Checks

    /// The results for those data that the message has.
    private static func checks(_ card: TestCardChecks?, _ message: Message) -> IssuerChecks {
        let hasLine = IssuerPrivateData.contains(IssuerPrivateData.addressLine1, in: message)
        let hasPostalCode = IssuerPrivateData.contains(IssuerPrivateData.postalCode, in: message)
        return IssuerChecks(
            cvc: message.contains(.reservedPrivate63) ? letter(card?.verificationCode ?? .pass) : nil,
            address: address(
                line: hasLine ? card?.addressLine1 ?? .pass : nil,
                postalCode: hasPostalCode ? card?.postalCode ?? .pass : nil))
    }

    private static func letter(_ result: TestCardChecks.Result) -> UInt8 {
        switch result {
        case .pass: UInt8(ascii: "M")
        case .fail: UInt8(ascii: "N")
        case .unavailable: UInt8(ascii: "U")
        }
    }

    /// The one letter that networks answer for both parts of an address.
    private static func address(line: TestCardChecks.Result?, postalCode: TestCardChecks.Result?) -> UInt8? {
        if line == nil, postalCode == nil { return nil }
        if line == .unavailable || postalCode == .unavailable { return UInt8(ascii: "U") }
        return switch (line == .pass, postalCode == .pass) {
        case (true, true): UInt8(ascii: "Y")
        case (true, false): UInt8(ascii: "A")
        case (false, true): UInt8(ascii: "Z")
        case (false, false): UInt8(ascii: "N")
        }
    }
}

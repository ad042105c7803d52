/// The card numbers of the sandbox.
///
/// Source: Stripe's documentation, docs.stripe.com/testing. Every name works behind `pm_card_` and behind `tok_`;
/// declines are known with and without `visa_`, because both spellings are in use.
public enum TestCards {
    /// Every test card: the particular ones, then one for each country.
    public static let all: [TestCard] = particular + countries

    /// The card of a name such as `pm_card_visa` or `tok_visa`, or nil.
    public static func card(named name: String) -> TestCard? {
        for prefix in ["pm_card_", "tok_"] where name.hasPrefix(prefix) {
            return byName[String(name.dropFirst(prefix.count))]
        }
        return nil
    }

    /// The card of a number in ASCII digits, or nil when it is not in the table.
    public static func card(number digits: UnsafeRawBufferPointer) -> TestCard? {
        key(digits, digits.count).flatMap { byNumber[$0] }
    }

    /// The card of a number in ASCII digits, or nil when it is not in the table.
    public static func card(number digits: [UInt8]) -> TestCard? {
        key(digits, digits.count).flatMap { byNumber[$0] }
    }

    /// The card with these first eight and last four digits, or nil. No two cards of the table share them.
    public static func card(bin: some StringProtocol, last4: some StringProtocol) -> TestCard? {
        guard bin.utf8.count == 8, last4.utf8.count == 4 else { return nil }
        return key(Array(bin.utf8) + Array(last4.utf8), 12).flatMap { byEnds[$0] }
    }

    private static let byName: [String: TestCard] = {
        let pairs = all.flatMap { card in card.names.map { ($0, card) } }
        return [String: TestCard](uniqueKeysWithValues: pairs)
    }()

    private static let byNumber = [UInt64: TestCard](
        uniqueKeysWithValues: all.map { (requiredKey($0.number), $0) })

    private static let byEnds = [UInt64: TestCard](
        uniqueKeysWithValues: all.map { (requiredKey($0.bin + $0.last4), $0) })

    /// The number that 12 to 19 digits make, or nil. None starts with a zero, so no two make the same.
    private static func key(_ digits: some Sequence<UInt8>, _ count: Int) -> UInt64? {
        guard 12...19 ~= count else { return nil }
        var value: UInt64 = 0
        for character in digits {
            let digit = UInt64(character &- 0x30)
            guard digit <= 9 else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func requiredKey(_ digits: String) -> UInt64 {
        guard let key = key(digits.utf8, digits.utf8.count) else {
            preconditionFailure("TestCards has the number \(digits), which is not 12 to 19 digits: mend the table")
        }
        return key
    }
}

/// The cards that do something particular.
extension TestCards {
    private static let particular: [TestCard] = brands + declines + checks + authentications + aftermaths

    private static let brands: [TestCard] = [
        TestCard("4242424242424242", ["visa", "us"], .approve),
        TestCard(
            "4000056655665556", ["visa_debit", "visa_debit_us_transferSuccess"], .approve),
        TestCard("5555555555554444", ["mastercard"], .approve),
        TestCard("2223003122003222", [], .approve),
        TestCard(
            "5200828282828210", ["mastercard_debit", "mastercard_debit_us_transferSuccess"], .approve),
        TestCard("5105105105105100", ["mastercard_prepaid"], .approve),
        TestCard(
            "378282246310005", ["amex", "amex_threeDSecureNotSupported"],
            .authentication(TestCardAuthentication(.notSupported))),
        TestCard("371449635398431", [], .authentication(TestCardAuthentication(.notSupported))),
        TestCard("6011111111111117", ["discover"], .approve),
        TestCard("6011000990139424", [], .approve),
        TestCard("6011981111111113", [], .approve),
        TestCard("3056930009020004", ["diners"], .approve),
        TestCard("36227206271667", [], .approve),
        TestCard("3566002020360505", ["jcb"], .approve),
        TestCard("6200000000000005", ["unionpay"], .approve),
        TestCard("6205500000000000004", [], .approve),
    ]

    private static let declines: [TestCard] = [
        decline("4000000000000002", "", ResponseCode.sandboxGenericDecline.code),
        decline("4000000000009995", "InsufficientFunds", "51"),
        decline("4000000000009987", "LostCard", "41"),
        decline("4000000000009979", "StolenCard", "43"),
        decline("4000000000000069", "ExpiredCard", "54"),
        decline("4000000000000127", "IncorrectCvc", "N7"),
        decline("4000000000000119", "ProcessingError", "96"),
        decline("4000000000006975", "VelocityLimitExceeded", "65"),
        TestCard(
            "4100000000000019",
            ["radarBlock", "chargeDeclinedFraudulent", "visa_chargeDeclinedFraudulent"], .risk(.blocked)),
        TestCard(
            "4000000000000341", ["chargeCustomerFail"],
            .declineCharges(responseCode: ResponseCode.sandboxGenericDecline.code)),
    ]

    private static let checks: [TestCard] = [
        TestCard("4000000000000101", ["cvcCheckFail"], .checks(TestCardChecks(verificationCode: .fail))),
        TestCard("4000000000000036", ["avsZipFail"], .checks(TestCardChecks(postalCode: .fail))),
        TestCard("4000000000000028", ["avsLine1Fail"], .checks(TestCardChecks(addressLine1: .fail))),
        TestCard(
            "4000000000000010", ["avsFail"], .checks(TestCardChecks(addressLine1: .fail, postalCode: .fail))),
        TestCard(
            "4000000000000044", ["avsUnchecked"],
            .checks(TestCardChecks(addressLine1: .unavailable, postalCode: .unavailable))),
    ]

    private static let authentications: [TestCard] = [
        authentication("4000000000003220", "threeDSecure2Required", .required),
        authentication("4000000000003063", "threeDSecureRequired", .required),
        authentication("4000008400000027", nil, .required),
        authentication(
            "4000008400001629", "threeDSecureRequiredChargeDeclined", .required,
            responseCode: ResponseCode.sandboxGenericDecline.code),
        authentication("4000008400001280", "threeDSecureRequiredProcessingError", .required, lookupFails: true),
        authentication("4000000000003055", "threeDSecureOptional", .optional),
        authentication("4000000000003097", "threeDSecureOptionalProcessingError", .optional, lookupFails: true),
        authentication("4000002500003155", "authenticationRequiredOnSetup", .requiredUnlessSetUp),
        authentication("4000002760003184", "authenticationRequired", .always),
        authentication("4000003800000446", "authenticationRequiredSetupForOffSession", .requiredOnSession),
        authentication(
            "4000008260003178", "authenticationRequiredChargeDeclinedInsufficientFunds", .requiredOnSession,
            responseCode: "51"),
    ]

    private static let aftermaths: [TestCard] = [
        TestCard("4000000000000077", ["bypassPending"], .approveAvailableAtOnce),
        TestCard("4000003720000278", ["bypassPendingInternational"], .approveAvailableAtOnce),
        TestCard("4000000000000093", ["domesticPricing"], .approve),
        TestCard("4000000000000259", ["createDispute"], .dispute(.fraudulent)),
        TestCard("4000000000002685", ["createDisputeProductNotReceived"], .dispute(.productNotReceived)),
        TestCard("4000000000001976", ["createDisputeInquiry"], .dispute(.inquiry)),
        TestCard("4000000404000079", ["createMultipleDisputes"], .dispute(.multiple)),
        TestCard("4000000000005423", ["createIssuerFraudRecord"], .earlyFraudWarning),
        TestCard("4000000000004954", ["riskLevelHighest"], .risk(.highest)),
        TestCard("4000000000009235", ["riskLevelElevated"], .risk(.elevated)),
        TestCard("4000000000007726", ["pendingRefund"], .refund(.pendingThenSucceeds)),
        TestCard("4000000000005126", ["refundFail"], .refund(.succeedsThenFails)),
    ]

    private static func decline(_ number: String, _ reason: String, _ responseCode: String) -> TestCard {
        TestCard(
            number, ["chargeDeclined" + reason, "visa_chargeDeclined" + reason], .decline(responseCode: responseCode))
    }

    private static func authentication(
        _ number: String, _ name: String?, _ requirement: TestCardAuthentication.Requirement,
        lookupFails: Bool = false, responseCode: String = "00"
    ) -> TestCard {
        let authentication = TestCardAuthentication(
            requirement, lookupFails: lookupFails, responseCode: responseCode)
        return TestCard(number, name.map { [$0] } ?? [], .authentication(authentication))
    }
}

import CardFormats
import Testing

@Suite("TestCards")
struct TestCardTests {
    @Test("numbers are right: check digit, length and brand")
    func numbers() {
        for card in TestCards.all {
            let digits = Array(card.number.utf8)
            #expect(Luhn.isValid(digits), "\(card.number)")
            let brand = BINTable.lookup(digits: digits).brand
            #expect(brand != .unknown, "\(card.number)")
            #expect(brand.numberLengths.contains(digits.count), "\(card.number)")
        }
    }

    @Test("numbers, names, and first eight with last four digits are unique")
    func unique() {
        let all = TestCards.all
        #expect(Set(all.map(\.number)).count == all.count)
        #expect(Set(all.map { $0.bin + $0.last4 }).count == all.count)
        let names = all.flatMap(\.names)
        #expect(Set(names).count == names.count)
    }

    @Test("a card is found by each of its names, its number, and its ends")
    func lookups() {
        for card in TestCards.all {
            for name in card.names {
                #expect(TestCards.card(named: "pm_card_" + name) == card)
                #expect(TestCards.card(named: "tok_" + name) == card)
                #expect(TestCards.card(named: name) == nil)
            }
            #expect(TestCards.card(number: Array(card.number.utf8)) == card)
            #expect(TestCards.card(bin: card.bin, last4: card.last4) == card)
        }
        for name in ["", "pm_card_", "tok_", "pm_card_nobody", "pm_card_tok_visa", "src_visa", "pm_card_VISA"] {
            #expect(TestCards.card(named: name) == nil, "\(name)")
        }
        for number in ["", "4111111111111111", "424242424242424a", "42424242424242424242424242424242"] {
            #expect(TestCards.card(number: Array(number.utf8)) == nil, "\(number)")
        }
        #expect(TestCards.card(bin: "4242424", last4: "24242") == nil)
        #expect(TestCards.card(bin: "42424242", last4: "424x") == nil)
    }

    @Test(
        "the numbers of Stripe's documentation carry its names",
        arguments: [
            ("4242424242424242", "tok_visa"), ("4242424242424242", "pm_card_us"),
            ("4000056655665556", "pm_card_visa_debit"),
            ("4000056655665556", "tok_visa_debit_us_transferSuccess"), ("5555555555554444", "pm_card_mastercard"),
            ("378282246310005", "pm_card_amex"), ("6011111111111117", "pm_card_discover"),
            ("3056930009020004", "pm_card_diners"), ("3566002020360505", "pm_card_jcb"),
            ("6200000000000005", "pm_card_unionpay"), ("4000000000000002", "tok_chargeDeclined"),
            ("4000000000000002", "pm_card_visa_chargeDeclined"),
            ("4000000000009995", "pm_card_chargeDeclinedInsufficientFunds"),
            ("4000000000009995", "tok_visa_chargeDeclinedInsufficientFunds"),
            ("4000000000000069", "pm_card_chargeDeclinedExpiredCard"),
            ("4100000000000019", "pm_card_radarBlock"), ("4100000000000019", "tok_chargeDeclinedFraudulent"),
            ("4000000320000021", "pm_card_ar"), ("4000000760000002", "pm_card_br"), ("4000001240000000", "pm_card_ca"),
            ("4000001520000001", "pm_card_cl"), ("4000004840008001", "pm_card_mx"), ("4000008260000000", "pm_card_gb"),
            ("4000002760000016", "pm_card_de"), ("4000002500000003", "pm_card_fr"), ("4000003920000003", "pm_card_jp"),
            ("4000000360000006", "pm_card_au"), ("4000003560000008", "pm_card_in"), ("4000007560000009", "pm_card_ch"),
            ("4000006000000066", "pm_card_py"), ("4000007640000003", "pm_card_th_credit"),
        ])
    func documented(number: String, name: String) {
        #expect(TestCards.card(named: name)?.number == number)
    }

    @Test("every country has a card, and the card is of that country")
    func countries() throws {
        for country in CountryCode.all {
            let card = try #require(TestCards.card(named: "pm_card_" + country.lowercased()))
            #expect(BINTable.lookup(digits: Array(card.number.utf8)).country == country)
            #expect(card.behaviour == .approve)
        }
    }

    @Test(
        "declines are those of the surface plan",
        arguments: [
            ("pm_card_visa_chargeDeclined", "generic_decline"),
            ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("pm_card_visa_chargeDeclinedLostCard", "lost_card"),
            ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
            ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
            ("pm_card_chargeDeclinedProcessingError", "processing_error"),
            ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
            ("pm_card_radarBlock", "fraudulent"), ("pm_card_chargeCustomerFail", "generic_decline"),
            ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        ])
    func declines(name: String, declineCode: String) throws {
        let card = try #require(TestCards.card(named: name))
        let meaning = try #require(ResponseCode.lookup(card.behaviour.responseCode))
        #expect(meaning.declineCode == declineCode)
        #expect(!meaning.isApproval)
        let refusesAttaching = card.behaviour.verificationResponseCode != "00"
        #expect(refusesAttaching == (name.contains("chargeDeclined") || name == "pm_card_radarBlock"))
    }

    @Test("other cards approve, and answer what they are asked")
    func particulars() throws {
        func behaviour(_ name: String) throws -> TestCardBehaviour {
            try #require(TestCards.card(named: "pm_card_" + name)).behaviour
        }
        #expect(try behaviour("bypassPending") == .approveAvailableAtOnce)
        #expect(try behaviour("cvcCheckFail").checks.verificationCode == .fail)
        #expect(try behaviour("chargeDeclinedIncorrectCvc").checks.verificationCode == .fail)
        #expect(try behaviour("avsFail").checks.addressLine1 == .fail)
        #expect(try behaviour("avsFail").checks.postalCode == .fail)
        #expect(try behaviour("avsZipFail").checks.addressLine1 == .pass)
        #expect(try behaviour("avsLine1Fail").checks.postalCode == .pass)
        #expect(try behaviour("avsUnchecked").checks.postalCode == .unavailable)
        #expect(try behaviour("visa").checks.verificationCode == .pass)
        #expect(try behaviour("threeDSecure2Required").authentication.requirement == .required)
        #expect(try behaviour("authenticationRequiredOnSetup").authentication.requirement == .requiredUnlessSetUp)
        #expect(try behaviour("authenticationRequired").authentication.requirement == .always)
        #expect(
            try behaviour("authenticationRequiredSetupForOffSession").authentication.requirement == .requiredOnSession)
        #expect(try behaviour("threeDSecureOptional").authentication.requirement == .optional)
        #expect(try behaviour("amex_threeDSecureNotSupported").authentication.requirement == .notSupported)
        #expect(try behaviour("visa").authentication.requirement == .notEnrolled)
        #expect(try behaviour("threeDSecureRequiredProcessingError").authentication.lookupFails)
        #expect(try behaviour("createDispute").dispute == .fraudulent)
        #expect(try behaviour("createDisputeProductNotReceived").dispute == .productNotReceived)
        #expect(try behaviour("createDisputeInquiry").dispute == .inquiry)
        #expect(try behaviour("createIssuerFraudRecord") == .earlyFraudWarning)
        #expect(try behaviour("radarBlock").risk == .blocked)
        #expect(try behaviour("riskLevelHighest").risk == .highest)
        #expect(try behaviour("riskLevelElevated").risk == .elevated)
        #expect(try behaviour("pendingRefund").refund == .pendingThenSucceeds)
        #expect(try behaviour("refundFail").refund == .succeedsThenFails)
        #expect(try behaviour("visa").refund == .succeeds)
        #expect(try behaviour("visa").dispute == nil)
        #expect(try behaviour("visa").risk == nil)
        #expect(try behaviour("createDispute").responseCode == "00")
        #expect(try behaviour("chargeCustomerFail").verificationResponseCode == "00")
    }
}

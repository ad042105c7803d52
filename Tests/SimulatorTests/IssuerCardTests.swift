import CardFormats
import Testing

@testable import Simulator

@Suite("Script cards")
struct ScriptCardTests {
    @Test("Each has a right check digit, and none is a test card of Stripe's documentation")
    func numbers() {
        for card in ScriptCard.allCases {
            #expect(Luhn.isValid(Array(card.number.utf8)))
            #expect(TestCards.card(number: Array(card.number.utf8)) == nil)
            #expect(Array(card.number.utf8).withUnsafeBytes { ScriptCard(digits: $0) } == card)
        }
        for other in ["4242424242424242", "4000001230009991", "400000123000001", "", "40000012300000xx"] {
            #expect(Array(other.utf8).withUnsafeBytes { ScriptCard(digits: $0) } == nil)
        }
    }

    @Test("Faults of a script card are about what it says, and repeats are answered where it says so")
    func faults() {
        #expect(ScriptCard.silent.fault(.authorisation, isRepeat: true) == .silent)
        #expect(ScriptCard.silent.fault(.reversal, isRepeat: false) == nil)
        #expect(ScriptCard.approveThenSilent.fault(.purchase, isRepeat: false) == .approveThenSilent)
        #expect(ScriptCard.approveThenSilent.fault(.purchase, isRepeat: true) == nil)
        #expect(ScriptCard.captureAnswerLost.fault(.authorisation, isRepeat: false) == nil)
        #expect(ScriptCard.captureAnswerLost.fault(.capture, isRepeat: false) == .approveThenSilent)
        #expect(ScriptCard.refundAnswerLost.fault(.refund, isRepeat: false) == .approveThenSilent)
        #expect(ScriptCard.reversalAnswerLost.fault(.reversal, isRepeat: false) == .approveThenSilent)
        #expect(ScriptCard.reversalAnswerLost.fault(.reversal, isRepeat: true) == nil)
        #expect(IssuerOperation.allCases.allSatisfy { ScriptCard.decideByAmount.fault($0, isRepeat: false) == nil })
    }
}

@Suite("Issuer's judgement")
struct IssuerJudgeTests {
    private func verdict(
        _ number: String, amount: Int64 = 1_000, decidesByAmount: Bool = false, fields: [DataElement: String] = [:]
    ) -> IssuerVerdict {
        var message = Message(.authorisationRequest)
        message[.primaryAccountNumber] = number
        for (element, content) in fields { message[element] = content }
        let script = message.withBytes(of: .primaryAccountNumber) { ScriptCard(digits: $0) } ?? nil
        return IssuerJudge(decidesByAmount: decidesByAmount).verdict(on: message, amount: amount, script: script)
    }

    private static let everything: [DataElement: String] = [
        .additionalDataPrivate: "A1091 Main StA20594105", .reservedPrivate63: "CVV2=123",
    ]

    @Test(
        "Checks of what was sent",
        arguments: [
            ("4242424242424242", "M", "Y"), ("4000000000000101", "N", "Y"), ("4000000000000036", "M", "A"),
            ("4000000000000028", "M", "Z"), ("4000000000000010", "M", "N"), ("4000000000000044", "M", "U"),
            ("4000000000000127", "N", "Y"), ("4111111111111111", "M", "Y"),
        ])
    func checks(number: String, cvc: String, address: String) {
        let verdict = verdict(number, fields: Self.everything)
        #expect(verdict.checks.cvc == cvc.utf8.first && verdict.checks.address == address.utf8.first)
        #expect(self.verdict(number).checks == .none)
    }

    @Test("With only one part of an address, the letter speaks of that part")
    func partialAddress() {
        let line: [DataElement: String] = [.additionalDataPrivate: "A1091 Main St"]
        let code: [DataElement: String] = [.additionalDataPrivate: "A20594105"]
        #expect(verdict("4242424242424242", fields: line).checks.address == UInt8(ascii: "A"))
        #expect(verdict("4242424242424242", fields: code).checks.address == UInt8(ascii: "Z"))
        #expect(verdict("4000000000000036", fields: line).checks.address == UInt8(ascii: "A"))
        #expect(verdict("4000000000000036", fields: code).checks.address == UInt8(ascii: "N"))
        #expect(verdict("4242424242424242", fields: [.additionalDataPrivate: "garbage"]).checks == .none)
    }

    @Test("Cards that need authentication are declined without it and approved with it")
    func authentication() {
        let authenticated: [DataElement: String] = [.reservedPrivate60: "ECI05"]
        let onFile: [DataElement: String] = [.pointOfServiceEntryMode: "102"]
        for number in ["4000000000003220", "4000002760003184", "4000002500003155", "4000003800000446"] {
            #expect(verdict(number).responseCode == "1A")
            #expect(verdict(number, fields: [.reservedPrivate60: "ECI07"]).responseCode == "1A")
            #expect(verdict(number, fields: authenticated).responseCode == "00")
        }
        #expect(verdict("4000002500003155", fields: onFile).responseCode == "00")
        #expect(verdict("4000003800000446", fields: onFile).responseCode == "00")
        #expect(verdict("4000002760003184", fields: onFile).responseCode == "1A")
        #expect(verdict("4000008260003178", fields: authenticated).responseCode == "51")
        #expect(verdict("4000000000003055").responseCode == "00")
        #expect(verdict("378282246310005").responseCode == "00")
    }

    @Test("Verifying a card without an amount declines those that may not be attached")
    func verification() {
        #expect(verdict("4000000000000002", amount: 0).responseCode == "Z1")
        #expect(verdict("4000000000000341", amount: 0).responseCode == "00")
        #expect(verdict("4000002760003184", amount: 0).responseCode == "00")
    }

    @Test("The amount decides for the script card, and for all cards where that is switched on")
    func amounts() {
        let script = ScriptCard.decideByAmount.number
        for (amount, code) in [(2_051, "51"), (2_001, "1A"), (2_065, "65"), (2_068, "00"), (2_000, "00")]
            as [(Int64, String)]
        {
            #expect(verdict(script, amount: amount).responseCode == code)
            #expect(verdict("4242424242424242", amount: amount).responseCode == "00")
            #expect(verdict("4242424242424242", amount: amount, decidesByAmount: true).responseCode == code)
        }
        #expect(verdict("4000000000000002", amount: 2_051, decidesByAmount: true).responseCode == "Z1")
    }

    @Test("A number with a wrong check digit, or none at all, is declined")
    func wrongNumber() {
        #expect(verdict("4242424242424241").responseCode == "14")
        #expect(verdict("").responseCode == "14")
    }
}

@Suite("Sandbox risk")
struct SandboxRiskTests {
    @Test(
        "Test cards have their risk, all others none",
        arguments: [
            ("41000000", "0019", SandboxRisk.Level.highest, true), ("40000000", "4954", .highest, false),
            ("40000000", "9235", .elevated, false), ("42424242", "4242", .normal, false),
            ("99999999", "9999", .normal, false), ("4", "x", .normal, false),
        ])
    func assess(bin: String, last4: String, level: SandboxRisk.Level, isBlocked: Bool) {
        let risk = SandboxRisk.assess(bin8: bin, last4: last4)
        #expect(risk.level == level && risk.isBlocked == isBlocked)
    }
}

@Suite("Issuer's faults")
struct IssuerFaultTests {
    @Test("Planned faults come in order, each for its operation, and then no more")
    func planned() {
        let faults = IssuerFaults(seed: 1)
        faults.next(.silent, count: 2)
        faults.next(.lateAnswer, count: 1, of: .reversal)
        faults.next(.garbledAnswer, count: 0)
        #expect(faults.draw(.purchase) == .silent && faults.draw(.reversal) == .silent)
        #expect(faults.draw(.purchase) == nil)
        #expect(faults.draw(.reversal) == .lateAnswer)
        #expect(faults.draw(.reversal) == nil)
    }

    @Test("Probabilities are kept roughly, and a seed always draws the same")
    func probabilities() {
        let draw = { (seed: UInt64) in
            let faults = IssuerFaults(seed: seed)
            faults.setProbability(.silent, perThousand: 100)
            faults.setProbability(.slowAnswer, perThousand: 300)
            return (0..<10_000).map { _ in faults.draw(.purchase) }
        }
        let drawn = draw(5)
        #expect(drawn == draw(5) && drawn != draw(6))
        #expect((900...1_100).contains(drawn.count { $0 == .silent }))
        #expect((2_800...3_200).contains(drawn.count { $0 == .slowAnswer }))
        #expect((5_800...6_200).contains(drawn.count { $0 == nil }))
    }

    @Test("Cleared faults are gone")
    func clear() {
        let faults = IssuerFaults(seed: 1)
        faults.next(.silent, count: 5)
        faults.setProbability(.silent, perThousand: 1_000)
        faults.clear()
        #expect(faults.draw(.purchase) == nil)
    }
}

import CardFormats
import Money
import Testing

@Suite("ResponseCode")
struct ResponseCodeTests {
    private struct File: Decodable {
        struct Row: Decodable {
            let de39: String
            let name: String
            let declineCode: String?
            let action: String
        }
        struct Edition1993: Decodable {
            let approve: [String]
            let examples: [String: String]
        }
        let rows: [Row]
        let iso1993: Edition1993
    }

    @Test("the table is that of the source, and two codes more")
    func table() throws {
        let file: File = try Vectors.json("iso8583/response_codes.json")
        for row in file.rows {
            let code = try #require(ResponseCode.lookup(row.de39))
            #expect(code.code == row.de39)
            #expect(code.name == row.name)
            #expect(code.declineCode == row.declineCode)
            #expect(code.action.rawValue == row.action)
            #expect(code.isApproval == (row.declineCode == nil))
        }
        #expect(ResponseCode.all.map(\.code) == file.rows.map(\.de39) + ["56", "Z1"])
    }

    @Test("action codes of 1993 mean what their counterparts mean")
    func actionCodes() throws {
        let file: File = try Vectors.json("iso8583/response_codes.json")
        for (code, counterpart) in file.iso1993.examples {
            let known = try #require(ResponseCode.lookup(actionCode1993: code))
            #expect(known.code == counterpart)
        }
        for code in file.iso1993.approve {
            #expect(ResponseCode.lookup(actionCode1993: code)?.isApproval == true)
        }
        for code in ["", "0", "00", "0000", "00a", "999", "199"] {
            #expect(ResponseCode.lookup(actionCode1993: code) == nil)
        }
    }

    @Test("an unknown code is a soft generic decline, never an approval")
    func unknown() {
        #expect(ResponseCode.lookup("Q9") == nil)
        #expect(ResponseCode.meaning(of: "Q9").declineCode == "generic_decline")
        #expect(ResponseCode.meaning(of: "Q9").action == .soft)
        #expect(!ResponseCode.meaning(of: "").isApproval)
        #expect(ResponseCode.meaning(of: "51").declineCode == "insufficient_funds")
        #expect(ResponseCode.sandboxGenericDecline.declineCode == "generic_decline")
    }
}

@Suite("Composite fields")
struct ContentTests {
    @Test("DE54: amounts are written and read")
    func additionalAmounts() throws {
        let amounts = try AdditionalAmounts([
            AdditionalAmount(
                accountType: "30", amountType: AdditionalAmount.originalAmount, amount: Money(123_45, .usd)),
            AdditionalAmount(
                accountType: "00", amountType: AdditionalAmount.availableBalance, amount: Money(-7, .kwd)),
        ])
        #expect(amounts.text == "3057840C000000012345" + "0002414D000000000007")
        #expect(try AdditionalAmounts(amounts.text) == amounts)
        #expect(try AdditionalAmounts("").amounts.isEmpty)
    }

    @Test(
        "DE54: other contents are refused",
        arguments: [
            ("3057840C00000001234", 19), ("3057840X000000012345", 7), ("3057999C000000012345", 4),
            ("30A7840C000000012345", 2), ("3057840C00000001234é", 21),
        ])
    func malformedAdditionalAmounts(text: String, offset: Int) {
        #expect(throws: ISO8583Error(field: 54, offset: offset, problem: .malformedContent)) {
            try AdditionalAmounts(text)
        }
    }

    @Test("DE54: more than six amounts, or more than twelve digits, are refused")
    func tooManyAdditionalAmounts() {
        let one = AdditionalAmount(accountType: "00", amountType: "02", amount: Money(1, .usd))
        let huge = AdditionalAmount(accountType: "00", amountType: "02", amount: Money(1_000_000_000_000, .usd))
        #expect(throws: ISO8583Error.self) { try AdditionalAmounts([AdditionalAmount](repeating: one, count: 7)) }
        #expect(throws: ISO8583Error.self) { try AdditionalAmounts([huge]) }
    }

    @Test("DE90: a reversal names the message it reverses")
    func originalData() throws {
        var request = Message(.authorisationRequest)
        request[.systemTraceAuditNumber] = "000123"
        request[.transmissionDateTime] = "1123143005"
        request[.acquiringInstitutionIdentificationCode] = "12345"
        let original = try OriginalData(of: request)
        #expect(original.text == "010000012311231430050000001234500000000000")
        #expect(try OriginalData(original.text) == original)
        #expect(original.names(request))
        request.mti = .authorisationRequestRepeat
        #expect(original.names(request))
        request.mti = .financialRequest
        #expect(!original.names(request))
        request.remove(.systemTraceAuditNumber)
        #expect(throws: ISO8583Error(field: 90, offset: 0, problem: .malformedContent)) {
            try OriginalData(of: request)
        }
    }

    @Test("DE90: other contents are refused")
    func malformedOriginalData() {
        #expect(throws: ISO8583Error(field: 90, offset: 3, problem: .malformedContent)) { try OriginalData("010") }
        #expect(throws: ISO8583Error(field: 90, offset: 41, problem: .malformedContent)) {
            try OriginalData("01000001231123143005000000123450000000000a")
        }
        #expect(throws: ISO8583Error(field: 90, offset: 0, problem: .tooLong(length: 7, maximum: 6))) {
            try OriginalData(
                messageType: .authorisationRequest, systemTraceAuditNumber: 1_000_000, transmissionDateTime: 0,
                acquiringInstitution: 0, forwardingInstitution: 0)
        }
    }

    @Test("DE95: replacement amounts are written and read")
    func replacementAmounts() throws {
        let none = String(repeating: "0", count: 42)
        #expect(try ReplacementAmounts(transaction: 0).text == none)
        let amounts = try ReplacementAmounts(transaction: 7_500, settlement: 1, transactionFee: -30, settlementFee: 4)
        #expect(amounts.text == "000000007500" + "000000000001" + "D00000030" + "C00000004")
        #expect(try ReplacementAmounts(amounts.text) == amounts)
        #expect(try ReplacementAmounts(none) == ReplacementAmounts(transaction: 0))
    }

    @Test("DE95: other contents are refused")
    func malformedReplacementAmounts() {
        let none = String(repeating: "0", count: 42)
        for (place, character) in [(0, "C"), (24, "1"), (24, "E"), (33, "x"), (41, "D")] {
            var characters = Array(none).map(String.init)
            characters[place] = character
            #expect(throws: ISO8583Error(field: 95, offset: place, problem: .malformedContent)) {
                try ReplacementAmounts(characters.joined())
            }
        }
        #expect(throws: ISO8583Error(field: 95, offset: 0, problem: .tooLong(length: 13, maximum: 12))) {
            try ReplacementAmounts(transaction: 1_000_000_000_000)
        }
    }
}

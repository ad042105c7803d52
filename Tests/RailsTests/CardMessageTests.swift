import CardFormats
import Core
import Money
import Payments
import Testing

@testable import Rails

@Suite("Card messages")
struct CardMessageTests {
    private let writer = CardMessageWriter(
        acquirer: CardMessageWriter.Acquirer(identifier: "12345", country: "840", terminal: "FLORIN01"))

    private func write(_ request: CardRequest) throws -> Message {
        try Array(request.card.vaultToken.text.utf8).withUnsafeBufferPointer {
            try writer.message(for: request, cardNumber: $0)
        }
    }

    @Test("An authorisation of a typed-in card has the fields of the table")
    func authorisation() throws {
        let message = try write(
            request(
                .authorisation, 123, amount: try money(12_345), cvc: "123", addressLine1: "1 Main Straße",
                postalCode: "94105"))
        let fields: [(DataElement, String)] = [
            (.primaryAccountNumber, "4242424242424242"), (.processingCode, "000000"),
            (.amountTransaction, "000000012345"), (.transmissionDateTime, "1123143005"),
            (.systemTraceAuditNumber, "000123"), (.localTransactionTime, "143005"), (.localTransactionDate, "1123"),
            (.expirationDate, "3012"), (.merchantCategoryCode, "5812"), (.acquiringInstitutionCountryCode, "840"),
            (.pointOfServiceEntryMode, "812"), (.pointOfServiceConditionCode, "59"),
            (.acquiringInstitutionIdentificationCode, "12345"), (.retrievalReferenceNumber, "632714000123"),
            (.cardAcceptorTerminalIdentification, "FLORIN01"),
            (.cardAcceptorIdentificationCode, "MERCHANT0000001"),
            (.cardAcceptorNameLocation, "Cafe Zurich              San FranciscoUS"),
            (.additionalDataPrivate, "A1131 Main StraseA20594105"), (.currencyCodeTransaction, "840"),
            (.reservedPrivate60, "ECI07"), (.reservedPrivate63, "CVV2=123"),
        ]
        #expect(message.mti == .authorisationRequest)
        for (element, content) in fields { #expect(message[element] == content, "\(element)") }
        #expect(message.elements == fields.map(\.0))
    }

    @Test(
        "Each operation has its type, its processing code and its original",
        arguments: [
            (CardRequest.Operation.authorisation, nil, "0100", "0101", "000000", nil),
            (.purchase, nil, "0200", "0201", "000000", nil),
            (.capture, .authorisation, "0220", "0221", "000000", "0100"),
            (.incrementalAuthorisation, .authorisation, "0100", "0101", "000000", "0100"),
            (.refund, .purchase, "0220", "0221", "200000", "0200"),
            (.refund, .capture, "0220", "0221", "200000", "0220"),
            (.reversal, .authorisation, "0420", "0421", "000000", "0100"),
            (.reversal, .refund, "0420", "0421", "200000", "0220"),
        ] as [(CardRequest.Operation, CardRequest.Operation?, String, String, String, String?)])
    func operations(
        operation: CardRequest.Operation, of originalOperation: CardRequest.Operation?, type: String,
        repeatType: String, processingCode: String, originalType: String?
    ) throws {
        let earlier = originalOperation.map { original($0, 77) }
        let first = try write(request(operation, 123, amount: try money(500), of: earlier))
        let second = try write(request(operation, 123, amount: try money(500), of: earlier, isRepeat: true))
        #expect(first.mti.text == type && second.mti.text == repeatType)
        #expect(first[.processingCode] == processingCode)
        let data = originalType.map { $0 + "000077" + "1123143005" + "00000012345" + "00000000000" }
        #expect(first[.originalDataElements] == data)
        var asFirst = second
        asFirst.mti = first.mti
        #expect(asFirst == first, "a repeat says the same")
    }

    @Test("A stored credential says so, and has neither CVC nor e-commerce indicator")
    func onFile() throws {
        let message = try write(request(.purchase, 1, amount: try money(1), isOnFile: true))
        #expect(message[.pointOfServiceEntryMode] == "102")
        #expect(!message.contains(.reservedPrivate60) && !message.contains(.reservedPrivate63))
        #expect(!message.contains(.additionalDataPrivate))
    }

    @Test("A CVC and an address go with no message but one that asks for a decision")
    func captureWithoutSecrets() throws {
        let message = try write(
            request(
                .capture, 2, amount: try money(1), of: original(.authorisation, 1), cvc: "123", postalCode: "1"))
        #expect(!message.contains(.reservedPrivate63) && !message.contains(.additionalDataPrivate))
    }

    @Test("Amounts are in minor units of their currency", arguments: [("JPY", "392"), ("KWD", "414"), ("EUR", "978")])
    func currencies(code: String, numeric: String) throws {
        let message = try write(request(.authorisation, 1, amount: try money(1_500, code)))
        #expect(message[.amountTransaction] == "000000001500" && message[.currencyCodeTransaction] == numeric)
    }

    @Test("Every message is read back the same in every dialect")
    func dialects() throws {
        for dialect in [MessageSpecification.bcd, .asciiBinary, .asciiHex, .ebcdic] {
            for operation in [CardRequest.Operation.authorisation, .capture, .refund, .reversal] {
                let message = try write(
                    request(
                        operation, 9, amount: try money(999), of: original(.authorisation, 8), cvc: "1234",
                        postalCode: "SW1A 1AA"))
                let read = try dialect.decode(try dialect.encode(message))
                for element in message.elements {
                    // Packed digits fill DE32 up; as a number it is the same.
                    #expect(read[element] == message[element], "\(dialect.name) \(element)")
                }
            }
        }
    }

    @Test("What has no place in its field is refused, and the error shows none of it")
    func refusals() throws {
        let wrong: [(CardRequest, String)] = [
            (request(.authorisation, 1, amount: try money(-5)), "DE4"),
            (request(.authorisation, 1, amount: try money(1_000_000_000_000)), "DE4"),
            (request(.authorisation, -1, amount: try money(1)), "DE11"),
            (request(.capture, 1, amount: try money(1)), "DE90"),
        ]
        for (request, field) in wrong {
            do {
                _ = try write(request)
                Issue.record("\(field) was accepted")
            } catch {
                #expect("\(error)".hasPrefix(field))
            }
        }
        #expect(CardMessageWriter.key(of: request(.authorisation, -1, amount: try money(1))) == nil)
        #expect(CardMessageWriter.key(of: request(.authorisation, 1_000_000, amount: try money(1))) == nil)
    }
}

@Suite("Card answers")
struct CardAnswerTests {
    private func outcome(
        of request: CardRequest, _ fields: [DataElement: String]
    ) -> CardOutcome {
        var answer = Message(.authorisationResponse)
        for (element, content) in fields { answer[element] = content }
        return CardAnswerReader.outcome(of: request, answer: answer)
    }

    private func answered(_ request: CardRequest, _ fields: [DataElement: String]) throws -> CardAnswer {
        guard case .answered(let answer) = outcome(of: request, fields) else {
            throw MachineBench.Unexpected(actions: [])
        }
        return answer
    }

    @Test("An approval carries code, transaction and checks")
    func approval() throws {
        let asked = request(
            .authorisation, 1, amount: try money(500), cvc: "123", addressLine1: "1 Main St", postalCode: "94105")
        let answer = try answered(
            asked,
            [
                .responseCode: "00", .authorisationIdentificationResponse: "A1B2C3", .amountTransaction: "000000000500",
                .additionalDataPrivate: "R101MR201ZN115480000000000007",
            ])
        #expect(answer.responseCode == "00" && answer.approvalCode == "A1B2C3")
        #expect(answer.networkTransactionID == "480000000000007" && answer.declineCode == nil)
        #expect(answer.checks == CardChecks(cvc: .pass, addressLine1: .fail, postalCode: .pass))
    }

    @Test("A refusal carries its decline code and no approval code")
    func refusal() throws {
        let asked = request(.authorisation, 1, amount: try money(500))
        let answer = try answered(asked, [.responseCode: "51", .authorisationIdentificationResponse: "      "])
        #expect(answer.declineCode == "insufficient_funds" && answer.approvalCode == nil)
    }

    @Test(
        "Letters of the checks, for what was sent",
        arguments: [
            ("R101MR201Y", CardChecks.Result.pass, CardChecks.Result.pass, CardChecks.Result.pass),
            ("R101NR201A", .fail, .pass, .fail), ("R101UR201U", .unavailable, .unavailable, .unavailable),
            ("R101PR201N", .unchecked, .fail, .fail), ("", .unchecked, .unchecked, .unchecked),
            ("garbage", .unchecked, .unchecked, .unchecked),
        ])
    func checks(data: String, cvc: CardChecks.Result, line: CardChecks.Result, code: CardChecks.Result) throws {
        let all = request(
            .authorisation, 1, amount: try money(1), cvc: "123", addressLine1: "x", postalCode: "1")
        let none = request(.authorisation, 1, amount: try money(1))
        let fields: [DataElement: String] = [.responseCode: "05", .additionalDataPrivate: data]
        #expect(try answered(all, fields).checks == CardChecks(cvc: cvc, addressLine1: line, postalCode: code))
        #expect(try answered(none, fields).checks == CardChecks(cvc: nil, addressLine1: nil, postalCode: nil))
    }

    @Test(
        "An answer that says neither yes nor no to this amount leaves the outcome unknown",
        arguments: [
            ([:], "garbledAnswer"), ([.responseCode: "0"], "garbledAnswer"), ([.responseCode: "??"], "garbledAnswer"),
            ([.responseCode: "68"], "timeout"),
            ([.responseCode: "00", .amountTransaction: "000000000400"], "garbledAnswer"),
            ([.responseCode: "11", .amountTransaction: "000000000400"], "garbledAnswer"),
            ([.responseCode: "10", .amountTransaction: "000000000400"], "10"),
            ([.responseCode: "00", .amountTransaction: "000000000500"], "00"),
            ([.responseCode: "51", .amountTransaction: "000000000400"], "51"),
            ([.responseCode: "1A"], "1A"),
        ] as [([DataElement: String], String)])
    func unknown(fields: [DataElement: String], word: String) throws {
        #expect(outcome(of: request(.authorisation, 1, amount: try money(500)), fields).word == word)
    }
}

@Suite("Parts of messages")
struct MessagePartTests {
    @Test("DE7 of a moment, and the moment of DE7 near another")
    func transmissionTime() {
        #expect(TransmissionTime.number(testTime) == 1_123_143_005)
        #expect(TransmissionTime.moment(1_123_143_005, near: testTime) == testTime)
        let newYear = Timestamp(seconds: 1_798_761_601)
        #expect(TransmissionTime.number(newYear) == 101_000_001)
        let lastYear = Timestamp(seconds: 1_798_761_599)
        #expect(TransmissionTime.moment(1_231_235_959, near: newYear) == lastYear)
        #expect(TransmissionTime.moment(101_000_001, near: lastYear) == newYear, "clocks of two machines")
        // 29 February 2024 was the last one before November 2026.
        #expect(TransmissionTime.moment(229_000_000, near: testTime) == Timestamp(seconds: 1_709_164_800))
        for nonsense in [0, 1_323_143_005, 230_000_000, 1_123_243_005, 9_999_999_999] as [UInt64] {
            #expect(TransmissionTime.moment(nonsense, near: testTime) == nil)
        }
    }

    @Test("Every moment of a leap year and its neighbours is read back from its DE7")
    func transmissionTimes() {
        for day in 0..<1_200 as Range<Int64> {
            let moment = Timestamp(seconds: 1_672_531_200).adding(days: day).adding(milliseconds: day * 71_000)
            let near = moment.adding(days: 200)
            #expect(TransmissionTime.moment(TransmissionTime.number(moment), near: near) == moment)
        }
    }

    @Test("Parts of DE48 are found by their tag; what is no part ends the search")
    func privateData() {
        var bytes: [UInt8] = []
        PrivateData.append("A1", Array("1 Main St".utf8), to: &bytes)
        PrivateData.append("A2", Array(String(repeating: "9", count: 120).utf8), to: &bytes)
        PrivateData.append("N1", [], to: &bytes)
        let value = { (tag: String, bytes: [UInt8]) in bytes.withUnsafeBytes { PrivateData.value(tag, in: $0) } }
        #expect(value("A1", bytes) == "1 Main St")
        #expect(value("A2", bytes)?.count == 99)
        #expect(value("N1", bytes) == "")
        #expect(value("R1", bytes) == nil)
        for broken in ["A1", "A1x", "A1ab", "A105abc", "A199abc", "R1\u{0}\u{0}x"] {
            #expect(value("A1", Array(broken.utf8)) == nil)
        }
        #expect(value("A1", bytes.reversed()) == nil)
    }

    @Test("Text for networks is printable ASCII and no longer than its field")
    func folding() {
        let fold = { String(decoding: PrintableASCII.fold($0, count: $1), as: UTF8.self) }
        #expect(fold("Ünïcode Ñandú ÆØÅ", 40) == "Unicode Nandu AOA")
        #expect(fold("日本 ☕️", 10) == "?? ??")
        #expect(fold("abcdef", 3) == "abc")
    }

    @Test("A reversal from the host says which message of ours did not happen")
    func unsolicited() throws {
        let advice = try unsolicitedRefundReversal()
        let now = testTime.adding(milliseconds: 1_800_000)
        let message = try #require(UnsolicitedMessage(reversal: advice, at: now))
        #expect(message.original == original(.refund, 700))
        #expect(message.amount == Money(500, try #require(Currency(code: "USD"))))
        #expect(message.merchantIdentifier == "MERCHANT1" && message.reason == "76" && message.kind == .reversal)
        for (type, code, operation) in [
            ("0100", "000000", CardRequest.Operation.authorisation), ("0101", "000000", .authorisation),
            ("0200", "000000", .purchase), ("0220", "000000", .capture), ("0221", "200000", .refund),
        ] {
            var other = advice
            other[.processingCode] = code
            other[.originalDataElements] = type + (advice[.originalDataElements] ?? "").dropFirst(4)
            #expect(UnsolicitedMessage(reversal: other, at: now)?.original.operation == operation)
        }
        for element in [DataElement.originalDataElements] {
            var incomplete = advice
            incomplete.remove(element)
            guard case .unexpected = InboundMessage(incomplete, at: now) else {
                Issue.record("a reversal without \(element) was taken")
                continue
            }
        }
    }
}

@Suite("Acquirer configuration")
struct ConfigurationTests {
    @Test("The standard settings can be used")
    func standard() { #expect(acquirer(port: 5_150).problems.isEmpty) }

    @Test("Each mistake is named with its limits")
    func mistakes() {
        let mistakes: [(String, (inout ISO8583Configuration) -> Void)] = [
            ("host is empty", { $0.host = "" }), ("port is 0 but must be 1 to 65535", { $0.port = 0 }),
            ("acquirerIdentifier must be", { $0.acquirerIdentifier = "12a" }),
            ("acquirerIdentifier must be", { $0.acquirerIdentifier = "123456789012" }),
            ("acquirerCountry must be", { $0.acquirerCountry = "US" }),
            ("terminalIdentifier must be", { $0.terminalIdentifier = "TERMINAL9" }),
            ("answerMilliseconds is 0", { $0.answerMilliseconds = 0 }),
            ("reconnectMaxMilliseconds is 1 but must be 2 to", { $0.reconnectMaxMilliseconds = 1 }),
            ("inFlightMax is 0", { $0.inFlightMax = 0 }), ("connections is 65", { $0.connections = 65 }),
            ("breaker.failurePercentMin is 101", { $0.breaker.failurePercentMin = 101 }),
        ]
        for (text, mistake) in mistakes {
            var configuration = acquirer(port: 5_150)
            mistake(&configuration)
            #expect(configuration.problems.count == 1)
            #expect(configuration.problems.first?.hasPrefix(text) == true, "\(configuration.problems)")
            #expect(throws: ISO8583ConfigurationError.self) { try makeRail(configuration) }
        }
    }
}

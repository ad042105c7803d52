import CardFormats
import Core
import Testing

@Suite("Message")
struct MessageTests {
    private let request: Message = {
        var message = Message(.authorisationRequest)
        message[.primaryAccountNumber] = "4242424242424242"
        message[.processingCode] = "000000"
        message[.expirationDate] = "2812"
        message[.track2Data] = "4242424242424242=2812"
        message[.cardAcceptorNameLocation] = "Café ☕\n"
        message.set(.personalIdentificationNumberData, bytes: [0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4])
        message.set(.integratedCircuitCardData, bytes: [0x9f, 0x26, 1, 7])
        message[.reservedPrivate63] = "CVV2=123"
        message[.networkManagementInformationCode] = "301"
        return message
    }()

    @Test("a description hides the card number and every secret")
    func description() {
        for text in [request.description, request.debugDescription, String(reflecting: request), "\(request)"] {
            #expect(
                text == "0100 {2: 424242******4242, 3: 000000, 14: [4 bytes], 35: [21 bytes], 43: Caf? ??, "
                    + "52: [8 bytes], 55: [4 bytes], 63: [8 bytes], 70: 301}")
        }
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains("4242424242424242"))
        #expect(!dumped.contains("123"))
    }

    @Test("a short card number and control characters are not shown either")
    func oddDescription() {
        var message = Message(.authorisationRequest)
        message[.primaryAccountNumber] = "424242424242"
        message.set(.cardAcceptorTerminalIdentification, bytes: [0x1b, 0x41])
        #expect(message.description == "0100 {2: [12 bytes], 41: .A}")
    }

    @Test("fields are set, replaced by longer and shorter ones, and removed")
    func fields() {
        var message = Message(.networkManagementRequest)
        #expect(message.elements.isEmpty)
        message[.networkManagementInformationCode] = "301"
        message[.systemTraceAuditNumber] = "000001"
        message[.secondaryMessageAuthenticationCode] = "12345678"
        message[.messageAuthenticationCode] = "87654321"
        #expect(message.elements.map(\.rawValue) == [11, 64, 70, 128])
        message[.systemTraceAuditNumber] = "2"
        message[.messageAuthenticationCode] = "a longer content"
        #expect(message[.systemTraceAuditNumber] == "2")
        #expect(message[.messageAuthenticationCode] == "a longer content")
        #expect(message[.networkManagementInformationCode] == "301")
        #expect(message[.secondaryMessageAuthenticationCode] == "12345678")
        message[.messageAuthenticationCode] = nil
        message.remove(.messageAuthenticationCode)
        #expect(message.elements.map(\.rawValue) == [11, 70, 128])
        #expect(message[.messageAuthenticationCode] == nil)
        #expect(message.bytes(of: .messageAuthenticationCode) == nil)
        message[.systemTraceAuditNumber] = ""
        #expect(message[.systemTraceAuditNumber]?.isEmpty == true)
        #expect(message.number(of: .systemTraceAuditNumber) == nil)
    }

    @Test("equality is of contents, whatever the order of setting")
    func equality() {
        var first = Message(.reversalRequest)
        first[.systemTraceAuditNumber] = "1"
        first[.processingCode] = "2"
        first[.processingCode] = "a longer one"
        var second = Message(.reversalRequest)
        second[.processingCode] = "a longer one"
        second[.systemTraceAuditNumber] = "1"
        #expect(first == second)
        second[.systemTraceAuditNumber] = "2"
        #expect(first != second)
        #expect(first.matches(second, on: [.processingCode, .amountTransaction]))
        #expect(!first.matches(second, on: [.processingCode, .systemTraceAuditNumber]))
        second[.systemTraceAuditNumber] = nil
        #expect(!first.matches(second, on: [.systemTraceAuditNumber]))
    }

    @Test("numbers are written with zeros in front and read back")
    func numbers() throws {
        var message = Message(.authorisationRequest)
        try message.set(.amountTransaction, number: 12_345, digits: 12)
        #expect(message[.amountTransaction] == "000000012345")
        #expect(message.number(of: .amountTransaction) == 12_345)
        #expect(throws: ISO8583Error(field: 11, offset: 0, problem: .tooLong(length: 7, maximum: 6))) {
            try message.set(.systemTraceAuditNumber, number: 1_000_000, digits: 6)
        }
        #expect(!message.contains(.systemTraceAuditNumber))
        try message.set(.additionalDataISO, number: .max, digits: 20)
        #expect(message.number(of: .additionalDataISO) == .max)
        message[.additionalDataISO] = "18446744073709551616"
        #expect(message.number(of: .additionalDataISO) == nil)
        message[.additionalDataISO] = "12a"
        #expect(message.number(of: .additionalDataISO) == nil)
    }

    @Test("an answer has the answering type and the fields that are copied")
    func response() {
        let answer = request.response(copying: [.primaryAccountNumber, .processingCode, .amountTransaction])
        #expect(answer.mti == .authorisationResponse)
        #expect(answer.elements == [.primaryAccountNumber, .processingCode])
        var stripped = request
        stripped.removeSecrets()
        #expect(stripped.elements == [.processingCode, .cardAcceptorNameLocation, .networkManagementInformationCode])
    }

    @Test("bytes are lent without a copy, and errors pass through")
    func lending() throws {
        struct Stop: Error {}
        #expect(request.withBytes(of: .integratedCircuitCardData) { $0.count } == 4)
        #expect(request.withBytes(of: .amountTransaction) { $0.count } == nil)
        #expect(throws: Stop.self) { try request.withBytes(of: .processingCode) { _ in throw Stop() } }
    }

    @Test("a copied message keeps its fields when the other one changes")
    func copies() {
        var changed = request
        changed[.processingCode] = "200000"
        changed.remove(.primaryAccountNumber)
        #expect(request[.processingCode] == "000000")
        #expect(request[.primaryAccountNumber] == "4242424242424242")
        changed.copy(.primaryAccountNumber, from: request)
        #expect(changed[.primaryAccountNumber] == "4242424242424242")
    }

    @Test("reading takes bytes for ISO 8859-1")
    func latin1() {
        var message = Message(.authorisationRequest)
        message.set(.cardAcceptorNameLocation, bytes: [0x43, 0xe9])
        #expect(message[.cardAcceptorNameLocation] == "Cé")
    }
}

@Suite("MessageType")
struct MessageTypeTests {
    @Test(
        "answers and repeats",
        arguments: [
            ("0100", "0110", "0101"), ("0101", "0110", "0101"), ("0120", "0130", "0121"), ("0200", "0210", "0201"),
            ("0220", "0230", "0221"), ("0221", "0230", "0221"), ("0400", "0410", "0401"), ("0401", "0410", "0401"),
            ("0420", "0430", "0421"), ("0421", "0430", "0421"), ("0800", "0810", "0801"), ("1804", "1814", "1805"),
            ("0110", "0110", "0111"), ("9999", "9999", "9999"),
        ])
    func answers(text: String, response: String, asRepeat: String) throws {
        let type = try #require(MessageType(text))
        #expect(type.text == text)
        #expect(type.response.text == response)
        #expect(type.asRepeat.text == asRepeat)
        #expect(MessageType(packed: type.packed) == type)
    }

    @Test("the named types are what they say")
    func names() {
        let types: [MessageType] = [
            .authorisationRequest, .authorisationRequestRepeat, .authorisationResponse, .authorisationAdvice,
            .authorisationAdviceRepeat, .authorisationAdviceResponse, .financialRequest, .financialRequestRepeat,
            .financialResponse, .financialAdvice, .financialAdviceRepeat, .financialAdviceResponse, .reversalRequest,
            .reversalRequestRepeat, .reversalResponse, .reversalAdvice, .reversalAdviceRepeat,
            .reversalAdviceResponse, .networkManagementRequest, .networkManagementResponse,
        ]
        let texts = [
            "0100", "0101", "0110", "0120", "0121", "0130", "0200", "0201", "0210", "0220", "0221", "0230", "0400",
            "0401", "0410", "0420", "0421", "0430", "0800", "0810",
        ]
        #expect(types.map(\.text) == texts)
        for type in types {
            #expect(type.isRequest == (type.response != type))
            #expect(type.isRepeat == (type.asRepeat == type))
            #expect(type.isAdvice == ["2", "3"].contains(Array(type.text)[2]))
            #expect(String(type.messageClass) == String(Array(type.text)[1]))
        }
    }

    @Test("other texts are no types", arguments: ["", "010", "01000", "01a0", "０１００", " 100"])
    func otherTexts(text: String) {
        #expect(MessageType(text) == nil)
        #expect(MessageType(packed: 0x01a0) == nil)
    }
}

@Suite("DataElement")
struct DataElementTests {
    @Test("numbers 2…128 but 65 are data elements")
    func numbers() {
        let numbers = (-5...200).compactMap(DataElement.init(rawValue:)).map(\.rawValue)
        #expect(numbers == (2...128).filter { $0 != 65 })
        #expect(DataElement.primaryAccountNumber.rawValue == 2)
        #expect(DataElement.originalDataElements.rawValue == 90)
        #expect("\(DataElement.responseCode)" == "DE39")
    }
}

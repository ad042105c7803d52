import CardFormats
import Core
import Testing

@Suite("MessageSpecification")
struct CodecTests {
    static let all: [MessageSpecification] = [.asciiHex, .asciiBinary, .bcd, .ebcdic, .ascii93Hex]

    private func encodeFails(
        _ element: DataElement, _ content: String, _ problem: ISO8583Error.Problem,
        in specification: MessageSpecification = .asciiHex
    ) {
        var message = Message(.authorisationRequest)
        message.set(element, bytes: Array(content.utf8))
        var output: [UInt8] = [1, 2, 3]
        #expect(throws: ISO8583Error(field: element.rawValue, offset: 20, problem: problem)) {
            try specification.encode(message, into: &output)
        }
        #expect(output == [1, 2, 3])
    }

    @Test("what a field may not hold is refused, and nothing is written")
    func encodeRefusals() {
        encodeFails(.processingCode, "00000a", .invalidCharacter)
        encodeFails(.processingCode, "0000000", .tooLong(length: 7, maximum: 6))
        encodeFails(.primaryAccountNumber, "42424242424242424242", .tooLong(length: 20, maximum: 19))
        encodeFails(.personalIdentificationNumberData, "1234567", .tooShort(length: 7, minimum: 8))
        encodeFails(.responseCode, "0-", .invalidCharacter)
        encodeFails(.cardAcceptorNameLocation, "Café", .invalidCharacter)
        encodeFails(.cardAcceptorNameLocation, "a\nb", .invalidCharacter)
        encodeFails(.track2Data, "4242=28X", .invalidCharacter)
        encodeFails(.amountTransactionFee, "X00000000", .invalidCharacter)
        encodeFails(.amountTransactionFee, "C0000000D", .invalidCharacter)
        encodeFails(.amountTransactionFee, "C0", .tooShort(length: 2, minimum: 9))
        encodeFails(.additionalDataPrivate, String(repeating: "x", count: 1_000), .tooLong(length: 1_000, maximum: 999))
        encodeFails(
            .processingCode, "000000", .undefinedField,
            in: MessageSpecification.asciiHex.replacing(.processingCode, with: nil))
    }

    @Test("short content of fixed fields is filled up: zeros before numbers, spaces after text")
    func padding() throws {
        var message = Message(.authorisationRequest)
        message[.amountTransaction] = "5"
        message[.pointOfServiceEntryMode] = "12"
        message[.cardAcceptorTerminalIdentification] = "T1"
        for specification in Self.all.dropLast() {
            let decoded = try specification.decode(specification.encode(message))
            #expect(decoded[.amountTransaction] == "000000000005")
            #expect(decoded[.pointOfServiceEntryMode] == "012")
            #expect(decoded[.cardAcceptorTerminalIdentification] == "T1      ")
        }
    }

    @Test(
        "bytes that are no message are refused, with the field and the place",
        arguments: [
            ("", 0, 0, .truncated(needed: 4, available: 0)),
            ("3031", 0, 0, .truncated(needed: 4, available: 2)),
            ("30313041", 0, 0, .invalidMessageType),
            ("30313030" + "30", 1, 4, .truncated(needed: 16, available: 1)),
            ("30313030" + hex("700000000000000G"), 1, 4, .invalidBitmap),
            ("30383030" + hex("8000000000000000") + hex("8000000000000000"), 65, 36, .unsupportedBitmap),
            ("30313030" + hex("4000000000000000"), 2, 20, .truncated(needed: 2, available: 0)),
            ("30313030" + hex("4000000000000000") + hex("2042424242"), 2, 20, .tooLong(length: 20, maximum: 19)),
            ("30313030" + hex("4000000000000000") + hex("A642424242"), 2, 20, .invalidLength),
            ("30313030" + hex("4000000000000000") + hex("0442"), 2, 22, .truncated(needed: 4, available: 2)),
            ("30313030" + hex("4000000000000000") + hex("03424X"), 0, 25, .trailingBytes(1)),
            ("30313030" + hex("4000000000000000") + hex("0442X4"), 2, 22, .invalidCharacter),
            ("30313030" + hex("0000000000000200") + hex("003ABC"), 55, 20, .invalidLength),
            ("30313030" + hex("0000000000000200") + hex("004ABCX"), 55, 23, .invalidCharacter),
        ] as [(String, Int, Int, ISO8583Error.Problem)])
    func decodeRefusals(bytes: String, field: Int, offset: Int, problem: ISO8583Error.Problem) throws {
        let input = try #require(Hex.decode(bytes))
        #expect(throws: ISO8583Error(field: field, offset: offset, problem: problem)) {
            try MessageSpecification.asciiHex.decode(input)
        }
    }

    private static func hex(_ text: String) -> String { Hex.encode(Array(text.utf8)) }

    @Test(
        "packed digits are checked, and so are the four bits that fill them up",
        arguments: [
            ("0100" + "2000000000000000" + "00000A", 3), ("01A0" + "0000000000000000", 0),
            ("0100" + "0000040000000000" + "1012", 22), ("0100" + "4000000000000000" + "034241", 2),
            ("0100" + "4000000000000000" + "1A4241", 2), ("0100" + "0000000000010000" + "1001", 48),
        ])
    func packedDigits(bytes: String, field: Int) throws {
        let input = try #require(Hex.decode(bytes))
        let error = #expect(throws: ISO8583Error.self) { try MessageSpecification.bcd.decode(input) }
        #expect(error?.field == field)
    }

    @Test("a field that the dialect does not define is refused")
    func undefinedField() throws {
        let specification = MessageSpecification.bcd.replacing(.processingCode, with: nil)
        let input = try #require(Hex.decode("01002000000000000000000000"))
        #expect(throws: ISO8583Error(field: 3, offset: 10, problem: .undefinedField)) {
            try specification.decode(input)
        }
    }

    @Test("every field of every dialect survives with its shortest and longest content")
    func everyField() throws {
        for specification in Self.all {
            for number in 2...128 {
                guard let element = DataElement(rawValue: number), let format = specification.format(of: element)
                else { continue }
                let lengths = format.prefixDigits == 0 ? [format.maximumLength] : [0, 1, 2, format.maximumLength]
                for length in lengths {
                    var message = Message(.networkManagementRequest)
                    message.set(element, bytes: [UInt8](repeating: 0x37, count: length))
                    let decoded = try specification.decode(specification.encode(message))
                    #expect(decoded == message, "\(specification.name) \(element) of \(length)")
                }
            }
        }
    }

    @Test("all 256 bytes survive EBCDIC")
    func ebcdic() throws {
        var message = Message(.authorisationRequest)
        message.set(.additionalDataPrivate, bytes: Array(0...255))
        let encoded = try MessageSpecification.ebcdic.encode(message)
        #expect(try MessageSpecification.ebcdic.decode(encoded) == message)
        #expect(Set(encoded.suffix(256)).count == 256)
    }

    @Test("slices and longer buffers decode as arrays do")
    func slices() throws {
        var message = Message(.networkManagementRequest)
        message[.networkManagementInformationCode] = "301"
        var bytes: [UInt8] = [9, 9]
        try MessageSpecification.asciiBinary.encode(message, into: &bytes)
        #expect(try MessageSpecification.asciiBinary.decode(bytes[2...]) == message)
    }

    @Test("a format that cannot work stops the process")
    func impossibleFormats() async {
        await #expect(processExitsWith: .failure) {
            _ = FieldFormat(.text, .fixed(4), encoding: .binaryCodedDecimal, prefixEncoding: .ascii)
        }
        await #expect(processExitsWith: .failure) {
            _ = FieldFormat(.text, .llvar(100), encoding: .ascii, prefixEncoding: .ascii)
        }
        await #expect(processExitsWith: .failure) {
            _ = FieldFormat(.binary, .lllvar(500), encoding: .hexadecimal, prefixEncoding: .ascii)
        }
        await #expect(processExitsWith: .failure) {
            _ = FieldFormat(.binary, .fixed(8), encoding: .ascii, prefixEncoding: .ascii)
        }
        await #expect(processExitsWith: .failure) {
            _ = FieldFormat(.numeric, .fixed(0), encoding: .ascii, prefixEncoding: .ascii)
        }
        await #expect(processExitsWith: .failure) {
            _ = MessageSpecification(
                name: "empty", messageTypeEncoding: .ascii, bitmapEncoding: .binary, fields: [:])
        }
    }
}

@Suite("Fuzzing ISO 8583")
struct ISO8583FuzzTests {
    /// Decodes hostile bytes: they must be refused, or be a message that encodes to the same bytes again.
    private func check(_ bytes: [UInt8], _ specification: MessageSpecification, _ comment: Comment) throws -> Bool {
        guard let message = try? specification.decode(bytes) else { return false }
        let encoded = try specification.encode(message)
        #expect(try specification.decode(encoded) == message, comment)
        // An empty second bitmap is dropped, and hexadecimal digits become upper case; all else must stay.
        if specification.bitmapEncoding == .binary, encoded.count == bytes.count {
            #expect(encoded == bytes, comment)
        }
        return true
    }

    @Test("changed messages are refused or understood, and never stop the process", arguments: [101, 102] as [UInt64])
    func mutations(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        let file: ISO8583VectorTests.File = try Vectors.json("iso8583/messages.json")
        let originals = try file.vectors.map { vector in
            (
                try #require(Hex.decode(vector.expectHex)),
                try #require(ISO8583VectorTests.dialects[vector.dialect])
            )
        }
        var understood = 0
        for iteration in 0..<Self.iterations {
            var (bytes, specification) = originals[generator.below(originals.count)]
            if generator.below(20) == 0 { specification = CodecTests.all[generator.below(CodecTests.all.count)] }
            for _ in 0...generator.below(3) { mutate(&bytes, generator) }
            if try check(bytes, specification, "seed \(seed) iteration \(iteration)") { understood += 1 }
        }
        #expect(understood > Self.iterations / 100)
    }

    @Test("random bytes are refused or understood, and never stop the process", arguments: [201, 202] as [UInt64])
    func randomBytes(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        for iteration in 0..<Self.iterations {
            var bytes = [UInt8](repeating: 0, count: generator.below(80))
            bytes.withUnsafeMutableBytes { generator.fill($0) }
            let specification = CodecTests.all[generator.below(CodecTests.all.count)]
            if generator.below(2) == 0 {
                let starts: [String: [UInt8]] = ["bcd": [1, 0], "ebcdic": [0xf0, 0xf1, 0xf0, 0xf0]]
                bytes = (starts[specification.name] ?? Array("0100".utf8)) + bytes
            }
            _ = try check(bytes, specification, "seed \(seed) iteration \(iteration)")
        }
    }

    @Test("random well-formed messages survive every dialect", arguments: [301, 302] as [UInt64])
    func roundTrips(seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        for iteration in 0..<Self.iterations / 20 {
            let specification = CodecTests.all[generator.below(CodecTests.all.count)]
            var message = Message(.financialRequest)
            for _ in 0..<generator.below(25) {
                guard let element = DataElement(rawValue: 2 + generator.below(127)),
                    let format = specification.format(of: element)
                else { continue }
                message.set(element, bytes: content(format, generator))
            }
            let encoded = try specification.encode(message)
            #expect(try specification.decode(encoded) == message, "seed \(seed) iteration \(iteration)")
        }
    }

    #if DEBUG
        private static let iterations = 10_000
    #else
        private static let iterations = 200_000
    #endif

    private func mutate(_ bytes: inout [UInt8], _ generator: SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = generator.below(bytes.count)
        switch generator.below(5) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes[place] ^= 1 << UInt8(generator.below(8))
        case 2: bytes.removeLast(generator.below(bytes.count))
        case 3: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: place)
        default: bytes.remove(at: place)
        }
    }

    private func content(_ format: FieldFormat, _ generator: SeededGenerator) -> [UInt8] {
        let length = format.prefixDigits == 0 ? format.maximumLength : generator.below(format.maximumLength + 1)
        let alphabet: [UInt8] =
            switch format.content {
            case .numeric, .signedAmount: Array("0123456789".utf8)
            case .alphanumeric: Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ".utf8)
            case .text: Array(0x20...0x7e)
            case .track: Array("0123456789=".utf8)
            case .opaqueText, .binary: Array(0...255)
            }
        return (0..<length).map { _ in alphabet[generator.below(alphabet.count)] }
    }
}

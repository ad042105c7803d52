import CardFormats
import Core
import Testing

/// The message of a vector: `0` or `t` is the message type, binary fields are hexadecimal.
func message(_ fields: [String: String], _ specification: MessageSpecification) throws -> Message {
    let type = try #require(fields["t"] ?? fields["0"])
    var message = Message(try #require(MessageType(type)))
    // Set from the highest down, so that the order of setting cannot be the order of the wire by luck.
    for (number, value) in fields.compactMap({ key, value in Int(key).map { ($0, value) } }).sorted(by: { $0 > $1 })
    where number > 0 {
        let element = try #require(DataElement(rawValue: number))
        if specification.format(of: element)?.content == .binary {
            message.set(element, bytes: try #require(Hex.decode(value)))
        } else {
            message[element] = value
        }
    }
    return message
}

@Suite("ISO 8583 vectors")
struct ISO8583VectorTests {
    struct File: Decodable {
        struct Vector: Decodable {
            let name: String?
            let dialect: String
            let fields: [String: String]
            let expectHex: String
            let framed2ByteLenHex: String?
        }
        let vectors: [Vector]
    }

    static let dialects: [String: MessageSpecification] = [
        "ascii_hex": .asciiHex, "ascii_bin": .asciiBinary, "bcd": .bcd, "ebcdic": .ebcdic,
    ]

    @Test("messages of pyiso8583 and jPOS are reproduced in every dialect, both ways", arguments: dialects.keys)
    func messages(dialect: String) throws {
        let specification = try #require(Self.dialects[dialect])
        let file: File = try Vectors.json("iso8583/messages.json")
        let vectors = file.vectors.filter { $0.dialect == dialect }
        #expect(vectors.count >= 8)
        for vector in vectors {
            let name = vector.name ?? ""
            let fields = vector.fields
            let expected = try #require(Hex.decode(vector.expectHex))
            let built = try message(fields, specification)
            #expect(Hex.encode(try specification.encode(built)) == Hex.encode(expected), "\(name)")

            let decoded = try specification.decode(expected)
            #expect(try specification.encode(decoded) == expected, "\(name)")
            #expect(decoded.elements.count == fields.count - 1, "\(name)")
            for element in built.elements where element != .track2Data {
                #expect(decoded.bytes(of: element) == built.bytes(of: element), "\(name) \(element)")
            }
            // The bcd vectors write the separator of a track as `D`, as it looks when digits are packed.
            if let track = built[.track2Data] {
                #expect(decoded[.track2Data] == String(track.map { $0 == "D" ? "=" : $0 }), "\(name)")
            }

            var framed: [UInt8] = []
            try Framing.binary2.append(expected, to: &framed)
            #expect(Hex.encode(framed) == vector.framed2ByteLenHex?.lowercased(), "\(name)")
        }
    }

    @Test("messages of the 1993 edition are reproduced byte for byte, both ways")
    func messages1993() throws {
        let file: File = try Vectors.json("iso8583/iso1993.json")
        for vector in file.vectors {
            let built = try message(vector.fields, .ascii93Hex)
            let expected = try #require(Hex.decode(vector.expectHex))
            #expect(Hex.encode(try MessageSpecification.ascii93Hex.encode(built)) == Hex.encode(expected))
            #expect(try MessageSpecification.ascii93Hex.decode(expected) == built)
            #expect(built.mti.version == 1)
        }
    }

    @Test("messages of moov are reproduced byte for byte, with DE55 as raw bytes behind an ASCII length")
    func moov() throws {
        let file: File = try Vectors.json("iso8583/third_party_moov.json")
        for vector in file.vectors {
            var fields = vector.fields.filter { !$0.key.contains(".") }
            // moov fills DE43 on the left.
            if let name = fields["43"] { fields["43"] = String(repeating: " ", count: 40 - name.count) + name }
            var specification = MessageSpecification.asciiHex
            if vector.dialect != "ascii_hex" {
                // In moov's test DE19 is packed, and DE49 packed with the filling zero at the end.
                specification = .asciiBinary.replacing(
                    .acquiringInstitutionCountryCode,
                    with: FieldFormat(
                        .numeric, .fixed(3), encoding: .binaryCodedDecimal, prefixEncoding: .binaryCodedDecimal)
                ).replacing(
                    .currencyCodeTransaction,
                    with: FieldFormat(.binary, .fixed(2), encoding: .binary, prefixEncoding: .ascii))
                fields["49"] = fields["49"].map { $0 + "0" }
                let date = try #require(vector.fields["55.9A"])
                let amount = try #require(vector.fields["55.9F02"])
                fields["55"] = "9a06" + Hex.encode(Array(date.utf8)) + "9f020c" + Hex.encode(Array(amount.utf8))
            }
            let built = try message(fields, specification)
            let expected = try #require(Hex.decode(vector.expectHex))
            #expect(Hex.encode(try specification.encode(built)) == Hex.encode(expected))
            #expect(try specification.decode(expected) == built)
        }
    }

    @Test("the PIN block of moov's test")
    func pinBlock() throws {
        struct PINFile: Decodable {
            struct Block: Decodable {
                let pin: String
                let pan: String
                let expect: String
            }
            let pinblock: Block
        }
        let file: PINFile = try Vectors.json("iso8583/third_party_moov.json")
        let block = PINBlock.format0(
            pin: Array(file.pinblock.pin.utf8), primaryAccountNumber: Array(file.pinblock.pan.utf8))
        #expect(Hex.encode(try #require(block)) == file.pinblock.expect.lowercased())
        #expect(PINBlock.format0(pin: Array("123".utf8), primaryAccountNumber: Array("5432101234567891".utf8)) == nil)
        #expect(PINBlock.format0(pin: Array("1234".utf8), primaryAccountNumber: Array("543210".utf8)) == nil)
        #expect(PINBlock.format0(pin: Array("12a4".utf8), primaryAccountNumber: Array("5432101234567891".utf8)) == nil)
    }

    @Test("packed digits are filled up as moov's tests say")
    func packedDigits() throws {
        struct BCDFile: Decodable {
            struct Block: Decodable {
                struct Case: Decodable {
                    let kind: String
                    let digits: String
                    let hex: String
                }
                let cases: [Case]
            }
            let bcd: Block
        }
        let file: BCDFile = try Vectors.json("iso8583/third_party_moov.json")
        for item in file.bcd.cases {
            let isLeftAligned = item.kind.hasPrefix("LBCD")
            let length: FieldFormat.Length = isLeftAligned ? .llvar(19) : .fixed(item.digits.count)
            let element = DataElement.primaryAccountNumber
            let specification = MessageSpecification.bcd.replacing(
                element,
                with: FieldFormat(
                    .numeric, length, encoding: .binaryCodedDecimal, prefixEncoding: .binaryCodedDecimal))
            var message = Message(.authorisationRequest)
            message[element] = item.digits
            let encoded = Hex.encode(try specification.encode(message))
            #expect(encoded.hasSuffix(item.hex), "\(item.kind)")
            #expect(try specification.decode(try #require(Hex.decode(encoded))) == message, "\(item.kind)")
        }
    }
}

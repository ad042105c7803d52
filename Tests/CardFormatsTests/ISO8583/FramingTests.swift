import CardFormats
import Core
import Testing

@Suite("Framing")
struct FramingTests {
    private struct File: Decodable {
        struct Block: Decodable {
            struct Case: Decodable {
                let kind: String
                let length: Int
                let hex: String
            }
            let cases: [Case]
        }
        let framing: Block
    }

    @Test("headers of moov's tests, and messages behind them are found")
    func headers() throws {
        let file: File = try Vectors.json("iso8583/third_party_moov.json")
        let kinds: [String: Framing] = [
            "binary2": .binary2, "bcd2": .binaryCodedDecimal2, "ascii4": .ascii4, "vml": .visa,
        ]
        #expect(file.framing.cases.count == 4)
        for item in file.framing.cases {
            let kind = item.kind.prefix { $0.isLetter || $0.isNumber }
            let framing = try #require(kinds[String(kind)])
            #expect(Hex.encode(try framing.header(length: item.length)) == item.hex.lowercased())
            let message = [UInt8](repeating: 7, count: item.length)
            var framed: [UInt8] = []
            try framing.append(message, to: &framed)
            var decoder = FrameDecoder(framing)
            decoder.append(framed)
            #expect(try decoder.next() == message)
            #expect(try decoder.next() == nil)
        }
    }

    @Test("a stream cut anywhere gives the same messages", arguments: Framing.allCases, [1, 2, 3] as [UInt64])
    func anyCut(framing: Framing, seed: UInt64) throws {
        let generator = SeededGenerator(seed: seed)
        var messages: [[UInt8]] = []
        var stream: [UInt8] = []
        for _ in 0..<50 {
            let length = [0, 1, 255, 256, 999, 1_000, 9_999][generator.below(7)]
            let message = [UInt8](repeating: UInt8(truncatingIfNeeded: generator.next()), count: length)
            messages.append(message)
            try framing.append(message, to: &stream)
        }
        var decoder = FrameDecoder(framing)
        var received: [[UInt8]] = []
        var position = 0
        while position < stream.count {
            let count = min(stream.count - position, 1 + generator.below(generator.below(2) == 0 ? 5 : 20_000))
            decoder.append(stream[position..<position + count])
            position += count
            while let message = try decoder.next() { received.append(message) }
        }
        #expect(received == messages, "seed \(seed)")
        #expect(decoder.bufferedByteCount == 0)
    }

    @Test("a message that is too long is refused, and the link stays refused")
    func tooLong() {
        var decoder = FrameDecoder(.binary2)
        decoder.append([0x27, 0x10])
        for _ in 0..<2 {
            #expect(throws: FramingError.tooLong(length: 10_000, maximum: 9_999)) { try decoder.next() }
            decoder.append([1])
        }
        var small = FrameDecoder(.ascii4, messageLengthMaximum: 10)
        small.append(Array("0011".utf8))
        #expect(throws: FramingError.tooLong(length: 11, maximum: 10)) { try small.next() }
        #expect(throws: FramingError.tooLong(length: 10_000, maximum: 9_999)) {
            try Framing.binary2.header(length: 10_000)
        }
    }

    @Test(
        "a header that says no length is refused",
        arguments: [
            (Framing.ascii4, [0x30, 0x30, 0x41, 0x30]), (.binaryCodedDecimal2, [0x0a, 0x00]),
            (.visa, [0x00, 0x01, 0x00, 0x01]),
        ] as [(Framing, [UInt8])])
    func invalidLength(framing: Framing, header: [UInt8]) {
        var decoder = FrameDecoder(framing)
        decoder.append(header)
        #expect(throws: FramingError.invalidLength) { try decoder.next() }
    }
}

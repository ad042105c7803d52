import CardFormats
import Core
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Simulator

/// A plain client of the host: bytes and messages, no state machine.
private final class PlainClient: Sendable {
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let dialect: MessageSpecification
        let arrivals: AsyncStream<Message>.Continuation
        var decoder = FrameDecoder(.binary2)

        init(dialect: MessageSpecification, arrivals: AsyncStream<Message>.Continuation) {
            self.dialect = dialect
            self.arrivals = arrivals
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            unwrapInboundIn(data).withUnsafeReadableBytes { decoder.append($0) }
            while let frame = try? decoder.next(), let message = try? dialect.decode(frame) { arrivals.yield(message) }
        }

        func channelInactive(context: ChannelHandlerContext) { arrivals.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    let arrivals: AsyncStream<Message>
    private let channel: any Channel
    private let dialect: MessageSpecification

    init(port: Int, dialect: MessageSpecification = .bcd) async throws {
        let (arrivals, continuation) = AsyncStream.makeStream(of: Message.self)
        self.arrivals = arrivals
        self.dialect = dialect
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(dialect: dialect, arrivals: continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ message: Message) throws {
        var frame: [UInt8] = []
        try Framing.binary2.append(try dialect.encode(message), to: &frame)
        send(bytes: frame)
    }

    func send(bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
    func close() async throws { try await channel.close() }

    /// Sends a message and waits for the next one that comes; nil when the host closed the connection.
    func ask(_ message: Message) async throws -> Message? {
        try send(message)
        var iterator = arrivals.makeAsyncIterator()
        return await iterator.next()
    }
}

@Suite("Issuer host", .timeLimit(.minutes(2)))
struct IssuerHostTests {
    private static func host(
        _ change: (inout IssuerConfiguration) -> Void = { _ in }
    ) async throws -> IssuerHost {
        var configuration = IssuerConfiguration.standard
        change(&configuration)
        return try await IssuerHost.start(
            configuration, faultSeed: 3, environment: .live, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private static func message(_ type: MessageType, trace: Int, _ fields: [DataElement: String] = [:]) -> Message {
        var message = Message(type)
        message[.transmissionDateTime] = "1123143005"
        let digits = String(trace)
        message[.systemTraceAuditNumber] = String(repeating: "0", count: 6 - digits.count) + digits
        for (element, content) in fields { message[element] = content }
        return message
    }

    private static let payment: [DataElement: String] = [
        .primaryAccountNumber: "4242424242424242", .processingCode: "000000", .amountTransaction: "000000001000",
        .retrievalReferenceNumber: "632714000001", .cardAcceptorTerminalIdentification: "TERM0001",
        .cardAcceptorIdentificationCode: "MERCHANT0000001", .currencyCodeTransaction: "840",
        .acquiringInstitutionIdentificationCode: "12345", .expirationDate: "3012",
    ]

    @Test("Sign-on, echo and sign-off are answered with their own fields")
    func management() async throws {
        let host = try await Self.host()
        let client = try await PlainClient(port: host.port)
        for (trace, purpose) in ["001", "301", "002"].enumerated() {
            let asked = Self.message(
                .networkManagementRequest, trace: trace, [.networkManagementInformationCode: purpose])
            let answer = try #require(try await client.ask(asked))
            #expect(answer.mti == .networkManagementResponse && answer[.responseCode] == "00")
            #expect(
                answer.matches(
                    asked,
                    on: [.transmissionDateTime, .systemTraceAuditNumber, .networkManagementInformationCode]))
        }
        await host.stop()
    }

    @Test("An answer carries the request's fields, an approval code, and no card number")
    func answer() async throws {
        for dialect in [MessageSpecification.bcd, .asciiBinary, .asciiHex, .ebcdic] {
            let host = try await Self.host { $0.dialect = dialect }
            let client = try await PlainClient(port: host.port, dialect: dialect)
            let asked = Self.message(.authorisationRequest, trace: 1, Self.payment)
            let answer = try #require(try await client.ask(asked))
            #expect(answer.mti == .authorisationResponse && answer[.responseCode] == "00")
            #expect(answer[.authorisationIdentificationResponse] == "000001")
            #expect(!answer.contains(.primaryAccountNumber) && !answer.contains(.expirationDate))
            let repeated = Self.message(.authorisationRequestRepeat, trace: 1, Self.payment)
            #expect(try await client.ask(repeated) == answer)
            #expect(host.records().count == 1 && host.counters().duplicates == 1)
            await host.stop()
        }
    }

    @Test("A message with something missing is a format error, one of an unknown kind too")
    func formatErrors() async throws {
        let host = try await Self.host()
        let client = try await PlainClient(port: host.port)
        let missing: [DataElement] = [
            .amountTransaction, .currencyCodeTransaction, .retrievalReferenceNumber,
            .cardAcceptorTerminalIdentification, .cardAcceptorIdentificationCode,
        ]
        for (trace, element) in missing.enumerated() {
            var asked = Self.message(.purchase, trace: trace, Self.payment)
            asked.remove(element)
            #expect(try await client.ask(asked)?[.responseCode] == "30", "\(element)")
        }
        let capture = Self.message(.financialAdvice, trace: 50, Self.payment)
        #expect(try await client.ask(capture)?[.responseCode] == "30")
        let reconciliation = Self.message(try #require(MessageType("0500")), trace: 51, Self.payment)
        #expect(try await client.ask(reconciliation)?[.responseCode] == "30")
        #expect(host.counters().messages == 0)
        await host.stop()
    }

    @Test("A sale refund as 0200 with processing code 20, and a reversal as 0400, are understood")
    func otherForms() async throws {
        let host = try await Self.host()
        let client = try await PlainClient(port: host.port)
        #expect(try await client.ask(Self.message(.purchase, trace: 1, Self.payment))?[.responseCode] == "00")
        let original = "0200" + "000001" + "1123143005" + "00000012345" + "00000000000"
        var refund = Self.message(.purchase, trace: 2, Self.payment)
        refund[.processingCode] = "200000"
        refund[.originalDataElements] = original
        #expect(try await client.ask(refund)?[.responseCode] == "00")
        #expect(host.records().first?.refunded == 1_000)
        var reversal = Self.message(.reversalRequest, trace: 3, Self.payment)
        reversal[.originalDataElements] = "0200" + "000002" + "1123143005" + "00000012345" + "00000000000"
        let answer = try #require(try await client.ask(reversal))
        #expect(answer.mti == .reversalResponse && answer[.responseCode] == "00")
        #expect(host.records().first?.refunded == 0)
        await host.stop()
    }

    @Test("Random bytes never crash the host, and it goes on serving others")
    func fuzz() async throws {
        let host = try await Self.host()
        let generator = SeededGenerator(seed: 4_711)
        let good = try MessageSpecification.bcd.encode(Self.message(.authorisationRequest, trace: 9, Self.payment))
        for round in 0..<150 {
            let client = try await PlainClient(port: host.port)
            var bytes: [UInt8]
            switch round % 3 {
            case 0:
                bytes = (0..<1 + generator.below(300)).map { _ in UInt8(generator.below(256)) }
            case 1:
                // A frame of random content: a length of 0 to 255.
                let content = (0..<generator.below(256)).map { _ in UInt8(generator.below(256)) }
                bytes = [0, UInt8(content.count)] + content
            default:
                // A good message with one byte changed.
                bytes = [0, UInt8(good.count)] + good
                bytes[2 + generator.below(good.count)] = UInt8(generator.below(256))
            }
            client.send(bytes: bytes)
            try? await client.close()
        }
        let client = try await PlainClient(port: host.port)
        let echo = Self.message(.networkManagementRequest, trace: 1, [.networkManagementInformationCode: "301"])
        #expect(try await client.ask(echo)?[.responseCode] == "00")
        await host.stop()
    }

    @Test("Unreadable bytes cost the connection")
    func unreadable() async throws {
        let host = try await Self.host()
        let client = try await PlainClient(port: host.port)
        client.send(bytes: [0, 4, 0xff, 0xff, 0xff, 0xff])
        var iterator = client.arrivals.makeAsyncIterator()
        #expect(await iterator.next() == nil)
        await host.stop()
    }

    @Test("The book is written out as lines of JSON")
    func jsonLines() async throws {
        let host = try await Self.host()
        let client = try await PlainClient(port: host.port)
        for trace in 1...400 { _ = try await client.ask(Self.message(.purchase, trace: trace, Self.payment)) }
        var pieces: [[UInt8]] = []
        host.writeJSONLines { pieces.append($0) }
        let lines = String(decoding: pieces.joined(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 400 && pieces.count > 1)
        for line in lines { #expect(try JSONValue(parsing: String(line))["captured"]?.integer == 1_000) }
        #expect(host.records(retrievalReference: "632714000001").count == 400)
        await host.stop()
    }
}

extension MessageType {
    fileprivate static let purchase = MessageType.financialRequest
}

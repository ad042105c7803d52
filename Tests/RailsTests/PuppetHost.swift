import CardFormats
import NIOCore
import NIOPosix

/// A host that does what a test says, with its own small reading of the wire.
final class PuppetHost: Sendable {
    /// What a test can do with a connection.
    struct Line: Sendable {
        let channel: any Channel
        let dialect: MessageSpecification

        func send(_ message: Message) throws {
            var frame: [UInt8] = []
            try Framing.binary2.append(try dialect.encode(message), to: &frame)
            send(bytes: frame)
        }

        func send(bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
        func close() { channel.close(promise: nil) }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let dialect: MessageSpecification
        private let script: @Sendable (Message, Line) throws -> Void
        private var decoder = FrameDecoder(.binary2)

        init(dialect: MessageSpecification, script: @escaping @Sendable (Message, Line) throws -> Void) {
            self.dialect = dialect
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            unwrapInboundIn(data).withUnsafeReadableBytes { decoder.append($0) }
            let line = Line(channel: context.channel, dialect: dialect)
            do {
                while let frame = try decoder.next() { try script(try dialect.decode(frame), line) }
            } catch {
                context.close(promise: nil)
            }
        }
    }

    let port: Int
    private let channel: any Channel

    /// Opens a free port. `script` gets every message and the connection it came on; sign-ons too.
    init(
        _ dialect: MessageSpecification = .bcd, script: @escaping @Sendable (Message, Line) throws -> Void
    ) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(dialect: dialect, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async throws { try await channel.close() }

    /// The approving answer, with a field to tell answers apart: DE38 is the trace number.
    static func approval(of message: Message, code: String = "00") -> Message {
        var answer = message.response(copying: [
            .processingCode, .amountTransaction, .transmissionDateTime, .systemTraceAuditNumber,
            .retrievalReferenceNumber, .cardAcceptorTerminalIdentification, .currencyCodeTransaction,
            .networkManagementInformationCode,
        ])
        answer[.responseCode] = code
        if message.mti.messageClass != 8 {
            answer[.authorisationIdentificationResponse] = message[.systemTraceAuditNumber]
        }
        return answer
    }
}

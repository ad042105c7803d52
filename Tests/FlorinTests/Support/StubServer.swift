import NIOCore
import NIOHTTP1
import NIOPosix

/// A request as the stub received it.
struct StubRequest: Sendable {
    var method: String
    var uri: String
    var headers: [String: String]
    var body: String
}

/// What the stub does with a request.
enum StubReply: Sendable {
    case answer(status: Int, body: String, headers: [String: String])
    /// Closes the connection instead of answering.
    case hangUp
    /// Never answers.
    case silence

    static func json(_ status: Int, _ body: String) -> StubReply { .answer(status: status, body: body, headers: [:]) }
}

/// A small HTTP server on a port of its own, which answers what a test says.
final class StubServer: Sendable {
    let port: Int
    private let channel: any Channel

    private init(port: Int, channel: any Channel) {
        self.port = port
        self.channel = channel
    }

    static func start(_ respond: @escaping @Sendable (StubRequest) -> StubReply) async throws -> StubServer {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(StubHandler(respond))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return StubServer(port: channel.localAddress?.port ?? 0, channel: channel)
    }

    func stop() async { try? await channel.close().get() }
}

private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let respond: @Sendable (StubRequest) -> StubReply
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ respond: @escaping @Sendable (StubRequest) -> StubReply) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let buffer): body += String(buffer: buffer)
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let names = head.headers.map { ($0.name.lowercased(), $0.value) }
        let request = StubRequest(
            method: head.method.rawValue, uri: head.uri,
            headers: Dictionary(names, uniquingKeysWith: { first, _ in first }), body: body)
        switch respond(request) {
        case .hangUp: context.close(promise: nil)
        case .silence: break
        case .answer(let status, let body, let headers):
            var fields = HTTPHeaders([("Content-Length", String(body.utf8.count)), ("Request-Id", "req_stub")])
            for (name, value) in headers { fields.add(name: name, value: value) }
            let answer = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
            context.write(wrapOutboundOut(.head(answer)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

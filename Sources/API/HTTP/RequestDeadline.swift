import Core
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends connections whose request takes too long to arrive, or brings more than any request may.
///
/// An idle time-out alone does not stop a client that sends one byte now and then. Each connection has at most one
/// timer, set when a request begins and no timer is running; when it goes off it looks whether a request has been
/// arriving for too long. So a busy connection costs one timer per period, not one per request.
///
/// What a request may bring in all bounds what is read and thrown away behind an early refusal.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private let bytesMax: Int
    private let environment: Environment
    /// When the request that is arriving began; nil between requests. Of the first one on a connection, when the
    /// connection did: the decoder tells of a head only when it is whole.
    private var startedAt: NIODeadline?
    /// Bytes of its body so far.
    private var byteCount = 0
    /// Requests begun whose answers have not begun.
    private var unanswered = 0
    private var timer: Scheduled<Void>?

    init(limit: TimeAmount, bytesMax: Int, environment: Environment) {
        self.limit = limit
        self.bytesMax = bytesMax
        self.environment = environment
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard startedAt == nil, timer == nil else { return }
        let now = NIODeadline.now()
        startedAt = now
        schedule(at: now + limit, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            let now = NIODeadline.now()
            startedAt = now
            byteCount = 0
            unanswered += 1
            if timer == nil { schedule(at: now + limit, context) }
        case .body(let part):
            byteCount += part.readableBytes
            guard byteCount <= bytesMax else {
                context.close(promise: nil)
                return
            }
        case .end:
            startedAt = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head(let head) = unwrapOutboundIn(data), head.status.kind != .informational { unanswered -= 1 }
        context.write(data, promise: promise)
    }

    private func schedule(at deadline: NIODeadline, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.expire(context) }
    }

    private func expire(_ context: ChannelHandlerContext) {
        timer = nil
        guard let startedAt, context.channel.isActive else { return }
        let deadline = startedAt + limit
        guard deadline <= .now() else { return schedule(at: deadline, context) }
        // No head yet, an answer begun, or others owed before it: there is no place for one, only the end remains.
        guard unanswered == 1 else { return context.close(promise: nil) }
        writeRefusal(context)
    }

    private func writeRefusal(_ context: ChannelHandlerContext) {
        let body = APIError.tooSlow(seconds: max(1, limit.nanoseconds / 1_000_000_000)).body()
        let requestID = IdentifierText.make(prefix: "req", time: environment.now(), environment)
        let head = HTTPResponse(
            status: .requestTimeout,
            headerFields: [
                .contentType: "application/json", HeaderName.requestID: requestID,
                .contentLength: String(body.count), .connection: "close",
            ])
        unanswered -= 1
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        let end = context.eventLoop.makePromise(of: Void.self)
        end.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: end)
    }
}

@available(*, unavailable)
extension RequestDeadline: Sendable {}

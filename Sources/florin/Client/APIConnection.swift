internal import NIOCore

/// A request on its way over a connection, and who waits for its answer.
struct APIExchange: Sendable {
    let request: ByteBuffer
    let timeoutSeconds: Int64
    let answer: EventLoopPromise<HTTPResponse>
}

/// Sends one request at a time over a connection that is kept alive, and hands each its answer.
final class APIConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = APIExchange
    typealias OutboundOut = ByteBuffer

    private var parser = ResponseParser()
    private var received = ByteBuffer()
    private var current: APIExchange?
    private var timeout: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        precondition(current == nil, "A connection carries one request at a time: borrow another one")
        current = exchange
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: .seconds(exchange.timeoutSeconds)) {
            let (handler, context) = bound.value
            handler.fail(.timedOut(seconds: exchange.timeoutSeconds), context)
        }
        context.write(wrapOutboundOut(exchange.request), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var packet = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = packet } else { received.writeBuffer(&packet) }
        do throws(ResponseError) {
            guard let response = try parser.next(in: &received) else { return }
            guard let exchange = end() else { return fail(.malformedAnswer("an answer nobody asked for"), context) }
            if !response.keepsAlive { context.close(promise: nil) }
            exchange.answer.succeed(response)
        } catch {
            fail(.malformedAnswer("\(error)"), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()?.answer.fail(APIClientError.connectionLost)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.connectionLost, context)
    }

    private func fail(_ error: APIClientError, _ context: ChannelHandlerContext) {
        end()?.answer.fail(error)
        context.close(promise: nil)
    }

    @discardableResult
    private func end() -> APIExchange? {
        defer { current = nil }
        timeout?.cancel()
        timeout = nil
        return current
    }
}

internal import Core
internal import NIOCore

/// One connection of a load: sends a request, waits for the answer, sends the next.
final class LoadConnection<Script: LoadScript>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let number: Int
    private let run: LoadRun<Script>
    private var parser = ResponseParser()
    private var received = ByteBuffer()
    private var request = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var error: String?
    /// When the request under way was sent; nil if there is none.
    private(set) var waitingSince: UInt64?

    init(_ number: Int, of run: LoadRun<Script>) {
        self.number = number
        self.run = run
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        sendNext(context, now: Environment.monotonicNanoseconds())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var packet = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = packet } else { received.writeBuffer(&packet) }
        do throws(ResponseError) {
            guard let response = try parser.next(in: &received) else { return }
            guard let start = waitingSince else { return end("an answer nobody asked for") }
            let now = Environment.monotonicNanoseconds()
            waitingSince = nil
            run.answered(number, response, from: start, to: now)
            if response.keepsAlive { sendNext(context, now: now) } else { context.close(promise: nil) }
        } catch {
            end("unreadable answer")
        }
    }

    private func sendNext(_ context: ChannelHandlerContext, now: UInt64) {
        request.clear()
        guard run.next(number, into: &request, now: now) else { return context.close(promise: nil) }
        waitingSince = now
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if waitingSince != nil {
            error = error ?? "connection lost"
            waitingSince = nil
            run.lost(number)
        }
        run.ended(number, error: error)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end("connection lost") }

    /// Stops waiting for an answer.
    func giveUp() { end("no answer in time") }

    private func end(_ reason: String) {
        error = error ?? reason
        context?.close(promise: nil)
    }
}

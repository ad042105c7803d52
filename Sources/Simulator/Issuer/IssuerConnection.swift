internal import CardFormats
internal import NIOCore

/// One acquirer's connection at the host.
final class IssuerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let core: IssuerCore
    private var decoder: FrameDecoder
    private var context: ChannelHandlerContext?
    private var output: [UInt8] = []

    init(core: IssuerCore, framing: Framing) {
        self.core = core
        decoder = FrameDecoder(framing)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        core.opened(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unwrapInboundIn(data).withUnsafeReadableBytes { decoder.append($0) }
        do {
            while self.context != nil, let frame = try decoder.next() {
                guard !frame.isEmpty else { continue }
                try core.received(frame, on: self)
            }
        } catch {
            // Where the next message starts is not known any more.
            core.unreadable(error)
            close()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { flush() }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        core.closed(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Puts bytes behind those that wait for ``flush()``.
    func append(_ frame: [UInt8]) {
        if context != nil { output.append(contentsOf: frame) }
    }

    /// Writes what was appended.
    func flush() {
        guard let context, !output.isEmpty else { return }
        // An acquirer that does not read its answers must not fill the memory.
        guard context.channel.isWritable else { return close() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: output)), promise: nil)
        output.removeAll(keepingCapacity: output.capacity <= 1 << 18)
    }

    /// Closes the connection; what was appended and not flushed is lost.
    func close() {
        let closing = context
        context = nil
        closing?.close(promise: nil)
        core.closed(self)
    }
}

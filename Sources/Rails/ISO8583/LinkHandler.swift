internal import NIOCore

/// The end of a link's channel: gives what happens to the link's core, as long as it is the core's current connection.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let core: LinkCore
    private var context: ChannelHandlerContext?

    init(core: LinkCore) { self.core = core }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        core.connected(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        core.received(unwrapInboundIn(data), on: self)
    }

    func channelReadComplete(context: ChannelHandlerContext) { core.receivedAll(on: self) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        core.writabilityChanged(isWritable: context.channel.isWritable, on: self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        core.disconnected(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Whatever it is, the connection is of no use any more; channelInactive follows.
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Writes bytes at once.
    func write(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Closes the connection.
    func close() { context?.close(promise: nil) }
}

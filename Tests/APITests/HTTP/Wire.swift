import NIOCore
import NIOPosix

/// Bytes to a port and back, with no HTTP of its own.
enum Wire {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Sends the parts one after the other and returns all that comes back until the server closes. With `dribble`,
    /// goes on sending that text until then; with `endsInput`, tells the server that nothing more will come.
    static func exchange(
        _ port: Int, _ parts: [String], dribble: String? = nil, endsInput: Bool = false
    ) async throws -> String {
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        let received = Locked<[UInt8]>([])
        try? await connection.executeThenClose { inbound, outbound in
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Straight to the channel: its future waits for the socket, while the writer would pile up.
                    for part in parts { try await connection.channel.writeAndFlush(ByteBuffer(string: part)) }
                    while let dribble, !Task.isCancelled {
                        try await connection.channel.writeAndFlush(ByteBuffer(string: dribble))
                    }
                    if endsInput { outbound.finish() }
                }
                group.addTask {
                    for try await buffer in inbound { received.withLock { $0 += Array(buffer.readableBytesView) } }
                    throw CancellationError()
                }
                // The reader ends when the server closes. The writer fails then, too, if it is still writing.
                do {
                    while try await group.next() != nil {}
                } catch { group.cancelAll() }
            }
        }
        return String(decoding: received.withLock { $0 }, as: UTF8.self)
    }
}

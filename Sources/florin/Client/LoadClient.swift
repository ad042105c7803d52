internal import NIOCore
internal import NIOPosix

// A load generator for one machine.
//
// Every connection has one request under way: when its answer is there, the next one goes out at once (a closed loop).
// All connections live on one event loop with one thread, so the script and the figures need no locks, and the CPU time
// that the generator takes from the server it measures is small and known: requests are written from a template,
// answers are read by ``ResponseParser``, and nothing is allocated per request but what NIO needs to read.

/// Sends requests over many connections for a time, and measures the answers.
///
/// Where there are several servers, each gets its share of the connections, in turn.
final class LoadClient: Sendable {
    let addresses: [ServerAddress]
    let connections: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(_ addresses: [ServerAddress], connections: Int) {
        precondition(connections > 0 && !addresses.isEmpty, "A load needs connections, and a server for them")
        self.addresses = addresses
        self.connections = connections
    }

    /// Runs a script for `seconds`, then lets the requests under way end.
    ///
    /// `progress` is called a few times a second, on the event loop.
    func run<Script: LoadScript>(
        _ script: Script, seconds: Double, progress: @escaping @Sendable (LoadProgress) -> Void = { _ in }
    ) async throws -> LoadResult<Script> {
        let eventLoop = group.next()
        let targets = try addresses.map { try SocketAddress.makeAddressResolvingHost($0.host, port: $0.port) }
        let count = connections
        return try await eventLoop.flatSubmit {
            let run = LoadRun(
                script, targets: targets, connections: count, nanoseconds: UInt64(max(0, seconds) * 1_000_000_000),
                progress: progress, eventLoop: eventLoop)
            run.start()
            return run.result.futureResult
        }.get()
    }

    /// Ends the thread.
    func close() async { try? await group.shutdownGracefully() }
}

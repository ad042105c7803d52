internal import Core
internal import NIOCore
internal import NIOPosix

/// One run of a script, on its event loop only.
final class LoadRun<Script: LoadScript> {
    /// A request that takes longer is given up, and its connection with it.
    private static var requestTimeoutNanoseconds: UInt64 { 30_000_000_000 }
    /// Before a lost connection is opened again, so that a dead server is not hammered.
    private static var reconnectMilliseconds: Int64 { 50 }
    private static var tickMilliseconds: Int64 { 100 }

    let result: EventLoopPromise<LoadResult<Script>>
    private var script: Script
    private let targets: [SocketAddress]
    private let connectionCount: Int
    private let endsAt: UInt64
    private let progress: @Sendable (LoadProgress) -> Void
    private let eventLoop: any EventLoop
    private var record: LoadRecord
    /// Connections that are open or being opened.
    private var live: [Int: LoadConnection<Script>?] = [:]
    private var ticker: RepeatedTask?
    private var isEnded = false

    init(
        _ script: Script, targets: [SocketAddress], connections: Int, nanoseconds: UInt64,
        progress: @escaping @Sendable (LoadProgress) -> Void, eventLoop: any EventLoop
    ) {
        self.script = script
        self.targets = targets
        connectionCount = connections
        self.progress = progress
        self.eventLoop = eventLoop
        let now = Environment.monotonicNanoseconds()
        endsAt = now + nanoseconds
        record = LoadRecord(startedAt: now)
        result = eventLoop.makePromise()
    }

    func start() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let interval = TimeAmount.milliseconds(Self.tickMilliseconds)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value.tick() }
        for number in 0..<connectionCount { open(number) }
    }

    // MARK: Connections

    private func open(_ number: Int) {
        live[number] = .some(nil)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = LoadConnection(number, of: bound.value)
                    bound.value.live[number] = connection
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(to: targets[number % targets.count])
            .whenFailure { _ in bound.value.ended(number, error: "cannot connect") }
    }

    /// Takes note that a connection is gone, and opens it again while there is time.
    func ended(_ number: Int, error: String?) {
        guard live.removeValue(forKey: number) != nil else { return }
        let now = Environment.monotonicNanoseconds()
        if let error { record.failed(error, at: now) }
        guard !isEnded, now < endsAt else { return finishIfDone() }
        live[number] = .some(nil)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(Self.reconnectMilliseconds)) { bound.value.reopen(number) }
    }

    private func reopen(_ number: Int) {
        guard Environment.monotonicNanoseconds() < endsAt else {
            live[number] = nil
            return finishIfDone()
        }
        open(number)
    }

    // MARK: Requests

    /// Writes the next request of a connection; false when the time is over.
    func next(_ number: Int, into request: inout ByteBuffer, now: UInt64) -> Bool {
        guard now < endsAt else { return false }
        script.write(connection: number, into: &request)
        return true
    }

    func answered(_ number: Int, _ response: HTTPResponse, from start: UInt64, to end: UInt64) {
        if let error = script.judge(response, connection: number) {
            record.failed(error, at: end)
        } else {
            record.succeeded(from: start, to: end)
        }
    }

    func lost(_ number: Int) { script.lost(connection: number) }

    // MARK: Time

    private func tick() {
        let now = Environment.monotonicNanoseconds()
        progress(record.progress(at: now))
        for connection in live.values {
            if let connection, let since = connection.waitingSince, now > since + Self.requestTimeoutNanoseconds {
                connection.giveUp()
            }
        }
        if now >= endsAt { finishIfDone() }
    }

    private func finishIfDone() {
        guard !isEnded, live.isEmpty else { return }
        isEnded = true
        ticker?.cancel()
        result.succeed(LoadResult(script: script, record: record))
    }
}

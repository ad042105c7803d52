internal import CardFormats
internal import Core
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Performs what a link's state machine decides, on one event loop and nowhere else.
///
/// All that arrives in one turn of the loop goes through the machine before anything is written, so that many messages
/// share one write.
final class LinkCore {
    private let configuration: ISO8583Configuration
    private let environment: Environment
    private let eventLoop: any EventLoop
    private let desk: LinkDesk
    private let log: LinkLog
    private let onUnsolicited: UnsolicitedHandler
    private var machine: LinkStateMachine
    private var decoder: FrameDecoder
    private var current: LinkHandler?
    private var waiters: [UInt64: CheckedContinuation<LinkOutcome, Never>] = [:]
    private var lastIdentifier: UInt64 = 0
    private var output: [UInt8] = []
    private var timer: (scheduled: Scheduled<Void>, at: Int64)?
    private var closing: [EventLoopPromise<Void>] = []

    init(
        configuration: ISO8583Configuration, environment: Environment, eventLoop: any EventLoop, desk: LinkDesk,
        log: LinkLog, onUnsolicited: @escaping UnsolicitedHandler
    ) {
        self.configuration = configuration
        self.environment = environment
        self.eventLoop = eventLoop
        self.desk = desk
        self.log = log
        self.onUnsolicited = onUnsolicited
        decoder = FrameDecoder(configuration.framing)
        machine = LinkStateMachine(
            settings: LinkStateMachine.Settings(configuration), seed: environment.randomWord())
    }

    // MARK: From the link

    func start() {
        take(.start)
        settle()
    }

    /// Takes all messages that wait on the desk.
    func takeFromDesk() {
        for submission in desk.takeAll() {
            lastIdentifier += 1
            waiters[lastIdentifier] = submission.waiter
            take(
                .send(
                    LinkRequest(
                        identifier: lastIdentifier, key: submission.key,
                        retrievalReference: submission.retrievalReference, frame: submission.frame)))
        }
        settle()
    }

    func close(_ promise: EventLoopPromise<Void>) {
        guard machine.statistics.state != .closed else { return promise.succeed() }
        closing.append(promise)
        take(.close)
        settle()
    }

    // MARK: From the channel

    func connected(_ handler: LinkHandler) {
        current = handler
        decoder = FrameDecoder(configuration.framing)
        take(.connected)
        settle()
    }

    func received(_ bytes: ByteBuffer, on handler: LinkHandler) {
        guard handler === current else { return }
        bytes.withUnsafeReadableBytes { decoder.append($0) }
        do {
            // The machine may give the connection up in between; what follows is then not read.
            while handler === current, let frame = try decoder.next() {
                // Empty frames keep a link alive on some networks.
                guard !frame.isEmpty else { continue }
                let message = try configuration.dialect.decode(frame)
                take(.received(InboundMessage(message, at: environment.now())))
            }
        } catch {
            log.unreadable(error)
            take(.garbled)
        }
    }

    func receivedAll(on handler: LinkHandler) { settle() }

    func writabilityChanged(isWritable: Bool, on handler: LinkHandler) {
        guard handler === current else { return }
        take(.writabilityChanged(isWritable: isWritable))
        settle()
    }

    func disconnected(_ handler: LinkHandler) {
        guard handler === current else { return }
        current = nil
        take(.disconnected)
        settle()
    }

    // MARK: Performing

    private func take(_ event: LinkStateMachine.Event) {
        let moment = LinkMoment(
            monotonicMilliseconds: Int64(Environment.monotonicNanoseconds() / 1_000_000), wall: environment.now())
        for action in machine.event(event, at: moment) { perform(action) }
    }

    private func perform(_ action: LinkStateMachine.Action) {
        switch action {
        case .connect: connect()
        case .disconnect:
            flush()
            current?.close()
            current = nil
        case .write(let frame): output.append(contentsOf: frame)
        case .manage(let management): append(management.message)
        case .reply(let message): append(message)
        case .complete(let identifier, let outcome):
            waiters.removeValue(forKey: identifier)?.resume(returning: outcome)
        case .deliver(let message, let reply, let connection): deliver(message, reply, connection)
        case .note(let note): log.note(note)
        case .closed:
            for promise in closing { promise.succeed() }
            closing = []
        }
    }

    /// Writes what has been collected, publishes the figures and sets the timer: the end of each turn.
    private func settle() {
        flush()
        desk.publish(machine.statistics)
        setTimer()
    }

    private func flush() {
        guard !output.isEmpty else { return }
        current?.write(ByteBuffer(bytes: output))
        output.removeAll(keepingCapacity: output.capacity <= 1 << 18)
    }

    private func append(_ message: Message) {
        do {
            let bytes = try configuration.dialect.encode(message)
            try configuration.framing.append(bytes, to: &output)
        } catch {
            // A reply with fields of the host's own that the dialect cannot write; without it the host repeats itself.
            log.unwritable(error)
        }
    }

    private func connect() {
        let loop = eventLoop
        let core = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(.milliseconds(configuration.connectMilliseconds))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 1 << 18, high: 1 << 20))
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 1 << 18)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LinkHandler(core: core.value))
                }
            }
            .connect(host: configuration.host, port: configuration.port)
            .hop(to: loop)
            .assumeIsolated()
            .whenFailure { error in
                self.log.connectFailure(error)
                self.take(.connectFailed)
                self.settle()
            }
    }

    private func deliver(_ message: UnsolicitedMessage, _ reply: Message, _ connection: Int) {
        let core = NIOLoopBound(self, eventLoop: eventLoop)
        Task { [onUnsolicited, eventLoop, log] in
            var answer: Message? = reply
            do {
                try await onUnsolicited(message)
            } catch {
                log.unsolicitedNotHandled(error)
                answer = nil
            }
            let given = answer
            eventLoop.execute {
                core.value.take(.unsolicitedHandled(connection: connection, reply: given))
                core.value.settle()
            }
        }
    }

    private func setTimer() {
        guard let next = machine.nextTimer else {
            timer?.scheduled.cancel()
            timer = nil
            return
        }
        // A timer that is early only asks again.
        if let timer, timer.at <= next { return }
        timer?.scheduled.cancel()
        let now = Int64(Environment.monotonicNanoseconds() / 1_000_000)
        let scheduled = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(max(1, next - now))) {
            self.timer = nil
            self.take(.timer)
            self.settle()
        }
        timer = (scheduled, next)
    }
}

extension LinkStateMachine.Settings {
    init(_ configuration: ISO8583Configuration) {
        self.init(
            answerMilliseconds: configuration.answerMilliseconds,
            echoAfterIdleMilliseconds: configuration.echoAfterIdleMilliseconds,
            connectionWaitMilliseconds: configuration.connectionWaitMilliseconds,
            reconnectFirstMilliseconds: configuration.reconnectFirstMilliseconds,
            reconnectMaxMilliseconds: configuration.reconnectMaxMilliseconds,
            inFlightMax: configuration.inFlightMax, unsolicitedMax: 1_024)
    }
}

internal import Core
internal import Logging
internal import NIOCore

/// One kept-alive TCP connection to an acquirer. Any task may send; one event loop does the rest.
final class ISO8583Link: Sendable {
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<LinkCore>
    private let desk: LinkDesk

    init(
        configuration: ISO8583Configuration, environment: Environment, eventLoop: any EventLoop, logger: Logger,
        onUnsolicited: @escaping UnsolicitedHandler
    ) {
        self.eventLoop = eventLoop
        let desk = LinkDesk()
        self.desk = desk
        core = NIOLoopBoundBox.makeBoxSendingValue(
            LinkCore(
                configuration: configuration, environment: environment, eventLoop: eventLoop, desk: desk,
                log: LinkLog(logger: logger), onUnsolicited: onUnsolicited),
            eventLoop: eventLoop)
    }

    var statistics: LinkStatistics { desk.statistics }
    var load: (messages: Int, isSignedOn: Bool) { desk.load }

    /// Connects and signs on, and again whenever the connection is lost, until ``close()``.
    func start() { eventLoop.execute { self.core.value.start() } }

    /// Sends a message and waits for its answer. Cancelling the task does not end the wait: what was sent may have been
    /// acted upon, and the time limit ends it soon enough.
    func send(key: MessageKey, retrievalReference: String, frame: [UInt8]) async -> LinkOutcome {
        await withCheckedContinuation { waiter in
            let submission = LinkDesk.Submission(
                key: key, retrievalReference: retrievalReference, frame: frame, waiter: waiter)
            if desk.leave(submission) { eventLoop.execute { self.core.value.takeFromDesk() } }
        }
    }

    /// Takes no more messages, waits for the answers of those in flight, signs off and disconnects.
    func close() async {
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { self.core.value.close(promise) }
        // The promise of a link is only ever succeeded.
        try? await promise.futureResult.get()
    }
}

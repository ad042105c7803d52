internal import CardFormats
internal import Core
internal import Logging
internal import NIOCore

/// What happens at the host, all on one event loop: reads, judges, books, answers, and goes wrong on request.
final class IssuerCore {
    /// A message to the acquirer that is repeated until it is answered.
    private struct Advice {
        var message: Message
        /// Where the message came in that it is about.
        let connection: IssuerConnection
        var attempts = 0
    }

    private static let delayedMax = 100_000
    private static let adviceAttemptsMax = 1_000
    private static let advicesMax = 100_000

    private let configuration: IssuerConfiguration
    private let environment: Environment
    private let eventLoop: any EventLoop
    private let shelf: IssuerShelf
    private let faults: IssuerFaults
    private let logger: Logger
    private let judge: IssuerJudge
    private var connections: [ObjectIdentifier: IssuerConnection] = [:]
    private var advices: [Int: Advice] = [:]
    private var lastTraceNumber = 0
    private var delayed = 0

    init(
        configuration: IssuerConfiguration, environment: Environment, eventLoop: any EventLoop, shelf: IssuerShelf,
        faults: IssuerFaults, logger: Logger
    ) {
        self.configuration = configuration
        self.environment = environment
        self.eventLoop = eventLoop
        self.shelf = shelf
        self.faults = faults
        self.logger = logger
        judge = IssuerJudge(decidesByAmount: configuration.decidesByAmount)
    }

    // MARK: Connections

    func opened(_ connection: IssuerConnection) { connections[ObjectIdentifier(connection)] = connection }
    func closed(_ connection: IssuerConnection) { connections[ObjectIdentifier(connection)] = nil }

    /// Ends all, and tells nothing more.
    func stop() {
        advices = [:]
        closeAll()
    }

    func closeAll() {
        for connection in connections.values { connection.close() }
    }

    func unreadable(_ error: any Error) {
        // Framing and message errors carry no content.
        logger.warning("Unreadable bytes at the issuer host", metadata: ["problem": "\(error)"])
    }

    // MARK: Messages

    func received(_ frame: [UInt8], on connection: IssuerConnection) throws(ISO8583Error) {
        let message = try configuration.dialect.decode(frame)
        if !message.mti.isRequest {
            adviceAnswered(message)
            return
        }
        if message.mti.messageClass == 8 {
            answer(message, .refusal("00"), on: connection)
            return
        }
        guard let read = IssuerMessage(message, judge: judge) else {
            // 30: format error.
            answer(message, .refusal("30"), on: connection)
            return
        }
        perform(read, message, on: connection)
    }

    private func perform(_ read: IssuerMessage, _ message: Message, on connection: IssuerConnection) {
        switch fault(read) {
        case .silent:
            break
        case .disconnectBeforeActing:
            connection.flush()
            connection.close()
        case .approveThenSilent:
            _ = book(read, message, on: connection)
        case .disconnectAfterActing:
            _ = book(read, message, on: connection)
            connection.flush()
            connection.close()
        case .garbledAnswer:
            _ = book(read, message, on: connection)
            connection.append(garbage())
        case .duplicateAnswer:
            let reply = book(read, message, on: connection)
            answer(message, reply, on: connection)
            answer(message, reply, on: connection)
        case .lateAnswer:
            answer(message, book(read, message, on: connection), on: connection, after: configuration.lateMilliseconds)
        case .slowAnswer:
            let delay = faults.number(in: configuration.slowMilliseconds)
            answer(message, book(read, message, on: connection), on: connection, after: delay)
        case nil:
            let isPending = read.operation == .refund && read.refund == .pendingThenSucceeds
            answer(
                message, book(read, message, on: connection), on: connection,
                after: isPending ? configuration.pendingRefundMilliseconds : 0)
        }
    }

    private func fault(_ read: IssuerMessage) -> IssuerFault? {
        if let script = read.script, let fault = script.fault(read.operation, isRepeat: read.isRepeat) { return fault }
        let isPayment = read.operation == .authorisation || read.operation == .purchase
        if isPayment, read.request.amount % 100 == IssuerJudge.silentAmount, judge.followsAmount(read.script) {
            return .silent
        }
        return faults.draw(read.operation)
    }

    private func book(
        _ read: IssuerMessage, _ message: Message, on connection: IssuerConnection
    ) -> IssuerReply {
        let now = environment.now()
        let (reply, isNew) = shelf.take(read.request, now: now)
        let fails = read.operation == .refund && read.refund == .succeedsThenFails
        if fails, isNew, reply.responseCode == IssuerBook.approved {
            failLater(read.request.key, message, connection)
        }
        return reply
    }

    // MARK: Answers

    private func answer(_ message: Message, _ reply: IssuerReply, on connection: IssuerConnection) {
        if let frame = framed(IssuerWire.answer(to: message, reply)) { connection.append(frame) }
    }

    private func answer(
        _ message: Message, _ reply: IssuerReply, on connection: IssuerConnection, after milliseconds: Int64
    ) {
        guard milliseconds > 0 else { return answer(message, reply, on: connection) }
        guard delayed < Self.delayedMax, let frame = framed(IssuerWire.answer(to: message, reply)) else { return }
        delayed += 1
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
            self.delayed -= 1
            connection.append(frame)
            connection.flush()
        }
    }

    private func framed(_ message: Message) -> [UInt8]? {
        do {
            let bytes = try configuration.dialect.encode(message)
            var frame = try configuration.framing.header(length: bytes.count)
            frame.append(contentsOf: bytes)
            return frame
        } catch {
            logger.error("The issuer host cannot write an answer", metadata: ["problem": "\(error)"])
            return nil
        }
    }

    /// A frame of the right form whose content is no message in any dialect: no digit is FF.
    private func garbage() -> [UInt8] {
        var content: [UInt8] = [0xff, 0xff]
        for _ in 0..<faults.number(in: 0...60) { content.append(UInt8(faults.number(in: 0...255))) }
        return ((try? configuration.framing.header(length: content.count)) ?? []) + content
    }

    // MARK: What the issuer tells on its own

    private func failLater(_ key: IssuerMessageKey, _ refund: Message, _ connection: IssuerConnection) {
        guard delayed < Self.delayedMax else { return }
        delayed += 1
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(configuration.failedRefundMilliseconds)) {
            self.delayed -= 1
            if self.shelf.failRefund(key) { self.tellReversal(of: refund, connection) }
        }
    }

    private func tellReversal(of refund: Message, _ connection: IssuerConnection) {
        guard advices.count < Self.advicesMax else { return }
        lastTraceNumber = lastTraceNumber % 999_999 + 1
        let advice = IssuerWire.reversalAdvice(
            of: refund, transmittedAt: environment.now(), traceNumber: lastTraceNumber)
        guard let advice else { return }
        advices[lastTraceNumber] = Advice(message: advice, connection: connection)
        tell(lastTraceNumber)
    }

    /// Sends an advice on the connection it belongs to, or any other when that is gone, and again until it is answered.
    private func tell(_ traceNumber: Int) {
        guard var advice = advices[traceNumber] else { return }
        guard advice.attempts < Self.adviceAttemptsMax else {
            advices[traceNumber] = nil
            return
        }
        let own = connections[ObjectIdentifier(advice.connection)]
        if let connection = own ?? connections.values.first, let frame = framed(advice.message) {
            connection.append(frame)
            connection.flush()
            advice.message.mti = advice.message.mti.asRepeat
        }
        advice.attempts += 1
        advices[traceNumber] = advice
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(configuration.adviceRepeatMilliseconds)) {
            self.tell(traceNumber)
        }
    }

    private func adviceAnswered(_ answer: Message) {
        guard let trace = answer.number(of: .systemTraceAuditNumber), let advice = advices[Int(trace)],
            answer.mti == advice.message.mti.response,
            answer.matches(advice.message, on: [.transmissionDateTime])
        else { return }
        advices[Int(trace)] = nil
    }
}

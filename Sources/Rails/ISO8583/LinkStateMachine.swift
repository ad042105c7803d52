internal import CardFormats
internal import Core
internal import NIOCore
internal import Payments

// One link to an acquirer, from connecting to signing off, as a pure machine: events in, actions out.
//
//              start            connected             0810 approved
//     idle ─────────▶ connecting ────────▶ signingOn ──────────────▶ signedOn
//                      ▲      │ failed         │ refused, silent        │ disconnected, garbled, echo silent
//                      │ timer▼                ▼                        ▼
//                      └── waitingToReconnect ◀─────────────────────────┘          close: ▶ closed
//
// What is certain decides what a message's outcome is. A message whose `write` was asked for may have reached the
// host, so that its outcome is unknown until its answer comes; one that still waits here has certainly not been sent.
// An answer that finds its message gone (after its time limit, or after a disconnect) is counted and not applied:
// whoever asked has been told "unknown" and is about to reverse.
//
// The executor keeps no decisions: it performs actions in order, and reports events of its current connection only.
struct LinkStateMachine: Sendable {
    /// Time limits and bounds.
    struct Settings: Sendable {
        var answerMilliseconds: Int64
        var echoAfterIdleMilliseconds: Int64
        /// How long a message waits for a connection that is down or full.
        var connectionWaitMilliseconds: Int64
        var reconnectFirstMilliseconds: Int64
        var reconnectMaxMilliseconds: Int64
        var inFlightMax: Int
        var unsolicitedMax: Int
    }

    enum Event: Sendable {
        case start
        case connected
        case connectFailed
        case disconnected
        case send(LinkRequest)
        case received(InboundMessage)
        /// A frame or a message that cannot be read: where the next one starts is no longer known.
        case garbled
        case writabilityChanged(isWritable: Bool)
        /// The handler has taken care of an unsolicited message that came on `connection`.
        case unsolicitedHandled(connection: Int, reply: Message?)
        case timer
        case close
    }

    enum Action: Sendable, Equatable {
        case connect
        case disconnect
        case write(frame: [UInt8])
        case manage(NetworkManagement)
        case reply(Message)
        case complete(UInt64, LinkOutcome)
        case deliver(UnsolicitedMessage, reply: Message, connection: Int)
        case note(LinkNote)
        /// The link is at its end; there are no more actions.
        case closed
    }

    enum State {
        case idle
        case connecting
        case signingOn(Exchange)
        case signedOn(echo: Exchange?)
        case waitingToReconnect(untilMilliseconds: Int64)
        case closed
    }

    /// A message of network management that waits for its answer.
    struct Exchange {
        let key: MessageKey
        let deadline: Int64
    }

    struct Pending {
        let identifier: UInt64
        let retrievalReference: String
        var isWritten: Bool
    }

    struct Deadline {
        let at: Int64
        let key: MessageKey
        let identifier: UInt64
    }

    let settings: Settings
    var jitter: UInt64
    var state = State.idle
    var pending: [MessageKey: Pending] = [:]
    var deadlines = CircularBuffer<Deadline>()
    var waiting = CircularBuffer<(request: LinkRequest, until: Int64)>()
    var forgotten = ForgottenKeys()
    var isWritable = true
    var isDraining = false
    var connection = 0
    var unsolicitedInHand = 0
    var connectAttempts = 0
    var downSince: Int64 = 0
    var heardAt: Int64 = 0
    var lastTraceNumber = 0
    var counters = LinkStatistics()

    init(settings: Settings, seed: UInt64) {
        self.settings = settings
        jitter = seed
    }

    // MARK: What is seen from outside

    /// The figures so far.
    var statistics: LinkStatistics {
        var statistics = counters
        statistics.waiting = waiting.count
        statistics.inFlight = pending.count - waiting.count
        statistics.state =
            switch state {
            case .idle: .idle
            case .connecting: .connecting
            case .signingOn: .signingOn
            case .signedOn: .signedOn
            case .waitingToReconnect: .waitingToReconnect
            case .closed: .closed
            }
        return statistics
    }

    /// When the next ``Event/timer`` is due; it may come early or more often.
    var nextTimer: Int64? {
        let ofState: Int64?
        switch state {
        case .idle, .closed: return nil
        case .connecting: ofState = nil
        case .signingOn(let exchange): ofState = exchange.deadline
        case .signedOn(let echo): ofState = echo?.deadline ?? heardAt + settings.echoAfterIdleMilliseconds
        case .waitingToReconnect(let until): ofState = until
        }
        let ofMessages = min(deadlines.first?.at ?? .max, waiting.first?.until ?? .max)
        let next = min(ofState ?? .max, ofMessages)
        return next == .max ? nil : next
    }

    // MARK: Events

    /// Takes one event and says what is to be done, in order.
    mutating func event(_ event: Event, at moment: LinkMoment) -> [Action] {
        var actions: [Action] = []
        let now = moment.monotonicMilliseconds
        switch event {
        case .start: start(now, &actions)
        case .connected: connected(moment, &actions)
        case .connectFailed: connectFailed(now, &actions)
        case .disconnected: disconnected(now, &actions)
        case .send(let request): send(request, now, &actions)
        case .received(let message): received(message, moment, &actions)
        case .garbled: garbled(now, &actions)
        case .writabilityChanged(let isWritable):
            self.isWritable = isWritable
            writeWaiting(now, &actions)
        case .unsolicitedHandled(let connection, let reply): handled(connection, reply, &actions)
        case .timer: timer(moment, &actions)
        case .close: close(moment, &actions)
        }
        return actions
    }

    mutating func start(_ now: Int64, _ actions: inout [Action]) {
        guard case .idle = state else { return }
        downSince = now
        state = .connecting
        actions.append(.connect)
    }

    mutating func connected(_ moment: LinkMoment, _ actions: inout [Action]) {
        guard case .connecting = state else {
            // Closed while the connection was being made.
            actions.append(.disconnect)
            return
        }
        connection += 1
        isWritable = true
        heardAt = moment.monotonicMilliseconds
        let exchange = manage(.signOn, moment, &actions)
        state = .signingOn(exchange)
    }

    mutating func connectFailed(_ now: Int64, _ actions: inout [Action]) {
        guard case .connecting = state else { return }
        actions.append(.note(.connectFailed(attempts: connectAttempts + 1)))
        waitToReconnect(now)
    }

    mutating func disconnected(_ now: Int64, _ actions: inout [Action]) {
        switch state {
        case .signingOn, .signedOn:
            lose(.disconnected, note: .disconnected(inFlight: statistics.inFlight), now, &actions)
        case .idle, .connecting, .waitingToReconnect, .closed: break
        }
    }

    mutating func garbled(_ now: Int64, _ actions: inout [Action]) {
        switch state {
        case .signingOn, .signedOn:
            counters.garbledFrames += 1
            actions.append(.disconnect)
            lose(.garbledAnswer, note: .garbled(inFlight: statistics.inFlight), now, &actions)
        case .idle, .connecting, .waitingToReconnect, .closed: break
        }
    }
}

internal import NIOCore
internal import Payments

/// Time limits, lost connections and the end.
extension LinkStateMachine {
    mutating func timer(_ moment: LinkMoment, _ actions: inout [Action]) {
        let now = moment.monotonicMilliseconds
        expire(now, &actions)
        switch state {
        case .signingOn(let exchange) where now >= exchange.deadline:
            actions.append(.disconnect)
            lose(.disconnected, note: .signOnNotAnswered, now, &actions)
        case .signedOn(let echo?) where now >= echo.deadline:
            actions.append(.disconnect)
            lose(.disconnected, note: .echoNotAnswered, now, &actions)
        case .signedOn(nil) where now >= heardAt + settings.echoAfterIdleMilliseconds:
            counters.echoes += 1
            state = .signedOn(echo: manage(.echo, moment, &actions))
        case .waitingToReconnect(let until) where now >= until:
            state = .connecting
            actions.append(.connect)
        case .idle, .connecting, .signingOn, .signedOn, .waitingToReconnect, .closed:
            break
        }
        signOffIfDrained(moment, &actions)
    }

    private mutating func expire(_ now: Int64, _ actions: inout [Action]) {
        while let first = deadlines.first, first.at <= now {
            deadlines.removeFirst()
            guard pending[first.key]?.identifier == first.identifier else { continue }
            pending[first.key] = nil
            forgotten.insert(first.key)
            counters.timeouts += 1
            actions.append(.complete(first.identifier, .unknown(.timeout)))
        }
        while let (request, until) = waiting.first, until <= now {
            waiting.removeFirst()
            refuseWaiting(request, &actions)
        }
    }

    private mutating func refuseWaiting(_ request: LinkRequest, _ actions: inout [Action]) {
        pending[request.key] = nil
        counters.notSent += 1
        actions.append(.complete(request.identifier, .notSent(.noConnection)))
    }

    /// Gives up the connection: what was written is unknown, what waits goes on waiting.
    mutating func lose(
        _ reason: CardOutcome.UnknownReason, note: LinkNote, _ now: Int64, _ actions: inout [Action]
    ) {
        counters.disconnects += 1
        actions.append(.note(note))
        if case .signedOn = state { downSince = now }
        for deadline in deadlines where pending[deadline.key]?.identifier == deadline.identifier {
            pending[deadline.key] = nil
            forgotten.insert(deadline.key)
            counters.lostInFlight += 1
            actions.append(.complete(deadline.identifier, .unknown(reason)))
        }
        deadlines.removeAll(keepingCapacity: true)
        assert(pending.count == waiting.count, "A message is either written, with a time limit, or it waits")
        if isDraining {
            state = .closed
            actions.append(.closed)
            return
        }
        waitToReconnect(now)
    }

    /// Sets the time of the next attempt: doubled with each failure up to a maximum, and spread over its upper half, so
    /// that many links that lost one host do not come back in one moment.
    mutating func waitToReconnect(_ now: Int64) {
        let doublings = min(connectAttempts, 20)
        connectAttempts += 1
        let longest = min(settings.reconnectMaxMilliseconds, settings.reconnectFirstMilliseconds << Int64(doublings))
        let half = longest / 2
        state = .waitingToReconnect(untilMilliseconds: now + longest - half + Int64(nextRandom() % UInt64(half + 1)))
    }

    /// SplitMix64.
    private mutating func nextRandom() -> UInt64 {
        jitter &+= 0x9e37_79b9_7f4a_7c15
        var mixed = jitter
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func close(_ moment: LinkMoment, _ actions: inout [Action]) {
        guard !isDraining else { return }
        isDraining = true
        while let (request, _) = waiting.popFirst() { refuseWaiting(request, &actions) }
        switch state {
        case .idle, .waitingToReconnect, .connecting:
            // A connection that is still being made is given up when it stands.
            state = .closed
            actions.append(.closed)
        case .signingOn:
            state = .closed
            actions.append(contentsOf: [.disconnect, .closed])
        case .signedOn:
            signOffIfDrained(moment, &actions)
        case .closed:
            break
        }
    }

    /// Ends the link when it is to close and nothing is in flight any more.
    mutating func signOffIfDrained(_ moment: LinkMoment, _ actions: inout [Action]) {
        guard isDraining, pending.isEmpty, case .signedOn = state else { return }
        _ = manage(.signOff, moment, &actions)
        state = .closed
        actions.append(contentsOf: [.disconnect, .closed])
    }
}

/// The keys of messages whose outcome was given as unknown, so that an answer that comes after all can be told from one
/// that answers nothing. The oldest are dropped.
struct ForgottenKeys: Sendable {
    static let countMax = 4_096

    private var keys: Set<MessageKey> = []
    private var order = CircularBuffer<MessageKey>()

    mutating func insert(_ key: MessageKey) {
        guard keys.insert(key).inserted else { return }
        order.append(key)
        while order.count > Self.countMax { keys.remove(order.removeFirst()) }
    }

    /// Removes a key; false when it was not there.
    mutating func remove(_ key: MessageKey) -> Bool {
        // Its place in the order stays until it is the oldest.
        keys.remove(key) != nil
    }
}

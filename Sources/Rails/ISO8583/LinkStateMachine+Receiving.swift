internal import CardFormats
internal import NIOCore
internal import Payments

/// Messages on their way in.
extension LinkStateMachine {
    mutating func received(_ message: InboundMessage, _ moment: LinkMoment, _ actions: inout [Action]) {
        switch state {
        case .signingOn, .signedOn: break
        case .idle, .connecting, .waitingToReconnect, .closed: return
        }
        heardAt = moment.monotonicMilliseconds
        switch message {
        case .answer(let key, let answer):
            self.answer(key, answer, moment, &actions)
        case .management(let reply):
            actions.append(.reply(reply))
        case .unsolicited(let unsolicited, let reply):
            counters.unsolicited += 1
            guard unsolicitedInHand < settings.unsolicitedMax else {
                // Without an answer the host tells it again.
                actions.append(.note(.unsolicitedDropped))
                return
            }
            unsolicitedInHand += 1
            actions.append(.deliver(unsolicited, reply: reply, connection: connection))
        case .unexpected:
            actions.append(.note(.unexpectedMessage))
        }
    }

    private mutating func answer(
        _ key: MessageKey, _ answer: Message, _ moment: LinkMoment, _ actions: inout [Action]
    ) {
        switch state {
        case .signingOn(let exchange) where exchange.key == key:
            signOnAnswered(answer, moment, &actions)
        case .signedOn(let echo?) where echo.key == key:
            state = .signedOn(echo: nil)
        default:
            requestAnswered(key, answer, moment, &actions)
        }
    }

    private mutating func signOnAnswered(_ answer: Message, _ moment: LinkMoment, _ actions: inout [Action]) {
        guard answer[.responseCode] == "00" else {
            actions.append(.note(.signOnRefused(responseCode: answer[.responseCode] ?? "")))
            actions.append(.disconnect)
            waitToReconnect(moment.monotonicMilliseconds)
            return
        }
        counters.signOns += 1
        connectAttempts = 0
        state = .signedOn(echo: nil)
        actions.append(.note(.signedOn))
        writeWaiting(moment.monotonicMilliseconds, &actions)
        signOffIfDrained(moment, &actions)
    }

    private mutating func requestAnswered(
        _ key: MessageKey, _ answer: Message, _ moment: LinkMoment, _ actions: inout [Action]
    ) {
        guard let request = pending[key], request.isWritten else {
            if forgotten.remove(key) {
                counters.lateAnswers += 1
                actions.append(.note(.lateAnswer(traceNumber: key.traceNumber)))
            } else {
                counters.unmatchedAnswers += 1
                actions.append(.note(.unmatchedAnswer(traceNumber: key.traceNumber)))
            }
            return
        }
        if let reference = answer[.retrievalReferenceNumber], reference != request.retrievalReference {
            // Right trace, wrong payment: better no answer, and so an unknown outcome, than another payment's answer.
            counters.unmatchedAnswers += 1
            actions.append(.note(.foreignAnswer(traceNumber: key.traceNumber)))
            return
        }
        pending[key] = nil
        counters.answered += 1
        dropSettledDeadlines(answered: request.identifier)
        actions.append(.complete(request.identifier, .answered(answer)))
        signOffIfDrained(moment, &actions)
    }

    /// Keeps the queue of time limits no longer than what is in flight while answers come roughly in order.
    private mutating func dropSettledDeadlines(answered identifier: UInt64) {
        guard deadlines.first?.identifier == identifier else { return }
        deadlines.removeFirst()
        while let first = deadlines.first, pending[first.key]?.identifier != first.identifier {
            deadlines.removeFirst()
        }
    }

    mutating func handled(_ connection: Int, _ reply: Message?, _ actions: inout [Action]) {
        unsolicitedInHand -= 1
        assert(unsolicitedInHand >= 0, "An unsolicited message was reported as handled twice")
        guard let reply, connection == self.connection else { return }
        switch state {
        case .signingOn, .signedOn: actions.append(.reply(reply))
        case .idle, .connecting, .waitingToReconnect, .closed: break
        }
    }
}

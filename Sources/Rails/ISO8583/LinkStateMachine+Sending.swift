internal import CardFormats
internal import Core
internal import NIOCore
internal import Payments

/// Messages on their way out.
extension LinkStateMachine {
    mutating func send(_ request: LinkRequest, _ now: Int64, _ actions: inout [Action]) {
        if let reason = refusal(of: request, now, &actions) {
            counters.notSent += 1
            actions.append(.complete(request.identifier, .notSent(reason)))
            return
        }
        let isReady = isReadyToWrite && waiting.isEmpty
        pending[request.key] = Pending(
            identifier: request.identifier, retrievalReference: request.retrievalReference, isWritten: isReady)
        if isReady {
            write(request, now, &actions)
        } else {
            waiting.append((request, now + settings.connectionWaitMilliseconds))
        }
    }

    func refusal(
        of request: LinkRequest, _ now: Int64, _ actions: inout [Action]
    ) -> CardOutcome.NotSentReason? {
        if isDraining { return .noConnection }
        switch state {
        case .idle, .closed: return .noConnection
        case .connecting, .signingOn, .waitingToReconnect:
            if now >= downSince + settings.connectionWaitMilliseconds { return .noConnection }
        case .signedOn: break
        }
        if pending.count >= settings.inFlightMax { return .bulkheadFull }
        if pending[request.key] != nil {
            // Two messages with one key could get each other's answer: the second stays here.
            actions.append(.note(.traceInUse(traceNumber: request.key.traceNumber)))
            return .bulkheadFull
        }
        return nil
    }

    var isReadyToWrite: Bool {
        guard case .signedOn = state else { return false }
        return isWritable
    }

    mutating func write(_ request: LinkRequest, _ now: Int64, _ actions: inout [Action]) {
        counters.sent += 1
        deadlines.append(
            Deadline(at: now + settings.answerMilliseconds, key: request.key, identifier: request.identifier))
        actions.append(.write(frame: request.frame))
    }

    mutating func writeWaiting(_ now: Int64, _ actions: inout [Action]) {
        while isReadyToWrite, let (request, _) = waiting.popFirst() {
            pending[request.key]?.isWritten = true
            write(request, now, &actions)
        }
    }

    mutating func manage(
        _ purpose: NetworkManagement.Purpose, _ moment: LinkMoment, _ actions: inout [Action]
    ) -> Exchange {
        lastTraceNumber = lastTraceNumber % 999_999 + 1
        let message = NetworkManagement(purpose: purpose, transmittedAt: moment.wall, traceNumber: lastTraceNumber)
        actions.append(.manage(message))
        let key = MessageKey(
            answerType: .networkManagementResponse, transmitted: TransmissionTime.number(moment.wall),
            traceNumber: UInt64(lastTraceNumber))
        guard let key else { preconditionFailure("Trace numbers of a link run from 1 to 999,999") }
        return Exchange(key: key, deadline: moment.monotonicMilliseconds + settings.answerMilliseconds)
    }
}

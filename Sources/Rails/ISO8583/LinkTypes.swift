internal import CardFormats
internal import Core
internal import Payments

/// A moment as a link needs it: a clock that never goes back for time limits, and the wall clock for DE7.
struct LinkMoment: Sendable {
    var monotonicMilliseconds: Int64
    var wall: Timestamp
}

/// What an answer is matched on: its message type, DE7 and DE11, packed into one word.
///
/// The type that is expected is part of the key, so that the answer to one kind of message is never taken for
/// another's.
struct MessageKey: Hashable, Sendable {
    private let packed: UInt64

    /// The key of a message that `answerType` will answer; nil when the numbers have more digits than DE7 and DE11.
    init?(answerType: MessageType, transmitted: UInt64, traceNumber: UInt64) {
        guard answerType.version == 0, transmitted < 10_000_000_000, traceNumber < 1_000_000 else { return nil }
        let type = UInt64(answerType.packed)
        let digits = (type >> 8 & 15) * 100 + (type >> 4 & 15) * 10 + (type & 15)
        packed = digits * 10_000_000_000_000_000 + transmitted * 1_000_000 + traceNumber
    }

    /// The key that an answer is matched on; nil when it has no DE7 or DE11.
    init?(answer: Message) {
        guard let transmitted = answer.number(of: .transmissionDateTime),
            let traceNumber = answer.number(of: .systemTraceAuditNumber)
        else { return nil }
        self.init(answerType: answer.mti, transmitted: transmitted, traceNumber: traceNumber)
    }

    /// DE11.
    var traceNumber: Int { Int(packed % 1_000_000) }
}

/// A message that wants to be sent, its bytes ready.
struct LinkRequest: Sendable {
    /// Names the message on this link.
    let identifier: UInt64
    let key: MessageKey
    /// DE37: an answer that carries another one belongs to something else.
    let retrievalReference: String
    /// Length header and message.
    let frame: [UInt8]
}

/// What a link knows of a message in the end.
enum LinkOutcome: Sendable, Equatable {
    case answered(Message)
    case unknown(CardOutcome.UnknownReason)
    case notSent(CardOutcome.NotSentReason)
}

/// A message of network management that the link sends on its own.
struct NetworkManagement: Hashable, Sendable {
    /// DE70.
    enum Purpose: String, Sendable {
        case signOn = "001"
        case signOff = "002"
        case echo = "301"
    }

    let purpose: Purpose
    let transmittedAt: Timestamp
    let traceNumber: Int

    /// The 0800.
    var message: Message {
        var message = Message(.networkManagementRequest)
        message[.transmissionDateTime] = Self.digits(TransmissionTime.number(transmittedAt), count: 10)
        message[.systemTraceAuditNumber] = Self.digits(UInt64(traceNumber), count: 6)
        message[.networkManagementInformationCode] = purpose.rawValue
        return message
    }

    private static func digits(_ number: UInt64, count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: count - text.utf8.count) + text
    }
}

/// What happened on a link that an operator may want to read of.
enum LinkNote: Hashable, Sendable {
    case signedOn
    case signOnRefused(responseCode: String)
    case signOnNotAnswered
    case echoNotAnswered
    case connectFailed(attempts: Int)
    case disconnected(inFlight: Int)
    case garbled(inFlight: Int)
    case lateAnswer(traceNumber: Int)
    case unmatchedAnswer(traceNumber: Int)
    case foreignAnswer(traceNumber: Int)
    case traceInUse(traceNumber: Int)
    case unexpectedMessage
    case unsolicitedDropped
}

internal import CardFormats
internal import Core
internal import Money
internal import Payments

/// A message from the host, sorted by what is to be done with it.
enum InboundMessage: Sendable {
    /// The answer to something.
    case answer(MessageKey, Message)
    /// Network management from the host's side, and the answer to give.
    case management(reply: Message)
    /// Something the host tells on its own, and the answer to give once it is taken care of.
    case unsolicited(UnsolicitedMessage, reply: Message)
    /// Nothing that an acquirer's link knows.
    case unexpected

    private static let copied: [DataElement] = [
        .primaryAccountNumber, .processingCode, .amountTransaction, .transmissionDateTime, .systemTraceAuditNumber,
        .retrievalReferenceNumber, .cardAcceptorTerminalIdentification, .cardAcceptorIdentificationCode,
        .currencyCodeTransaction, .networkManagementInformationCode,
    ]

    /// Sorts a message that arrived at `now`.
    init(_ message: Message, at now: Timestamp) {
        let type = message.mti
        if !type.isRequest {
            self = MessageKey(answer: message).map { .answer($0, message) } ?? .unexpected
            return
        }
        switch type.messageClass {
        case 8 where type.version == 0:
            self = .management(reply: Self.acknowledgement(of: message))
        case 4 where type.version == 0:
            guard let unsolicited = UnsolicitedMessage(reversal: message, at: now) else {
                self = .unexpected
                return
            }
            self = .unsolicited(unsolicited, reply: Self.acknowledgement(of: message))
        default:
            self = .unexpected
        }
    }

    private static func acknowledgement(of message: Message) -> Message {
        var reply = message.response(copying: copied)
        reply[.responseCode] = "00"
        return reply
    }
}

extension UnsolicitedMessage {
    /// Reads a reversal that the host sent; nil when it does not say of what.
    init?(reversal message: Message, at now: Timestamp) {
        guard let text = message[.originalDataElements], let original = try? OriginalData(text),
            let transmittedAt = TransmissionTime.moment(original.transmissionDateTime, near: now),
            let operation = Self.operation(original.messageType, processingCode: message[.processingCode])
        else { return nil }
        let reference = NetworkReference(
            transmittedAt: transmittedAt, traceNumber: Int(original.systemTraceAuditNumber),
            retrievalReference: message[.retrievalReferenceNumber] ?? "")
        var amount: Money?
        if let minor = message.number(of: .amountTransaction), let value = Int64(exactly: minor),
            let numeric = message.number(of: .currencyCodeTransaction), let code = Int(exactly: numeric),
            let currency = Currency(numeric: code)
        {
            amount = Money(value, currency)
        }
        let merchant = message[.cardAcceptorIdentificationCode] ?? ""
        self.init(
            kind: .reversal, original: OriginalMessage(operation: operation, reference: reference), amount: amount,
            merchantIdentifier: String(merchant.reversed().drop { $0 == " " }.reversed()),
            reason: message[.responseCode], receivedAt: now)
    }

    /// What a message of ours asked, by its type and processing code. An increment is an authorisation on the wire.
    private static func operation(_ type: MessageType, processingCode: String?) -> CardRequest.Operation? {
        switch type.asRepeat {
        case .authorisationRequestRepeat: .authorisation
        case .financialRequestRepeat: .purchase
        case .financialAdviceRepeat: processingCode?.hasPrefix("20") == true ? .refund : .capture
        default: nil
        }
    }
}

internal import CardFormats
internal import Core
internal import Money

/// A message that asks something of the issuer, read.
struct IssuerMessage: Sendable {
    let request: IssuerRequest
    let operation: IssuerOperation
    let isRepeat: Bool
    let script: ScriptCard?
    /// How the test cards' refunds go.
    let refund: TestCardRefund

    /// Reads a message; nil when it is none that an issuer answers, or something is missing in it.
    init?(_ message: Message, judge: IssuerJudge) {
        guard let operation = Self.operation(of: message),
            let key = Self.key(typeDigits: Self.typeDigits(message.mti), message),
            let minor = message.number(of: .amountTransaction), let amount = Int64(exactly: minor),
            let numeric = message.number(of: .currencyCodeTransaction).flatMap({ Int(exactly: $0) }),
            let currency = Currency(numeric: numeric),
            let retrievalReference = message[.retrievalReferenceNumber]
        else { return nil }
        let asked: IssuerRequest.Operation
        switch operation {
        case .authorisation: asked = .authorisation
        case .purchase: asked = .purchase
        case .increment, .capture, .refund, .reversal:
            guard let original = Self.originalKey(message) else { return nil }
            asked = Self.referring(operation, to: original)
        }
        self.operation = operation
        isRepeat = message.mti.isRepeat
        script = message.withBytes(of: .primaryAccountNumber) { ScriptCard(digits: $0) } ?? nil
        let card = message.withBytes(of: .primaryAccountNumber) { TestCards.card(number: $0) } ?? nil
        refund = card?.behaviour.refund ?? .succeeds
        // Advices tell what was done already: only the book can refuse them.
        let isDecided = operation == .authorisation || operation == .purchase || operation == .increment
        request = IssuerRequest(
            key: key, operation: asked, amount: amount, currency: currency, retrievalReference: retrievalReference,
            merchantIdentifier: Self.trimmed(message[.cardAcceptorIdentificationCode] ?? ""),
            cardLastFour: String((message[.primaryAccountNumber] ?? "").suffix(4)),
            verdict: isDecided
                ? judge.verdict(on: message, amount: amount, script: script)
                : IssuerVerdict(responseCode: "00", checks: .none))
    }

    private static func operation(of message: Message) -> IssuerOperation? {
        let isRefund = message.withBytes(of: .processingCode) { $0.starts(with: "20".utf8) } ?? false
        return switch typeDigits(message.mti) {
        case 10: message.contains(.originalDataElements) ? .increment : .authorisation
        case 20: isRefund ? .refund : .purchase
        case 22: isRefund ? .refund : .capture
        case 40, 42: .reversal
        default: nil
        }
    }

    private static func referring(
        _ operation: IssuerOperation, to original: IssuerMessageKey
    ) -> IssuerRequest.Operation {
        switch operation {
        case .authorisation, .purchase: preconditionFailure("\(operation) refers to no original")
        case .increment: .increment(of: original)
        case .capture: .capture(of: original)
        case .refund: .refund(of: original)
        case .reversal: .reversal(of: original)
        }
    }

    /// Class and function of a 1987 message as two digits; a repeat has those of its first try.
    private static func typeDigits(_ type: MessageType) -> Int {
        type.version == 0 ? type.messageClass * 10 + Int(type.packed >> 4 & 15) : 0
    }

    private static func key(typeDigits: Int, _ message: Message) -> IssuerMessageKey? {
        guard let transmitted = message.number(of: .transmissionDateTime),
            let trace = message.number(of: .systemTraceAuditNumber)
        else { return nil }
        return key(typeDigits: typeDigits, transmitted: transmitted, trace: trace, message)
    }

    private static func originalKey(_ message: Message) -> IssuerMessageKey? {
        guard let text = message[.originalDataElements], let original = try? OriginalData(text) else { return nil }
        return key(
            typeDigits: typeDigits(original.messageType), transmitted: original.transmissionDateTime,
            trace: original.systemTraceAuditNumber, message)
    }

    private static func key(
        typeDigits: Int, transmitted: UInt64, trace: UInt64, _ message: Message
    ) -> IssuerMessageKey? {
        guard transmitted < 10_000_000_000, trace < 1_000_000 else { return nil }
        return message.withBytes(of: .cardAcceptorTerminalIdentification) { terminal in
            message.withBytes(of: .cardAcceptorIdentificationCode) { merchant in
                IssuerMessageKey(
                    typeDigits: typeDigits, transmitted: Int(transmitted), traceNumber: Int(trace),
                    terminal: terminal, merchant: merchant)
            }
        } ?? nil
    }

    private static func trimmed(_ text: String) -> String {
        guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
        return String(text[...last])
    }
}

/// The issuer's messages.
enum IssuerWire {
    private static let echoed: [DataElement] = [
        .processingCode, .amountTransaction, .transmissionDateTime, .systemTraceAuditNumber,
        .acquiringInstitutionIdentificationCode, .retrievalReferenceNumber, .cardAcceptorTerminalIdentification,
        .cardAcceptorIdentificationCode, .currencyCodeTransaction, .networkManagementInformationCode,
    ]

    /// The answer to a message.
    static func answer(to message: Message, _ reply: IssuerReply) -> Message {
        var answer = message.response(copying: echoed)
        answer[.responseCode] = reply.responseCode
        if let code = reply.approvalCode { answer[.authorisationIdentificationResponse] = code }
        let data = IssuerPrivateData.content(of: reply)
        if !data.isEmpty { answer.set(.additionalDataPrivate, bytes: data) }
        return answer
    }

    /// The 0420 by which the issuer tells that a refund did not happen after all.
    static func reversalAdvice(of refund: Message, transmittedAt: Timestamp, traceNumber: Int) -> Message? {
        guard let original = try? OriginalData(of: refund) else { return nil }
        var advice = Message(.reversalAdvice)
        for element in [
            .primaryAccountNumber, .processingCode, .amountTransaction, .acquiringInstitutionIdentificationCode,
            .retrievalReferenceNumber, .cardAcceptorTerminalIdentification, .cardAcceptorIdentificationCode,
            .currencyCodeTransaction,
        ] as [DataElement] {
            advice.copy(element, from: refund)
        }
        do {
            try advice.set(
                .transmissionDateTime, number: UInt64(TransmissionNumber.of(transmittedAt)), digits: 10)
            try advice.set(.systemTraceAuditNumber, number: UInt64(traceNumber), digits: 6)
        } catch {
            return nil
        }
        advice[.responseCode] = "76"
        advice[.originalDataElements] = original.text
        return advice
    }
}

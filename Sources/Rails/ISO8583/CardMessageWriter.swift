internal import CardFormats
internal import Core
internal import Money
internal import Payments

// From a card request to an ISO 8583 message, by one table: a row for each data element, with the operations that
// carry it and what it holds. A message of the network is read off by going down the rows; nothing else writes a
// field.
struct CardMessageWriter: Sendable {
    /// Why a request cannot be written. It carries no content of a field.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let element: DataElement
        let problem: String
        var description: String { "\(element): \(problem)" }
    }

    /// What a row's content is made of.
    private struct Source {
        let request: CardRequest
        let acquirer: Acquirer
        let cardNumber: UnsafeBufferPointer<UInt8>
    }

    /// What all messages to one acquirer say of us.
    struct Acquirer: Sendable {
        let identifier: String
        let country: String
        let terminal: String
    }

    private struct Operations: OptionSet {
        let rawValue: Int
        static let authorisation = Operations(rawValue: 1)
        static let purchase = Operations(rawValue: 2)
        static let capture = Operations(rawValue: 4)
        static let increment = Operations(rawValue: 8)
        static let refund = Operations(rawValue: 16)
        static let reversal = Operations(rawValue: 32)
        static let all: Operations = [.authorisation, .purchase, .capture, .increment, .refund, .reversal]
        /// Those that ask the issuer to look at the card.
        static let decided: Operations = [.authorisation, .purchase, .increment]
        /// Those that refer to an earlier message.
        static let referring: Operations = [.capture, .increment, .refund, .reversal]

        init(rawValue: Int) { self.rawValue = rawValue }

        init(_ operation: CardRequest.Operation) {
            switch operation {
            case .authorisation: self = .authorisation
            case .purchase: self = .purchase
            case .capture: self = .capture
            case .incrementalAuthorisation: self = .increment
            case .refund: self = .refund
            case .reversal: self = .reversal
            }
        }
    }

    private struct Row: Sendable {
        let element: DataElement
        let operations: Operations
        let write: @Sendable (inout Message, Source) throws -> Void

        init(
            _ element: DataElement, _ operations: Operations,
            _ write: @escaping @Sendable (inout Message, Source) throws -> Void
        ) {
            self.element = element
            self.operations = operations
            self.write = write
        }
    }

    private static let table: [Row] = [
        Row(.primaryAccountNumber, .all) {
            $0.set(.primaryAccountNumber, bytes: UnsafeRawBufferPointer($1.cardNumber))
        },
        Row(.processingCode, .all) { $0[.processingCode] = processingCode($1.request) },
        Row(.amountTransaction, .all) { try $0.set(.amountTransaction, number: amount($1.request), digits: 12) },
        Row(.transmissionDateTime, .all) {
            try $0.set(.transmissionDateTime, number: transmitted($1.request.reference), digits: 10)
        },
        Row(.systemTraceAuditNumber, .all) {
            try $0.set(.systemTraceAuditNumber, number: trace($1.request.reference), digits: 6)
        },
        Row(.localTransactionTime, .all) {
            try $0.set(.localTransactionTime, number: transmitted($1.request.reference) % 1_000_000, digits: 6)
        },
        Row(.localTransactionDate, .all) {
            try $0.set(.localTransactionDate, number: transmitted($1.request.reference) / 1_000_000, digits: 4)
        },
        Row(.expirationDate, .all) { try $0.set(.expirationDate, number: expiry($1.request.card), digits: 4) },
        Row(.merchantCategoryCode, .all) { $0[.merchantCategoryCode] = $1.request.acceptor.categoryCode },
        Row(.acquiringInstitutionCountryCode, .all) { $0[.acquiringInstitutionCountryCode] = $1.acquirer.country },
        // 81 e-commerce or 10 on file; 2: there is no way to enter a PIN.
        Row(.pointOfServiceEntryMode, .all) { $0[.pointOfServiceEntryMode] = $1.request.card.isOnFile ? "102" : "812" },
        Row(.pointOfServiceConditionCode, .all) { message, _ in message[.pointOfServiceConditionCode] = "59" },
        Row(.acquiringInstitutionIdentificationCode, .all) {
            $0[.acquiringInstitutionIdentificationCode] = $1.acquirer.identifier
        },
        Row(.retrievalReferenceNumber, .all) {
            $0[.retrievalReferenceNumber] = $1.request.reference.retrievalReference
        },
        Row(.cardAcceptorTerminalIdentification, .all) {
            $0[.cardAcceptorTerminalIdentification] = $1.acquirer.terminal
        },
        Row(.cardAcceptorIdentificationCode, .all) {
            $0[.cardAcceptorIdentificationCode] = $1.request.acceptor.merchantIdentifier
        },
        Row(.cardAcceptorNameLocation, .all) {
            $0.set(.cardAcceptorNameLocation, bytes: nameAndLocation($1.request.acceptor))
        },
        Row(.additionalDataPrivate, .decided) { message, source in
            let address = addressData(source.request.card)
            if !address.isEmpty { message.set(.additionalDataPrivate, bytes: address) }
        },
        Row(.currencyCodeTransaction, .all) { $0[.currencyCodeTransaction] = $1.request.amount.currency.numeric },
        Row(.reservedPrivate60, .decided) { message, source in
            // Electronic commerce, the cardholder not authenticated.
            if !source.request.card.isOnFile { message[.reservedPrivate60] = "ECI07" }
        },
        Row(.reservedPrivate63, .decided) { message, source in
            guard let code = source.request.card.cvc else { return }
            message.set(.reservedPrivate63, bytes: Array("CVV2=".utf8) + code.digits)
        },
        Row(.originalDataElements, .referring) { $0[.originalDataElements] = try originalData($1) },
    ]

    let acquirer: Acquirer

    /// The message that asks for `request`.
    ///
    /// Throws a ``Failure`` or an `ISO8583Error` when a value has no place in its field.
    func message(for request: CardRequest, cardNumber: UnsafeBufferPointer<UInt8>) throws -> Message {
        let type = Self.messageType(request.operation)
        var message = Message(request.isRepeat ? type.asRepeat : type)
        let operation = Operations(request.operation)
        let source = Source(request: request, acquirer: acquirer, cardNumber: cardNumber)
        for row in Self.table where row.operations.contains(operation) { try row.write(&message, source) }
        return message
    }

    /// What the answer to `request` is matched on; nil when its reference has no place in DE7 and DE11.
    static func key(of request: CardRequest) -> MessageKey? {
        guard request.reference.traceNumber >= 0 else { return nil }
        return MessageKey(
            answerType: messageType(request.operation).response, transmitted: transmitted(request.reference),
            traceNumber: UInt64(request.reference.traceNumber))
    }
}

/// The contents of the rows.
extension CardMessageWriter {
    private static func messageType(_ operation: CardRequest.Operation) -> MessageType {
        switch operation {
        case .authorisation, .incrementalAuthorisation: .authorisationRequest
        case .purchase: .financialRequest
        case .capture, .refund: .financialAdvice
        case .reversal: .reversalAdvice
        }
    }

    /// 00 takes from the card, 20 gives back to it; a reversal has the code of what it reverses.
    private static func processingCode(_ request: CardRequest) -> String {
        let operation = request.operation == .reversal ? request.original?.operation : request.operation
        return operation == .refund ? "200000" : "000000"
    }

    private static func amount(_ request: CardRequest) throws -> UInt64 {
        guard let amount = UInt64(exactly: request.amount.amount) else {
            throw Failure(element: .amountTransaction, problem: "an amount may not be negative")
        }
        return amount
    }

    private static func transmitted(_ reference: NetworkReference) -> UInt64 {
        TransmissionTime.number(reference.transmittedAt)
    }

    private static func trace(_ reference: NetworkReference) throws -> UInt64 {
        guard let trace = UInt64(exactly: reference.traceNumber) else {
            throw Failure(element: .systemTraceAuditNumber, problem: "a trace number may not be negative")
        }
        return trace
    }

    private static func expiry(_ card: CardCredential) throws -> UInt64 {
        guard (1...12).contains(card.expiryMonth), (0...9_999).contains(card.expiryYear) else {
            throw Failure(element: .expirationDate, problem: "an expiry is a month 1…12 and a year of four digits")
        }
        return UInt64(card.expiryYear % 100 * 100 + card.expiryMonth)
    }

    /// Name 25, city 13, country 2.
    private static func nameAndLocation(_ acceptor: CardAcceptor) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40)
        for (text, width) in [(acceptor.name, 25), (acceptor.city, 13), (acceptor.country, 2)] {
            let part = PrintableASCII.fold(text, count: width)
            bytes.append(contentsOf: part)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: width - part.count))
        }
        return bytes
    }

    private static func addressData(_ card: CardCredential) -> [UInt8] {
        var bytes: [UInt8] = []
        if let line = card.addressLine1 {
            PrivateData.append(PrivateData.addressLine1, PrintableASCII.fold(line, count: 99), to: &bytes)
        }
        if let code = card.postalCode {
            PrivateData.append(PrivateData.postalCode, PrintableASCII.fold(code, count: 16), to: &bytes)
        }
        return bytes
    }

    private static func originalData(_ source: Source) throws -> String {
        guard let original = source.request.original else {
            throw Failure(
                element: .originalDataElements, problem: "the operation refers to an original, and there is none")
        }
        return try OriginalData(
            messageType: messageType(original.operation), systemTraceAuditNumber: trace(original.reference),
            transmissionDateTime: transmitted(original.reference),
            acquiringInstitution: UInt64(source.acquirer.identifier) ?? 0, forwardingInstitution: 0
        ).text
    }
}

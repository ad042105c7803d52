internal import CardFormats
internal import Core
internal import Money
internal import Payments

/// From an issuer's message to what the platform knows of the request.
enum CardAnswerReader {
    /// The outcome of `request` when `answer` came.
    ///
    /// An answer that does not say yes or no to this very amount leaves the outcome unknown, so that it is reversed.
    static func outcome(of request: CardRequest, answer: Message) -> CardOutcome {
        guard let code = answer[.responseCode], code.utf8.count == 2, code.utf8.allSatisfy(isLetterOrDigit) else {
            return .unknown(.garbledAnswer)
        }
        // 68: the network itself did not hear from the issuer in time.
        let meaning = ResponseCode.meaning(of: code)
        if meaning.action == .unknownReverse { return .unknown(.timeout) }
        if let amount = answer.number(of: .amountTransaction), meaning.action == .approve,
            amount != UInt64(exactly: request.amount.amount)
        {
            return .unknown(.garbledAnswer)
        }
        let approvalCode = answer[.authorisationIdentificationResponse].flatMap { text in
            text.utf8.allSatisfy { $0 == UInt8(ascii: " ") } ? nil : text
        }
        return .answered(
            CardAnswer(
                responseCode: code, approvalCode: approvalCode,
                networkTransactionID: privateData(PrivateData.transactionIdentifier, answer),
                checks: checks(request.card, answer), declineCode: meaning.declineCode))
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 <= 9 || (byte & 0xdf) &- 0x41 <= 25
    }

    private static func privateData(_ tag: String, _ message: Message) -> String? {
        message.withBytes(of: .additionalDataPrivate) { PrivateData.value(tag, in: $0) } ?? nil
    }

    /// A datum that was sent and of which the issuer says nothing is unchecked; one that was not sent has no result.
    private static func checks(_ card: CardCredential, _ answer: Message) -> CardChecks {
        let cvc = cvcResult(privateData(PrivateData.cvcResult, answer))
        let address = addressResult(privateData(PrivateData.addressResult, answer))
        return CardChecks(
            cvc: card.cvc == nil ? nil : cvc,
            addressLine1: card.addressLine1 == nil ? nil : address.line,
            postalCode: card.postalCode == nil ? nil : address.postalCode)
    }

    private static func cvcResult(_ letter: String?) -> CardChecks.Result {
        switch letter {
        case "M": .pass
        case "N": .fail
        case "U": .unavailable
        default: .unchecked
        }
    }

    private static func addressResult(_ letter: String?) -> (line: CardChecks.Result, postalCode: CardChecks.Result) {
        switch letter {
        case "Y": (.pass, .pass)
        case "A": (.pass, .fail)
        case "Z": (.fail, .pass)
        case "N": (.fail, .fail)
        case "U": (.unavailable, .unavailable)
        default: (.unchecked, .unchecked)
        }
    }
}

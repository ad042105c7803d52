public import Core
public import Money

/// A way to an acquirer or a card network.
///
/// A rail turns a ``CardRequest`` into whatever its network speaks and says what came of it. It never decides what a
/// payment becomes: an outcome it did not hear is ``CardOutcome/unknown(_:)``, and never a decline.
public protocol CardRail: Sendable {
    /// Sends one message and waits for its answer, for as long as the rail's own time limit.
    func send(_ request: CardRequest) async -> CardOutcome
}

/// What identifies a message through its whole life: its repeats, its reversal and its advices carry it too.
///
/// ISO 8583:1987 data elements 7, 11 and 37.
public struct NetworkReference: Hashable, Sendable {
    /// When the first try was made, whole seconds; DE7 is this moment in UTC.
    public let transmittedAt: Timestamp
    /// System trace audit number, 0…999,999; unique together with the transmission time.
    public let traceNumber: Int
    /// Retrieval reference number, 12 digits, the same through the life of the payment; DE37.
    public let retrievalReference: String

    public init(transmittedAt: Timestamp, traceNumber: Int, retrievalReference: String) {
        self.transmittedAt = transmittedAt
        self.traceNumber = traceNumber
        self.retrievalReference = retrievalReference
    }
}

/// One message to a card network.
public struct CardRequest: Sendable {
    /// What is asked.
    public enum Operation: String, Sendable {
        /// 0100: hold the amount on the card, to be captured later.
        case authorisation
        /// 0200: authorise and capture in one message.
        case purchase
        /// 0220: the amount of an authorisation that is captured; the rest of it is released.
        case capture
        /// 0100 that refers to an authorisation: hold `amount` in all, instead of what it held.
        case incrementalAuthorisation
        /// 0220 with processing code 20: give back part of a captured amount.
        case refund
        /// 0420: the original never happened.
        case reversal
    }

    public var merchant: MerchantKey
    public var operation: Operation
    public var reference: NetworkReference
    /// The message this one refers to (DE90): for captures, increments, refunds and reversals.
    public var original: OriginalMessage?
    /// True for a repeat of a message whose answer was not heard (0101, 0201, 0221, 0421): same reference, same
    /// content.
    public var isRepeat: Bool
    public var card: CardCredential
    public var amount: Money
    public var acceptor: CardAcceptor

    public init(
        merchant: MerchantKey, operation: Operation, reference: NetworkReference, original: OriginalMessage?,
        isRepeat: Bool,
        card: CardCredential, amount: Money, acceptor: CardAcceptor
    ) {
        self.merchant = merchant
        self.operation = operation
        self.reference = reference
        self.original = original
        self.isRepeat = isRepeat
        self.card = card
        self.amount = amount
        self.acceptor = acceptor
    }
}

/// The message that a later one refers to.
public struct OriginalMessage: Hashable, Sendable {
    public let operation: CardRequest.Operation
    public let reference: NetworkReference

    public init(operation: CardRequest.Operation, reference: NetworkReference) {
        self.operation = operation
        self.reference = reference
    }
}

/// The card of a request. The number itself stays in the vault; the rail asks for it while it writes the message.
public struct CardCredential: Sendable {
    public var vaultToken: VaultTokenID
    /// 1…12.
    public var expiryMonth: Int
    /// Four digits.
    public var expiryYear: Int
    /// Held in memory for this one request, never stored; nil when the cardholder is not there.
    public var cvc: CardVerificationCode?
    /// Sent for the issuer's address check.
    public var addressLine1: String?
    public var postalCode: String?
    /// True for a stored credential (DE22 10), false when the cardholder typed it in (DE22 81).
    public var isOnFile: Bool

    public init(
        vaultToken: VaultTokenID, expiryMonth: Int, expiryYear: Int, cvc: CardVerificationCode?,
        addressLine1: String?, postalCode: String?, isOnFile: Bool
    ) {
        self.vaultToken = vaultToken
        self.expiryMonth = expiryMonth
        self.expiryYear = expiryYear
        self.cvc = cvc
        self.addressLine1 = addressLine1
        self.postalCode = postalCode
        self.isOnFile = isOnFile
    }
}

/// A card verification code, 3 or 4 digits. It has no description and no coding, so that it reaches no log and no
/// table.
public struct CardVerificationCode: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public let digits: [UInt8]

    /// The code of ASCII digits; nil unless there are 3 or 4 of them.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard (3...4).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.digits = digits
    }

    public var description: String { "[cvc]" }
    public var debugDescription: String { "[cvc]" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Who takes the payment, as the network and the cardholder's statement name it.
public struct CardAcceptor: Hashable, Sendable {
    /// DE42, up to 15 characters.
    public var merchantIdentifier: String
    /// DE43: what the statement shows, up to 22 characters.
    public var name: String
    public var city: String
    /// ISO 3166 alpha-2.
    public var country: String
    /// ISO 18245 merchant category code, four digits; DE18.
    public var categoryCode: String

    public init(merchantIdentifier: String, name: String, city: String, country: String, categoryCode: String) {
        self.merchantIdentifier = merchantIdentifier
        self.name = name
        self.city = city
        self.country = country
        self.categoryCode = categoryCode
    }
}

/// What a rail knows after it tried.
public enum CardOutcome: Sendable {
    /// The network answered.
    case answered(CardAnswer)
    /// The message may have arrived and may have been acted upon; nobody told us.
    case unknown(UnknownReason)
    /// The message certainly never left, so nothing can have happened.
    case notSent(NotSentReason)

    public enum UnknownReason: String, Sendable { case timeout, disconnected, garbledAnswer }
    public enum NotSentReason: String, Sendable { case noConnection, circuitOpen, bulkheadFull, cardUnavailable }
}

/// An issuer's answer.
public struct CardAnswer: Hashable, Sendable {
    /// DE39, two characters; `00` approves.
    public var responseCode: String
    /// DE38, six characters, with an approval only.
    public var approvalCode: String?
    /// The network's own name for the transaction, kept for later merchant-initiated payments; DE63 or DE48 by network.
    public var networkTransactionID: String?
    public var checks: CardChecks
    /// The reason that a refusal's response code stands for, as the API names it; nil for a code without one.
    public var declineCode: String?

    public init(
        responseCode: String, approvalCode: String?, networkTransactionID: String?, checks: CardChecks,
        declineCode: String? = nil
    ) {
        self.responseCode = responseCode
        self.approvalCode = approvalCode
        self.networkTransactionID = networkTransactionID
        self.checks = checks
        self.declineCode = declineCode
    }

    /// Whether the whole amount was approved: 00, 08 (honour with identification) and 11 (VIP).
    public var isApproved: Bool { responseCode == "00" || responseCode == "08" || responseCode == "11" }

    /// Whether only a part was approved (10): Florin takes the whole or nothing, so it is reversed.
    public var isPartialApproval: Bool { responseCode == "10" }
}

/// What the issuer said of the data that came with a card.
public struct CardChecks: Hashable, Sendable {
    /// A check's result, as the API names it.
    public enum Result: String, Sendable { case pass, fail, unavailable, unchecked }

    /// Nil where the datum was not sent.
    public var cvc: Result?
    public var addressLine1: Result?
    public var postalCode: Result?

    public init(cvc: Result?, addressLine1: Result?, postalCode: Result?) {
        self.cvc = cvc
        self.addressLine1 = addressLine1
        self.postalCode = postalCode
    }
}

/// Card numbers that make the sandbox's issuer misbehave, so that a developer can see what Florin does then.
///
/// They are 4000 0012 3000 0nnc: a Visa range that no country has, two digits for the case and the check digit. Any
/// future expiry and any CVC will do. Where a case is about the first try only, repeats are answered.
///
/// | number | case |
/// |---|---|
/// | 4000001230000010 | the amount's last two digits are the answer, see ``decideByAmount`` |
/// | 4000001230000028 | no answer, and nothing happened |
/// | 4000001230000036 | approved, but the answer is lost |
/// | 4000001230000044 | approved, but the answer comes too late |
/// | 4000001230000051 | the answer comes twice |
/// | 4000001230000069 | approved, but the answer is garbled |
/// | 4000001230000077 | the connection breaks before anything happened |
/// | 4000001230000085 | the connection breaks after the approval |
/// | 4000001230000093 | the answer takes its time |
/// | 4000001230000101 | the answer to a capture is lost |
/// | 4000001230000119 | the answer to a refund is lost |
/// | 4000001230000127 | approved, the answer is lost, and the answer to the reversal is lost once, too |
public enum ScriptCard: String, CaseIterable, Sendable {
    /// The last two digits of the amount in minor units decide: 01 asks for authentication (1A); 05, 14, 41, 43, 51,
    /// 54, 57, 61, 65 and 91 are the response code; 68 gets no answer. All others approve.
    case decideByAmount = "4000001230000010"
    /// The issuer does not act and does not answer.
    case silent = "4000001230000028"
    /// The issuer acts, and the answer to the first try is lost.
    case approveThenSilent = "4000001230000036"
    /// The issuer acts, and the answer to the first try comes after the acquirer gave up.
    case lateAnswer = "4000001230000044"
    /// The issuer acts and answers twice.
    case duplicateAnswer = "4000001230000051"
    /// The issuer acts and answers the first try with bytes that are no message.
    case garbledAnswer = "4000001230000069"
    /// The connection breaks at the first try; the issuer did not act.
    case disconnectBeforeActing = "4000001230000077"
    /// The issuer acts on the first try, then the connection breaks.
    case disconnectAfterActing = "4000001230000085"
    /// The issuer answers after a delay that is within the acquirer's time limit.
    case slowAnswer = "4000001230000093"
    /// Authorisations are answered; the answer to the first try of a capture is lost.
    case captureAnswerLost = "4000001230000101"
    /// Payments are answered; the answer to the first try of a refund is lost.
    case refundAnswerLost = "4000001230000119"
    /// As ``approveThenSilent``, and the answer to the first try of the reversal is lost, too.
    case reversalAnswerLost = "4000001230000127"

    /// The card number, 16 digits with a right check digit.
    public var number: String { rawValue }

    private static let prefix = Array("4000001230000".utf8)
    private static let byCase: [UInt8: ScriptCard] = {
        var cards: [UInt8: ScriptCard] = [:]
        for card in allCases {
            let digits = Array(card.number.utf8)
            cards[(digits[13] - 0x30) * 10 + digits[14] - 0x30] = card
        }
        return cards
    }()

    /// The script card of a number, or nil for all others.
    init?(digits: UnsafeRawBufferPointer) {
        guard digits.count == 16, digits.starts(with: Self.prefix) else { return nil }
        guard let card = Self.byCase[(digits[13] &- 0x30) &* 10 &+ digits[14] &- 0x30] else { return nil }
        self = card
    }

    /// What goes wrong with a message of this card.
    func fault(_ operation: IssuerOperation, isRepeat: Bool) -> IssuerFault? {
        let isPayment = operation == .authorisation || operation == .purchase
        switch self {
        case .decideByAmount: return nil
        case .silent: return isPayment ? .silent : nil
        case .duplicateAnswer: return isPayment ? .duplicateAnswer : nil
        case .slowAnswer: return isPayment ? .slowAnswer : nil
        case .approveThenSilent: return isPayment && !isRepeat ? .approveThenSilent : nil
        case .lateAnswer: return isPayment && !isRepeat ? .lateAnswer : nil
        case .garbledAnswer: return isPayment && !isRepeat ? .garbledAnswer : nil
        case .disconnectBeforeActing: return isPayment && !isRepeat ? .disconnectBeforeActing : nil
        case .disconnectAfterActing: return isPayment && !isRepeat ? .disconnectAfterActing : nil
        case .captureAnswerLost: return operation == .capture && !isRepeat ? .approveThenSilent : nil
        case .refundAnswerLost: return operation == .refund && !isRepeat ? .approveThenSilent : nil
        case .reversalAnswerLost:
            return (isPayment || operation == .reversal) && !isRepeat ? .approveThenSilent : nil
        }
    }
}

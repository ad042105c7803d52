/// What an issuer's answer (DE39) means: its name, the decline code that Stripe's API has for it, and what to do next.
public struct ResponseCode: Hashable, Sendable {
    /// What to do after this answer.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// The whole amount is approved.
        case approve
        /// A part of the amount is approved; DE4 or DE54 says how much.
        case approvePartial = "approve_partial"
        /// A request without an amount, such as verifying a card, found no reason to decline.
        case approveZeroAmount = "approve_zero_amount"
        /// Declined; another attempt later may succeed.
        case soft
        /// Declined; network rules forbid another attempt with this card.
        case hard
        /// Not decided for technical reasons; try again soon.
        case retry
        /// Declined; authenticate the cardholder and try again.
        case sca
        /// Declined because the merchant is not set up as it should be.
        case config
        /// The outcome is unknown: send a reversal.
        case unknownReverse = "unknown_reverse"
        /// The message was not understood: our mistake.
        case bug
    }

    /// The code, two characters.
    public let code: String
    /// A name for logs, such as `insufficient_funds`.
    public let name: String
    /// The decline code of Stripe's API, or nil for an approval.
    public let declineCode: String?
    /// What to do next.
    public let action: Action

    init(_ code: String, _ name: String, _ declineCode: String?, _ action: Action) {
        self.code = code
        self.name = name
        self.declineCode = declineCode
        self.action = action
    }

    /// Whether the whole amount or a part of it is approved.
    public var isApproval: Bool {
        switch action {
        case .approve, .approvePartial, .approveZeroAmount: true
        case .soft, .hard, .retry, .sca, .config, .unknownReverse, .bug: false
        }
    }

    /// The meaning of a code, or nil when the table does not have it.
    public static func lookup(_ code: String) -> ResponseCode? { byCode[code] }

    /// The meaning of a code; one that is not in the table is a soft `generic_decline`.
    public static func meaning(of code: String) -> ResponseCode {
        byCode[code] ?? ResponseCode(code, "unknown", "generic_decline", .soft)
    }

    /// The meaning of an action code of the 1993 edition, three digits, or nil when it has no counterpart in the table.
    ///
    /// Codes that the table does not name are read by their first digit: 0 is approved, 8 accepted by the network.
    public static func lookup(actionCode1993 code: String) -> ResponseCode? {
        if let known = codes1993[code] { return byCode[known] }
        let isCode = code.utf8.count == 3 && code.utf8.allSatisfy { $0 &- 0x30 <= 9 }
        return isCode && (code.first == "0" || code.first == "8") ? byCode["00"] : nil
    }

    private static let byCode = [String: ResponseCode](uniqueKeysWithValues: all.map { ($0.code, $0) })
}

/// The four digits that say what a message is: version, class, function and origin. Source: ISO 8583 clause 4.2.
///
/// For example 0100 is version 1987, class authorisation, function request, origin acquirer.
@frozen
public struct MessageType: Hashable, Sendable {
    /// The digits, one in each four bits: 0x0100.
    public let packed: UInt16

    /// The type of four packed digits, or nil when one is no decimal digit.
    @inlinable
    public init?(packed: UInt16) {
        for shift in [0, 4, 8, 12] as [UInt16] where packed >> shift & 15 > 9 { return nil }
        self.packed = packed
    }

    /// The type of a text of four digits, or nil.
    public init?(_ text: some StringProtocol) {
        var digits: UInt16 = 0
        var count = 0
        for byte in text.utf8 {
            guard count < 4, byte >= 0x30, byte <= 0x39 else { return nil }
            digits = digits << 4 | UInt16(byte - 0x30)
            count += 1
        }
        guard count == 4 else { return nil }
        packed = digits
    }

    @inlinable
    init(unchecked packed: UInt16) { self.packed = packed }

    /// The four digits as text.
    public var text: String {
        let digits = String(packed, radix: 16)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

/// The digits.
extension MessageType {
    /// The edition of the standard: 0 for 1987, 1 for 1993, 2 for 2003.
    @inlinable
    public var version: Int { Int(packed >> 12) }

    /// What it is about: 1 authorisation, 2 financial, 4 reversal, 5 reconciliation, 8 network management.
    @inlinable
    public var messageClass: Int { Int(packed >> 8 & 15) }

    /// Whether it asks for an answer: its function digit is even (request, advice, notification, instruction).
    @inlinable
    public var isRequest: Bool { packed >> 4 & 1 == 0 }

    /// Whether it says what was already done, so that it may not be declined (function 2 or 3).
    @inlinable
    public var isAdvice: Bool { packed >> 5 & 7 == 1 }

    /// Whether it repeats a message that was not answered.
    @inlinable
    public var isRepeat: Bool { packed & 1 == 1 }

    /// The type that answers this one: 0110 for 0100 and for 0101. An answer is its own answer.
    @inlinable
    public var response: MessageType {
        guard isRequest else { return self }
        return MessageType(unchecked: (packed & 0xfffe) + 0x10)
    }

    /// The type of the same message sent again: 0401 for 0400.
    @inlinable
    public var asRepeat: MessageType {
        packed & 15 < 9 ? MessageType(unchecked: packed | 1) : self
    }
}

/// The types of the 1987 edition that Florin speaks.
extension MessageType {
    /// 0100
    public static let authorisationRequest = MessageType(unchecked: 0x0100)
    /// 0101
    public static let authorisationRequestRepeat = MessageType(unchecked: 0x0101)
    /// 0110
    public static let authorisationResponse = MessageType(unchecked: 0x0110)
    /// 0120
    public static let authorisationAdvice = MessageType(unchecked: 0x0120)
    /// 0121
    public static let authorisationAdviceRepeat = MessageType(unchecked: 0x0121)
    /// 0130
    public static let authorisationAdviceResponse = MessageType(unchecked: 0x0130)
    /// 0200
    public static let financialRequest = MessageType(unchecked: 0x0200)
    /// 0201
    public static let financialRequestRepeat = MessageType(unchecked: 0x0201)
    /// 0210
    public static let financialResponse = MessageType(unchecked: 0x0210)
    /// 0220
    public static let financialAdvice = MessageType(unchecked: 0x0220)
    /// 0221
    public static let financialAdviceRepeat = MessageType(unchecked: 0x0221)
    /// 0230
    public static let financialAdviceResponse = MessageType(unchecked: 0x0230)
    /// 0400
    public static let reversalRequest = MessageType(unchecked: 0x0400)
    /// 0401
    public static let reversalRequestRepeat = MessageType(unchecked: 0x0401)
    /// 0410
    public static let reversalResponse = MessageType(unchecked: 0x0410)
    /// 0420
    public static let reversalAdvice = MessageType(unchecked: 0x0420)
    /// 0421
    public static let reversalAdviceRepeat = MessageType(unchecked: 0x0421)
    /// 0430
    public static let reversalAdviceResponse = MessageType(unchecked: 0x0430)
    /// 0800
    public static let networkManagementRequest = MessageType(unchecked: 0x0800)
    /// 0810
    public static let networkManagementResponse = MessageType(unchecked: 0x0810)
}

extension MessageType: CustomStringConvertible {
    /// The four digits.
    public var description: String { text }
}

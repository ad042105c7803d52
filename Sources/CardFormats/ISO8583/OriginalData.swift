/// The content of DE90: which earlier message a reversal or completion belongs to. 42 digits.
///
/// Message type (4), trace number (6), transmission time (10), acquirer (11) and forwarding institution (11) of that
/// message. Numbers are compared as numbers: an institution is the same with and without zeros in front.
public struct OriginalData: Hashable, Sendable {
    /// The type of that message.
    public let messageType: MessageType
    /// Its DE11, up to six digits.
    public let systemTraceAuditNumber: UInt64
    /// Its DE7, MMDDhhmmss as a number.
    public let transmissionDateTime: UInt64
    /// Its DE32, up to eleven digits; 0 when it had none.
    public let acquiringInstitution: UInt64
    /// Its DE33, up to eleven digits; 0 when it had none.
    public let forwardingInstitution: UInt64

    /// Original data of the given parts. Throws `tooLong` when a number has more digits than its place.
    public init(
        messageType: MessageType, systemTraceAuditNumber: UInt64, transmissionDateTime: UInt64,
        acquiringInstitution: UInt64, forwardingInstitution: UInt64
    ) throws(ISO8583Error) {
        let parts = [
            (systemTraceAuditNumber, 6), (transmissionDateTime, 10), (acquiringInstitution, 11),
            (forwardingInstitution, 11),
        ]
        for (number, digits) in parts {
            let length = String(number).utf8.count
            guard length <= digits else { throw Self.error(at: 0, .tooLong(length: length, maximum: digits)) }
        }
        self.messageType = messageType
        self.systemTraceAuditNumber = systemTraceAuditNumber
        self.transmissionDateTime = transmissionDateTime
        self.acquiringInstitution = acquiringInstitution
        self.forwardingInstitution = forwardingInstitution
    }

    /// Names `message`, which must have DE7 and DE11. Throws `malformedContent` when it has not.
    public init(of message: Message) throws(ISO8583Error) {
        guard let trace = message.number(of: .systemTraceAuditNumber),
            let time = message.number(of: .transmissionDateTime)
        else { throw Self.error(at: 0, .malformedContent) }
        try self.init(
            messageType: message.mti, systemTraceAuditNumber: trace, transmissionDateTime: time,
            acquiringInstitution: message.number(of: .acquiringInstitutionIdentificationCode) ?? 0,
            forwardingInstitution: message.number(of: .forwardingInstitutionIdentificationCode) ?? 0)
    }

    /// Reads the content of DE90. Throws `malformedContent`, with the place in the content.
    public init(_ text: String) throws(ISO8583Error) {
        let bytes = Array(text.utf8)
        guard bytes.count == 42 else { throw Self.error(at: min(bytes.count, 42), .malformedContent) }
        if let place = bytes.firstIndex(where: { $0 &- 0x30 > 9 }) { throw Self.error(at: place, .malformedContent) }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 * 10 + UInt64($1 - 0x30) } }
        guard let messageType = MessageType(String(decoding: bytes[..<4], as: UTF8.self)) else {
            throw Self.error(at: 0, .malformedContent)
        }
        try self.init(
            messageType: messageType, systemTraceAuditNumber: number(4..<10), transmissionDateTime: number(10..<20),
            acquiringInstitution: number(20..<31), forwardingInstitution: number(31..<42))
    }

    /// The content of DE90.
    public var text: String {
        messageType.text + Self.digits(systemTraceAuditNumber, 6) + Self.digits(transmissionDateTime, 10)
            + Self.digits(acquiringInstitution, 11) + Self.digits(forwardingInstitution, 11)
    }

    /// Whether `message` is the one that is meant: its type (or the type it repeats), DE11 and DE7 are the same.
    public func names(_ message: Message) -> Bool {
        messageType.asRepeat == message.mti.asRepeat
            && message.number(of: .systemTraceAuditNumber) == systemTraceAuditNumber
            && message.number(of: .transmissionDateTime) == transmissionDateTime
    }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: count - text.utf8.count) + text
    }

    private static func error(at offset: Int, _ problem: ISO8583Error.Problem) -> ISO8583Error {
        ISO8583Error(field: DataElement.originalDataElements.rawValue, offset: offset, problem: problem)
    }
}

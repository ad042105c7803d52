/// The content of DE95: the amounts that stay after a partial reversal. 42 characters.
///
/// Transaction amount (12 digits), settlement amount (12), transaction fee and settlement fee (C or D and 8 digits
/// each; a fee of nothing is nine zeros).
public struct ReplacementAmounts: Hashable, Sendable {
    /// What the transaction amounts to now, in minor units of DE49.
    public let transaction: UInt64
    /// The same in the settlement currency; 0 when it is not used.
    public let settlement: UInt64
    /// The transaction fee now; negative for a debit.
    public let transactionFee: Int64
    /// The settlement fee now; negative for a debit.
    public let settlementFee: Int64

    /// Replacement amounts. Throws `tooLong` when one has more digits than its place.
    public init(
        transaction: UInt64, settlement: UInt64 = 0, transactionFee: Int64 = 0, settlementFee: Int64 = 0
    ) throws(ISO8583Error) {
        let parts = [
            (transaction, 12), (settlement, 12), (transactionFee.magnitude, 8), (settlementFee.magnitude, 8),
        ]
        for (number, digits) in parts {
            let length = String(number).utf8.count
            guard length <= digits else { throw Self.error(at: 0, .tooLong(length: length, maximum: digits)) }
        }
        self.transaction = transaction
        self.settlement = settlement
        self.transactionFee = transactionFee
        self.settlementFee = settlementFee
    }

    /// Reads the content of DE95. Throws `malformedContent`, with the place in the content.
    public init(_ text: String) throws(ISO8583Error) {
        let bytes = Array(text.utf8)
        guard bytes.count == 42 else { throw Self.error(at: min(bytes.count, 42), .malformedContent) }
        for (place, byte) in bytes.enumerated() {
            let isAllowed =
                place == 24 || place == 33 ? [0x30, 0x43, 0x44].contains(byte) : byte &- 0x30 <= 9
            guard isAllowed else { throw Self.error(at: place, .malformedContent) }
        }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 * 10 + UInt64($1 - 0x30) } }
        func fee(_ place: Int) -> Int64 {
            let magnitude = Int64(number(place + 1..<place + 9))
            return bytes[place] == UInt8(ascii: "D") ? -magnitude : magnitude
        }
        try self.init(
            transaction: number(0..<12), settlement: number(12..<24), transactionFee: fee(24), settlementFee: fee(33))
    }

    /// The content of DE95.
    public var text: String {
        Self.digits(transaction, 12) + Self.digits(settlement, 12) + Self.fee(transactionFee) + Self.fee(settlementFee)
    }

    private static func fee(_ amount: Int64) -> String {
        (amount == 0 ? "0" : amount < 0 ? "D" : "C") + digits(amount.magnitude, 8)
    }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: count - text.utf8.count) + text
    }

    private static func error(at offset: Int, _ problem: ISO8583Error.Problem) -> ISO8583Error {
        ISO8583Error(field: DataElement.replacementAmounts.rawValue, offset: offset, problem: problem)
    }
}

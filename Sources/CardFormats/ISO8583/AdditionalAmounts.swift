public import Money

/// One amount of DE54: a balance, or the amount that was asked for when only a part was approved.
public struct AdditionalAmount: Hashable, Sendable {
    /// Two digits: 00 not specified, 10 savings, 20 checking, 30 credit.
    public let accountType: String
    /// Two digits that say what the amount is, for example ``availableBalance``.
    public let amountType: String
    /// How much; negative for a debit.
    public let amount: Money

    /// An amount. The types must be two ASCII characters each.
    public init(accountType: String, amountType: String, amount: Money) {
        precondition(
            accountType.utf8.count == 2 && amountType.utf8.count == 2,
            "The types of an additional amount have two digits")
        self.accountType = accountType
        self.amountType = amountType
        self.amount = amount
    }

    /// The balance by the ledger.
    public static let ledgerBalance = "01"
    /// What can be spent.
    public static let availableBalance = "02"
    /// The amount of the request, in an answer that approves a part of it.
    public static let originalAmount = "57"
}

/// The content of DE54: up to six amounts of twenty characters.
///
/// Each is account type (2), amount type (2), currency (3, numeric), C or D, and twelve digits of minor units.
public struct AdditionalAmounts: Hashable, Sendable {
    /// The amounts, in their order.
    public let amounts: [AdditionalAmount]

    private static let countMaximum = 6
    private static let characters = 20

    /// At most six amounts of at most twelve digits. Throws `tooLong`.
    public init(_ amounts: [AdditionalAmount]) throws(ISO8583Error) {
        guard amounts.count <= Self.countMaximum else {
            throw Self.error(
                at: 0, .tooLong(length: amounts.count * Self.characters, maximum: Self.countMaximum * Self.characters))
        }
        for (place, item) in amounts.enumerated() where item.amount.amount.magnitude >= 1_000_000_000_000 {
            let digits = String(item.amount.amount.magnitude).utf8.count
            throw Self.error(at: place * Self.characters, .tooLong(length: digits, maximum: 12))
        }
        self.amounts = amounts
    }

    /// Reads the content of DE54. Throws `malformedContent`, with the place in the content.
    public init(_ text: String) throws(ISO8583Error) {
        let bytes = Array(text.utf8)
        guard bytes.count % Self.characters == 0, bytes.count / Self.characters <= Self.countMaximum else {
            throw Self.error(at: bytes.count, .malformedContent)
        }
        var amounts: [AdditionalAmount] = []
        for start in stride(from: 0, to: bytes.count, by: Self.characters) {
            amounts.append(try Self.amount(bytes[start..<start + Self.characters]))
        }
        self.amounts = amounts
    }

    /// The content of DE54.
    public var text: String {
        amounts.map { item in
            let magnitude = String(item.amount.amount.magnitude)
            return item.accountType + item.amountType + item.amount.currency.numeric
                + (item.amount.isNegative ? "D" : "C") + String(repeating: "0", count: 12 - magnitude.utf8.count)
                + magnitude
        }.joined()
    }

    private static func amount(_ bytes: ArraySlice<UInt8>) throws(ISO8583Error) -> AdditionalAmount {
        let start = bytes.startIndex
        for place in start..<bytes.endIndex where place != start + 7 && bytes[place] &- 0x30 > 9 {
            throw error(at: place, .malformedContent)
        }
        func number(_ range: Range<Int>) -> Int64 {
            bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        guard let currency = Currency(numeric: Int(number(start + 4..<start + 7))) else {
            throw error(at: start + 4, .malformedContent)
        }
        let magnitude = number(start + 8..<start + 20)
        let sign = bytes[start + 7]
        guard sign == UInt8(ascii: "C") || sign == UInt8(ascii: "D") else {
            throw error(at: start + 7, .malformedContent)
        }
        return AdditionalAmount(
            accountType: String(decoding: bytes[start..<start + 2], as: UTF8.self),
            amountType: String(decoding: bytes[start + 2..<start + 4], as: UTF8.self),
            amount: Money(sign == UInt8(ascii: "D") ? -magnitude : magnitude, currency))
    }

    private static func error(at offset: Int, _ problem: ISO8583Error.Problem) -> ISO8583Error {
        ISO8583Error(field: DataElement.additionalAmounts.rawValue, offset: offset, problem: problem)
    }
}

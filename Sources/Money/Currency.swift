/// A currency of ISO 4217 that has a minor unit, such as USD.
///
/// A value is one byte: the place of the currency in a table sorted by code, so comparing orders alphabetically.
/// Precious metals, bond market units and the test codes have no minor unit and no value of this type.
/// The byte is not stable between releases of Florin: store ``code``.
@frozen
public struct Currency: Hashable, Sendable {
    @usableFromInline let index: UInt8

    @inlinable
    init(index: UInt8) { self.index = index }

    /// The currency of a three-letter code in either case, or nil when there is none.
    @inlinable
    public init?(code: some StringProtocol) {
        var packed: UInt32 = 0
        var count = 0
        for byte in code.utf8 {
            let letter = byte & 0xdf
            guard count < 3, letter >= 0x41, letter <= 0x5a else { return nil }
            packed = packed << 8 | UInt32(letter)
            count += 1
        }
        guard count == 3 else { return nil }
        self.init(packedCode: packed)
    }

    /// The currency of a numeric code such as 840, or nil when there is none.
    public init?(numeric: Int) {
        guard numeric >= 0, numeric < CurrencyIndex.byNumericCode.count else { return nil }
        let place = CurrencyIndex.byNumericCode[numeric]
        guard place != CurrencyIndex.none else { return nil }
        index = place
    }

    /// The currency of three upper-case letters in the low 24 bits, the first letter highest.
    @usableFromInline
    init?(packedCode: UInt32) {
        var low = 0
        var high = CurrencyIndex.packedCodes.count
        while low < high {
            let middle = (low + high) / 2
            if CurrencyIndex.packedCodes[middle] < packedCode { low = middle + 1 } else { high = middle }
        }
        guard low < CurrencyIndex.packedCodes.count, CurrencyIndex.packedCodes[low] == packedCode else { return nil }
        index = UInt8(low)
    }

    private var row: CurrencyRow { CurrencyTable.rows[Int(index)] }

    /// The upper-case alphabetic code, `USD`.
    public var code: String { row.code }

    /// The lower-case alphabetic code, `usd`, as Stripe's API writes it.
    public var lowercased: String { row.lowercased }

    /// The numeric code in three digits, `840`.
    public var numeric: String { row.numeric }

    /// The numeric code as a number, 840.
    public var numericValue: UInt16 { row.numericValue }

    /// How many decimal digits the minor unit has: 0, 2, 3 or 4.
    public var exponent: Int { Int(row.exponent) }

    /// The English name in ISO 4217, `US Dollar`.
    public var name: String { row.name }

    /// Every currency, sorted by code.
    public static let all: [Currency] = CurrencyTable.rows.indices.map { Currency(index: UInt8($0)) }
}

extension Currency: Comparable {
    /// Alphabetical order of the codes.
    @inlinable
    public static func < (left: Currency, right: Currency) -> Bool { left.index < right.index }
}

extension Currency: CustomStringConvertible {
    /// The upper-case alphabetic code.
    public var description: String { code }
}

/// Ways into the currency table that are computed once.
enum CurrencyIndex {
    /// Stands for "no currency" in ``byNumericCode``; the table is shorter than this.
    static let none: UInt8 = 255

    static let packedCodes: [UInt32] = CurrencyTable.rows.map { row in
        row.code.utf8.reduce(0) { $0 << 8 | UInt32($1) }
    }

    static let byNumericCode: [UInt8] = {
        precondition(CurrencyTable.rows.count < Int(none), "CurrencyTable outgrew one byte: widen Currency.index")
        var places = [UInt8](repeating: none, count: 1_000)
        for (place, row) in CurrencyTable.rows.enumerated() { places[Int(row.numericValue)] = UInt8(place) }
        return places
    }()
}

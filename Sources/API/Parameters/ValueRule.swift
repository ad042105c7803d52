import Core
import Money

/// The rules of single values: whether the bytes of a parameter are what its kind says.
enum ValueRule {
    /// The largest amount, eight digits of minor units.
    static let amountMax = Limits.chargeAmountMax
    /// Card numbers with spaces or dashes between the digits are no longer than this.
    static let cardNumberMax = 40
    private static let emailMax = 512
    private static let urlMax = 5_000

    /// Why the value does not have its kind, or nil when it does. The value is not empty.
    static func refusal(of index: Form.Index, in form: Form, kind: Schema.Kind) -> APIError? {
        switch kind {
        case .text(let max, _), .secret(let max):
            guard form.withValue(index, { UTF8Text.isWithin($0, characters: max) }) else {
                return .stringTooLong(maximum: max, param: form.fullName(index))
            }
            return nil
        case .integer(let range):
            return integer(index, form, range)
        case .amount:
            return amount(index, form)
        case .boolean:
            guard form.withValue(index, { DecimalInput.boolean($0) }) == nil else { return nil }
            return .invalidBoolean(form.string(index), param: form.fullName(index))
        case .timestamp:
            let seconds = form.withValue(index, { DecimalInput.integer($0) })
            // Beyond this, milliseconds do not fit 64 bits.
            guard let seconds, seconds >= 0, seconds <= Int64.max / 1_000 else {
                return .invalidTimestamp(form.string(index), param: form.fullName(index))
            }
            return nil
        case .enumeration(let choices):
            guard form.withValue(index, { value in choices.contains { UTF8Text.equals(value, $0) } }) else {
                return .invalidChoice(choices, param: form.fullName(index))
            }
            return nil
        default:
            return special(index, form, kind)
        }
    }

    private static func special(_ index: Form.Index, _ form: Form, _ kind: Schema.Kind) -> APIError? {
        switch kind {
        case .currency:
            guard Currency(code: form.string(index)) == nil else { return nil }
            return .invalidCurrency(form.string(index), param: form.fullName(index))
        case .country:
            guard !form.withValue(index, isCountry) else { return nil }
            return .invalidCountry(form.string(index), param: form.fullName(index))
        case .email:
            guard !form.withValue(index, isEmail) else { return nil }
            return .invalidEmail(form.string(index), param: form.fullName(index))
        case .url:
            return form.withValue(index, isURL) ? nil : .invalidURL(param: form.fullName(index))
        case .cardNumber:
            guard form.withValue(index, { $0.count <= cardNumberMax }) else {
                return .stringTooLong(maximum: cardNumberMax, param: form.fullName(index))
            }
            return nil
        default:
            return nil
        }
    }

    private static func integer(_ index: Form.Index, _ form: Form, _ range: ClosedRange<Int64>) -> APIError? {
        guard let value = form.withValue(index, { DecimalInput.integer($0) }) else {
            return .invalidInteger(form.string(index), param: form.fullName(index))
        }
        if value < range.lowerBound { return .integerTooSmall(minimum: range.lowerBound, param: form.fullName(index)) }
        if value > range.upperBound { return .integerTooLarge(maximum: range.upperBound, param: form.fullName(index)) }
        return nil
    }

    private static func amount(_ index: Form.Index, _ form: Form) -> APIError? {
        let value = form.withValue(index, { DecimalInput.integer($0) })
        guard let value else {
            // More digits than 64 bits hold are still a number, and too large.
            let isNumber = form.withValue(index) { $0.allSatisfy(DecimalInput.isDigit) }
            if isNumber { return .amountTooLarge(maximum: amountMax, param: form.fullName(index)) }
            return .invalidInteger(form.string(index), param: form.fullName(index))
        }
        if value < 1 { return .integerTooSmall(minimum: 1, param: form.fullName(index)) }
        if value > amountMax { return .amountTooLarge(maximum: amountMax, param: form.fullName(index)) }
        return nil
    }

    // MARK: Shapes of text

    private static func isCountry(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        bytes.count == 2 && bytes.allSatisfy { (0x41...0x5a).contains($0 & 0xdf) }
    }

    /// One `@` with something before it and a dotted name behind it, no blanks: what a mail server would look at at
    /// all.
    private static func isEmail(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count <= emailMax, !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return false }
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")), at > 0 else { return false }
        let domain = bytes[(at + 1)...]
        guard let dot = domain.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return dot > domain.startIndex && domain.last != UInt8(ascii: ".") && !domain.contains(UInt8(ascii: "@"))
    }

    /// `http://` or `https://` and a host, no blanks.
    private static func isURL(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count <= urlMax, !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return false }
        for scheme in ["https://", "http://"] where bytes.starts(with: scheme.utf8) {
            guard let first = bytes.dropFirst(scheme.utf8.count).first else { return false }
            return first != UInt8(ascii: "/") && first != UInt8(ascii: "?") && first != UInt8(ascii: "#")
        }
        return false
    }
}

/// Numbers and truth values as parameters write them.
enum DecimalInput {
    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// A whole number in decimal digits with an optional minus sign; nil for anything else and beyond 64 bits.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        guard bytes.count > start else { return nil }
        var value: Int64 = 0
        for byte in bytes[start...] {
            guard isDigit(byte) else { return nil }
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// `true` or `false`.
    static func boolean(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool? {
        if UTF8Text.equals(bytes, "true") { return true }
        return UTF8Text.equals(bytes, "false") ? false : nil
    }
}

/// Questions to UTF-8 text that need no string.
enum UTF8Text {
    /// Unicode scalars, which is what Stripe counts as characters.
    static func characterCount(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        for byte in bytes where byte & 0xc0 != 0x80 { count += 1 }
        return count
    }

    static func isWithin(_ bytes: UnsafeBufferPointer<UInt8>, characters max: Int) -> Bool {
        bytes.count <= max || characterCount(bytes) <= max
    }

    static func equals(_ bytes: UnsafeBufferPointer<UInt8>, _ text: String) -> Bool {
        guard text.utf8.count == bytes.count else { return false }
        return bytes.elementsEqual(text.utf8)
    }
}

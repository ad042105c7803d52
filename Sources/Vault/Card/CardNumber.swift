import CardFormats

/// A card's primary account number (PAN).
///
/// It exists in memory only, between the request that brought it and the vault, or between the vault and the message to
/// the network. The digits lie in an allocation of their own that is overwritten when the last reference goes. It has
/// no description, no coding and no mirror, so that it reaches no log, no error and no dump: it prints as `[card
/// number]`.
///
///     let number = try CardNumber("4242 4242 4242 4242")
///     let card = try await vault.tokenise(number, for: merchant)
public final class CardNumber: Sendable {
    private let digits: SecretBytes

    /// Takes ASCII digits, as a cardholder types them: spaces and dashes between them are left out.
    ///
    /// The caller's copy stays the caller's to forget.
    /// - Throws: The first problem of ``CardNumberProblem`` that applies.
    public init(bytes: some Sequence<UInt8>) throws(CardNumberProblem) {
        var hasOtherCharacters = false
        var isTooLong = false
        let digits = SecretBytes(capacity: VaultLimits.cardDigits.upperBound) { storage in
            var count = 0
            for byte in bytes where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "-") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                    hasOtherCharacters = true
                    break
                }
                guard count < storage.count else {
                    isTooLong = true
                    continue
                }
                storage[count] = byte
                count += 1
            }
            return count
        }
        if hasOtherCharacters || digits.count == 0 { throw .notDigits }
        guard !isTooLong, VaultLimits.cardDigits.contains(digits.count) else { throw .wrongLength }
        guard digits.withBytes({ Luhn.isValid($0) }) else { throw .failsLuhn }
        self.digits = digits
    }

    /// Takes the text of a number, as a cardholder types it: spaces and dashes between the digits are left out.
    ///
    /// - Throws: The first problem of ``CardNumberProblem`` that applies.
    public convenience init(_ text: String) throws(CardNumberProblem) {
        try self.init(bytes: text.utf8)
    }

    /// How many digits the number has, 12…19.
    public var count: Int { digits.count }

    /// The first eight digits, or the first six of a number with fewer than 16 (American Express has 15).
    ///
    /// That is what may be kept in the clear together with ``last4`` (PCI DSS 3.4.1 and PCI SSC FAQ 1091).
    public var bin8: String {
        let length = count >= VaultLimits.digitsForLongBIN ? 8 : 6
        return withDigits { String(decoding: $0.prefix(length), as: UTF8.self) }
    }

    /// The last four digits.
    public var last4: String { withDigits { String(decoding: $0.suffix(4), as: UTF8.self) } }

    /// Lends the ASCII digits. The pointer ends with the call, and whatever is copied from it is the caller's to erase.
    public func withDigits<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try digits.withBytes(body)
    }

    /// Overwrites the digits before the last reference goes.
    func erase() { digits.erase() }
}

extension CardNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `[card number]`.
    public var description: String { "[card number]" }
    /// Always `[card number]`.
    public var debugDescription: String { "[card number]" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text is no card number, in order of precedence.
public enum CardNumberProblem: Error, Hashable, Sendable {
    /// There is something besides digits, spaces and dashes, or nothing at all.
    case notDigits
    /// There are fewer than 12 or more than 19 digits.
    case wrongLength
    /// The check digit does not fit: mistyped.
    case failsLuhn
}

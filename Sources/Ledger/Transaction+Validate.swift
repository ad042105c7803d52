extension Transaction {
    /// Refuses what is wrong whatever the balances are, in the order of precedence of ``LedgerRefusal``.
    ///
    /// Postings are checked one after the other, each against all of its rules before the next.
    ///
    /// - throws: ``LedgerRefusal/noPostings``, ``LedgerRefusal/tooManyPostings(_:)``,
    ///   ``LedgerRefusal/invalidText(_:)``, ``LedgerRefusal/invalidAccountName(_:)``, ``LedgerRefusal/sameAccount(_:)``
    ///   or ``LedgerRefusal/nonPositiveAmount(_:)``.
    public func validate() throws(LedgerRefusal) {
        if postings.isEmpty { throw .noPostings }
        if postings.count > LedgerLimits.postingsPerTransactionMax { throw .tooManyPostings(postings.count) }
        if !Self.isText(id) { throw .invalidText(.id) }
        if !Self.isText(kind) { throw .invalidText(.kind) }
        if !Self.isText(reference) { throw .invalidText(.reference) }
        if let rate, !Self.isRate(rate) { throw .invalidText(.rate) }
        for posting in postings {
            if !posting.source.isValid { throw .invalidAccountName(posting.source.text) }
            if !posting.destination.isValid { throw .invalidAccountName(posting.destination.text) }
            if posting.source == posting.destination { throw .sameAccount(posting.source) }
            if posting.amount <= 0 { throw .nonPositiveAmount(posting.amount) }
        }
    }

    /// 1…255 printable ASCII characters without spaces: equal texts are equal bytes, and every database can hold them.
    private static func isText(_ text: String) -> Bool {
        var length = 0
        for byte in text.utf8 {
            guard (0x21...0x7e).contains(byte) else { return false }
            length += 1
        }
        return (1...LedgerLimits.textLengthMax).contains(length)
    }

    /// Digits, and after a point more digits; not all of them zero.
    private static func isRate(_ text: String) -> Bool {
        guard text.utf8.count <= LedgerLimits.rateLengthMax else { return false }
        var digits = 0
        var points = 0
        var isPositive = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if byte != UInt8(ascii: "0") { isPositive = true }
            case UInt8(ascii: ".") where digits > 0 && points == 0:
                points = 1
                digits = 0
            default: return false
            }
        }
        assert(points <= 1, "A second point is refused in the loop")
        return digits > 0 && isPositive
    }
}

/// The parts of DE48, each a tag of two characters, a length of two digits and the value.
///
/// Requests carry what the issuer checks an address with; answers carry the results of the checks and the network's
/// name for the transaction.
enum PrivateData {
    /// The first line of the cardholder's address, in requests.
    static let addressLine1 = "A1"
    /// The cardholder's postal code, in requests.
    static let postalCode = "A2"
    /// What came of the check of the CVC, in answers: `M` match, `N` no match, `P` and `S` not processed, `U`
    /// unavailable.
    static let cvcResult = "R1"
    /// What came of the check of the address, in answers: `Y`, `A`, `Z`, `N` or `U`.
    static let addressResult = "R2"
    /// The network's name for the transaction, in answers.
    static let transactionIdentifier = "N1"

    /// Appends one part. The value is cut at 99 characters.
    static func append(_ tag: String, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
        let count = min(value.count, 99)
        bytes.append(contentsOf: tag.utf8)
        bytes.append(UInt8(ascii: "0") + UInt8(count / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(count % 10))
        bytes.append(contentsOf: value.prefix(count))
    }

    /// The value of the first part with this tag. Bytes that are no parts end the search.
    static func value(_ tag: String, in bytes: UnsafeRawBufferPointer) -> String? {
        let wanted = Array(tag.utf8)
        var position = 0
        while position + 4 <= bytes.count {
            let tens = bytes[position + 2] &- UInt8(ascii: "0")
            let ones = bytes[position + 3] &- UInt8(ascii: "0")
            guard tens <= 9, ones <= 9 else { return nil }
            let start = position + 4
            let end = start + Int(tens) * 10 + Int(ones)
            guard end <= bytes.count else { return nil }
            if bytes[position] == wanted[0], bytes[position + 1] == wanted[1] {
                return String(decoding: bytes[start..<end], as: UTF8.self)
            }
            position = end
        }
        return nil
    }
}

/// Text as card networks take it.
enum PrintableASCII {
    private static let latin1 = Array("AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty".utf8)

    /// At most `count` characters of printable ASCII: accents of Western European letters are dropped, and other
    /// characters become `?`.
    static func fold(_ text: String, count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(count, text.utf8.count))
        for scalar in text.unicodeScalars {
            guard bytes.count < count else { break }
            switch scalar.value {
            case 0x20...0x7e: bytes.append(UInt8(scalar.value))
            case 0xc0...0xff: bytes.append(latin1[Int(scalar.value) - 0xc0])
            default: bytes.append(UInt8(ascii: "?"))
            }
        }
        return bytes
    }
}

internal import CardFormats

/// The parts of DE48 as this issuer knows them: a tag of two characters, a length of two digits, the value.
enum IssuerPrivateData {
    /// The first line of the cardholder's address, in requests.
    static let addressLine1 = "A1"
    /// The cardholder's postal code, in requests.
    static let postalCode = "A2"
    private static let cvcResult = "R1"
    private static let addressResult = "R2"
    private static let transactionIdentifier = "N1"

    /// Whether a request carries a part.
    static func contains(_ tag: String, in message: Message) -> Bool {
        message.withBytes(of: .additionalDataPrivate) { bytes in
            var rest = bytes[...]
            while rest.count >= 4 {
                let start = rest.startIndex
                let length = Int(rest[start + 2] &- 0x30) * 10 + Int(rest[start + 3] &- 0x30)
                if rest[start..<start + 2].elementsEqual(tag.utf8) { return true }
                rest = rest.dropFirst(4 + length)
            }
            return false
        } ?? false
    }

    /// What the answer carries: results of checks, and the network's name for an approved transaction.
    static func content(of reply: IssuerReply) -> [UInt8] {
        var bytes: [UInt8] = []
        if let letter = reply.checks.cvc { append(cvcResult, [letter], to: &bytes) }
        if let letter = reply.checks.address { append(addressResult, [letter], to: &bytes) }
        if let identifier = reply.transactionIdentifier {
            append(transactionIdentifier, Array(identifier.utf8), to: &bytes)
        }
        return bytes
    }

    private static func append(_ tag: String, _ value: [UInt8], to bytes: inout [UInt8]) {
        precondition(value.count < 100, "A part of DE48 has at most 99 characters")
        bytes.append(contentsOf: tag.utf8)
        bytes.append(0x30 + UInt8(value.count / 10))
        bytes.append(0x30 + UInt8(value.count % 10))
        bytes.append(contentsOf: value)
    }
}

import Core
import Crypto

/// Makes the texts by which cards of one merchant are compared without their numbers.
///
/// HMAC-SHA256 under the installation's fingerprint key, over the merchant and the digits, cut to 95 bits: equal for
/// equal numbers of one merchant, and of no use against the numbers without the key (PCI DSS 3.5.1.1). The merchant is
/// part of it, so that merchants cannot find each other's customers by comparing notes.
struct CardFingerprinter: Sendable {
    /// The state after the key, so that each fingerprint costs two blocks of SHA-256 fewer.
    private let keyed: HMAC<SHA256>

    private static let label = Array("florin card fingerprint 1".utf8)
    /// SHA-256 hashes whole blocks from where they lie. Of a shorter message it would keep a copy in its state.
    private static let messageBytes = SHA256.blockByteCount

    init(_ key: DataKey) { keyed = HMAC<SHA256>(key: key.key) }

    /// 16 base-62 digits.
    func fingerprint(of number: CardNumber, for merchant: MerchantKey) -> String {
        var hmac = keyed
        Self.message(number, merchant).withBytes { hmac.update(data: $0) }
        return hmac.finalize().withUnsafeBytes { code in
            // Eight digits of a 64-bit word: what is cut off leaves them even to one part in 2¹⁶.
            let first = UInt64(bigEndian: code.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
            let second = UInt64(bigEndian: code.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return IdentifierText.fixedWidth(first, digits: 8) + IdentifierText.fixedWidth(second, digits: 8)
        }
    }

    /// The label, the merchant and the digits, filled up with zeros to one block.
    private static func message(_ number: CardNumber, _ merchant: MerchantKey) -> SecretBytes {
        SecretBytes(capacity: messageBytes) { storage in
            var count = 0
            func append(_ bytes: some Sequence<UInt8>) {
                for byte in bytes {
                    storage[count] = byte
                    count += 1
                }
            }
            append(label)
            withUnsafeBytes(of: merchant.value.bigEndian) { append($0) }
            number.withDigits { append($0) }
            return messageBytes
        }
    }
}

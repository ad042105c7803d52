import Crypto
import CryptoExtras

/// How a passphrase becomes a key: scrypt (RFC 7914), which makes guessing cost memory.
struct PassphraseSealing: Hashable, Sendable {
    static let saltBytes = 16
    static let defaultRounds = 1 << 15

    /// N, a power of two.
    var rounds = defaultRounds
    /// r.
    var blockSize = 8
    /// p. With N = 2¹⁵ and r = 8 this is one of the settings that OWASP recommends (Password Storage Cheat Sheet).
    var parallelism = 3
    var salt: [UInt8]

    /// Whether deriving a key with these numbers is possible, in memory and time that a start may take.
    var isAcceptable: Bool {
        rounds > 1 && rounds & (rounds - 1) == 0 && (1...64).contains(blockSize)
            && (1...VaultLimits.scryptParallelismMax).contains(parallelism)
            && rounds <= VaultLimits.scryptMemoryBytesMax / (128 * blockSize) && salt.count == Self.saltBytes
    }

    /// The key of a passphrase.
    func key(for passphrase: String) throws(VaultError) -> SymmetricKey {
        precondition(isAcceptable, "scrypt's settings are checked where they are read")
        do {
            return try KDF.Scrypt.deriveKey(
                from: Array(passphrase.utf8), salt: salt, outputByteCount: Envelope.keyBytes, rounds: rounds,
                blockSize: blockSize, parallelism: parallelism)
        } catch {
            throw .unavailable(detail: "no memory to open the key file with its passphrase")
        }
    }
}

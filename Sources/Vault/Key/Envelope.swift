import Core
import Crypto
import FoundationEssentials

/// Authenticated encryption of one small secret: AES-256-GCM, laid out as nonce (12 bytes), ciphertext, tag (16 bytes).
///
/// The context is authenticated with it (GCM's associated data): a blob that is moved to another row, merchant or key
/// does not open.
///
/// Nonces are 96 random bits. NIST SP 800-38D §8.3 allows 2³² encryptions under one key with random nonces, so that two
/// of them are alike with a probability of at most 2⁻³². A data key encrypts one blob a card for 30 days
/// (``VaultLimits/dataKeyLifetimeDays``): 2³² would be 1,657 new cards each second of one merchant, day and night. The
/// key-encryption key encrypts one blob a data key. A counter would need to be durable before each use to be safe after
/// a crash; randomness needs nothing. With a seeded ``Environment`` nonces repeat from run to run: for tests only.
enum Envelope {
    static let keyBytes = 32
    static let nonceBytes = 12
    static let tagBytes = 16

    /// A new random key.
    static func makeKey(_ environment: Environment) -> SymmetricKey {
        var bytes = environment.randomBytes(keyBytes)
        defer { SecretBytes.erase(&bytes) }
        return SymmetricKey(data: bytes)
    }

    /// Encrypts `secret` for `context`.
    static func seal(
        _ secret: UnsafeBufferPointer<UInt8>, with key: SymmetricKey, context: SealingContext,
        _ environment: Environment
    ) -> [UInt8] {
        do {
            let nonce = try AES.GCM.Nonce(data: environment.randomBytes(nonceBytes))
            let box = try AES.GCM.seal(secret, using: key, nonce: nonce, authenticating: context.bytes)
            guard let blob = box.combined else { preconditionFailure("GCM with 12 bytes of nonce has a combined form") }
            return [UInt8](blob)
        } catch {
            // Only wrong sizes of key or nonce make GCM refuse to encrypt, and both are fixed here.
            preconditionFailure("Encryption failed: \(error)")
        }
    }

    /// Decrypts what ``seal(_:with:context:_:)`` made; nil when key, context or blob are not what they were then.
    static func open(_ blob: [UInt8], with key: SymmetricKey, context: SealingContext) -> SecretBytes? {
        guard let box = try? AES.GCM.SealedBox(combined: blob),
            var clear = try? AES.GCM.open(box, using: key, authenticating: context.bytes)
        else { return nil }
        return clear.withUnsafeMutableBytes { clear in
            let secret = SecretBytes(capacity: clear.count) { storage in
                UnsafeMutableRawBufferPointer(storage).copyMemory(from: UnsafeRawBufferPointer(clear))
                return clear.count
            }
            SecretBytes.erase(clear)
            return secret
        }
    }
}

/// What a blob belongs to: a label and fields, encoded so that two different lists never give the same bytes.
struct SealingContext {
    private(set) var bytes: [UInt8] = []

    /// A context of one kind, told apart from others by its label.
    init(_ label: StaticString) {
        bytes.reserveCapacity(128)
        label.withUTF8Buffer { append($0) }
    }

    /// The same context with one more field.
    func with(_ text: String) -> SealingContext {
        var result = self
        var text = text
        text.withUTF8 { result.append($0) }
        return result
    }

    /// The same context with one more field.
    func with(_ number: Int64) -> SealingContext {
        var result = self
        withUnsafeBytes(of: number.bigEndian) { result.append($0) }
        return result
    }

    private mutating func append(_ field: some Collection<UInt8>) {
        // Fields are labels, identifiers and numbers of ours, far below 256 bytes.
        invariant(field.count < 256, "A field of a sealing context is at most 255 bytes long")
        bytes.append(UInt8(field.count))
        bytes.append(contentsOf: field)
    }
}

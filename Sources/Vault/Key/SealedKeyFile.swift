import Core
import Crypto

/// The key-encryption key (KEK) of an installation, kept in a file of the data folder that only its owner can read.
///
/// It wraps the vault's other keys and encrypts nothing else, so it can be replaced by wrapping them anew. The file is
/// text:
///
///     florin-vault-key 1
///     id kek_0WJb…
///     sealing none                         or: sealing scrypt <N> <r> <p> <salt in hex>
///     key <64 hexadecimal digits>          or: the key encrypted under the passphrase's, see ``Envelope``
///     sha256 <digest of the lines above>
///
/// With a passphrase the file alone opens nothing. Without one it is as good as the cards beside it: keep their backups
/// apart (PCI DSS 3.7.3).
struct SealedKeyFile: Sendable {
    static let name = "vault.key"

    /// Names this key; wrapped keys say which one they need.
    let keyID: String
    private let key: SymmetricKey

    init(keyID: String, key: SymmetricKey) {
        self.keyID = keyID
        self.key = key
    }

    /// Reads the key file of a folder.
    static func read(in folder: String, passphrase: String?) throws(VaultError) -> SealedKeyFile {
        let path = folder + "/" + name
        let contents = try PrivateFile.read(path, bytesMax: VaultLimits.keyFileBytesMax)
        let text = try contents.withBytes { bytes throws(VaultError) in try KeyFileText(parsing: bytes, path: path) }
        let key: SecretBytes
        switch (text.sealing, passphrase) {
        case (.none, nil):
            key = text.key
        case (.none, .some):
            throw .keyFileNotSealed(path: path)
        case (.scrypt, nil):
            throw .passphraseMissing(path: path)
        case (.scrypt(let cost), .some(let passphrase)):
            let sealingKey = try cost.key(for: passphrase)
            let opened = text.key.withBytes {
                Envelope.open([UInt8]($0), with: sealingKey, context: Self.context(keyID: text.keyID))
            }
            guard let opened else { throw .passphraseWrong(path: path) }
            key = opened
        }
        guard key.count == Envelope.keyBytes else {
            throw .keyFileCorrupted(path: path, detail: "its key has \(key.count) bytes, not \(Envelope.keyBytes)")
        }
        return SealedKeyFile(keyID: text.keyID, key: key.withBytes { SymmetricKey(data: UnsafeRawBufferPointer($0)) })
    }

    /// Makes a new key, and its file; reads the file instead if another process made one in the meantime.
    ///
    /// - Parameter rounds: What a guess at the passphrase costs, see ``PassphraseSealing``.
    static func make(
        in folder: String, passphrase: String?, rounds: Int = PassphraseSealing.defaultRounds,
        _ environment: Environment
    ) throws(VaultError) -> SealedKeyFile {
        let keyID = IdentifierText.make(prefix: "kek", time: environment.now(), environment)
        let file = SealedKeyFile(keyID: keyID, key: Envelope.makeKey(environment))
        var contents: [UInt8]
        if let passphrase {
            let cost = PassphraseSealing(
                rounds: rounds, salt: environment.randomBytes(PassphraseSealing.saltBytes))
            let sealingKey = try cost.key(for: passphrase)
            let sealed = file.key.withUnsafeBytes {
                Envelope.seal(
                    $0.bindMemory(to: UInt8.self), with: sealingKey, context: Self.context(keyID: keyID), environment)
            }
            contents = sealed.withUnsafeBytes { KeyFileText.write(keyID: keyID, sealing: .scrypt(cost), key: $0) }
        } else {
            contents = file.key.withUnsafeBytes { KeyFileText.write(keyID: keyID, sealing: .none, key: $0) }
        }
        defer { SecretBytes.erase(&contents) }
        guard try PrivateFile.create(name, in: folder, contents: contents, environment) else {
            return try read(in: folder, passphrase: passphrase)
        }
        return file
    }

    private static func context(keyID: String) -> SealingContext {
        SealingContext("florin vault key file 1").with(keyID)
    }

    /// Encrypts another key under this one.
    func wrap(_ other: SymmetricKey, for owner: KeyOwner, number: Int64, _ environment: Environment) -> [UInt8] {
        other.withUnsafeBytes {
            Envelope.seal(
                $0.bindMemory(to: UInt8.self), with: key, context: context(owner, number: number), environment)
        }
    }

    /// Decrypts a key that ``wrap(_:for:number:_:)`` encrypted; nil when anything about it is not as it was.
    func unwrap(_ wrapped: [UInt8], for owner: KeyOwner, number: Int64) -> SymmetricKey? {
        Envelope.open(wrapped, with: key, context: context(owner, number: number))?.withBytes {
            $0.count == Envelope.keyBytes ? SymmetricKey(data: UnsafeRawBufferPointer($0)) : nil
        }
    }

    private func context(_ owner: KeyOwner, number: Int64) -> SealingContext {
        SealingContext("florin vault key 1").with(owner.purpose).with(owner.merchant.value).with(number).with(keyID)
    }
}

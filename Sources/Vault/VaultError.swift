/// Why the vault could not do what was asked. No message contains a card number or a key.
public enum VaultError: Error, Hashable, Sendable {
    /// There are encrypted cards, but the file with the key that opens them is gone.
    case keyFileMissing(path: String)
    /// Others than its owner may read or write the key file.
    case keyFileExposed(path: String, mode: UInt32)
    /// The key file ends too early.
    case keyFileTruncated(path: String)
    /// The key file is not as it was written.
    case keyFileCorrupted(path: String, detail: String)
    /// The key file was written by a later Florin.
    case keyFileFromTheFuture(path: String, version: String)
    /// The key file is sealed with a passphrase, and none was given.
    case passphraseMissing(path: String)
    /// The key file is sealed with another passphrase.
    case passphraseWrong(path: String)
    /// A passphrase was given, but the key file is not sealed with one.
    case keyFileNotSealed(path: String)
    /// The key file is intact, but the vault's keys were sealed by another one.
    case otherKeyFile(found: String, needed: String)

    /// The merchant has no card under this token.
    case unknownToken
    /// A stored row is not as it was written: it was changed by other hands, moved, or the disk lost it.
    case damaged(detail: String)

    /// Too much is waiting for the disk. Nothing was stored; try again after this many seconds.
    case overloaded(retryAfterSeconds: Int)
    /// The database could not be read or written. No token was given out.
    case unavailable(detail: String)
    /// The vault was closed.
    case closed
    /// Another process uses the folder.
    case folderInUse(path: String)
    /// The vault's database was written by a later Florin.
    case schemaFromTheFuture(path: String)
    /// A file could not be read or written.
    case fileSystem(path: String, detail: String)
    /// The kernel refused to switch off core dumps.
    case notHardened(detail: String)
}

extension VaultError: CustomStringConvertible {
    /// What is wrong, and what to do about it.
    public var description: String {
        switch self {
        case .keyFileMissing, .keyFileExposed, .keyFileTruncated, .keyFileCorrupted, .keyFileFromTheFuture,
            .passphraseMissing, .passphraseWrong, .keyFileNotSealed, .otherKeyFile:
            keyFileDescription
        case .unknownToken:
            "This merchant has no card under this token."
        case .damaged(let detail):
            "The vault's data are damaged: \(detail). Restore vault.sqlite from a backup."
        case .overloaded(let seconds):
            "The vault has too much to write; nothing was stored. Try again in \(seconds) s."
        case .unavailable(let detail):
            "The vault's database cannot be used now: \(detail)."
        case .closed:
            "The vault is closed."
        case .folderInUse(let path):
            "\(path) is used by another process. Stop it, or choose another folder."
        case .schemaFromTheFuture(let path):
            "\(path) was written by a later version of Florin. Start that version, or a later one."
        case .fileSystem(let path, let detail):
            "\(path): \(detail)."
        case .notHardened(let detail):
            "Core dumps could not be switched off: \(detail). Set the limit yourself: ulimit -c 0."
        }
    }

    private var keyFileDescription: String {
        switch self {
        case .keyFileMissing(let path):
            "\(path) is missing, and the cards beside it cannot be read without it. Restore it from its backup."
        case .keyFileExposed(let path, let mode):
            "\(path) has mode \(String(mode, radix: 8)), so others can reach the key. Run: chmod 600 \(path)"
        case .keyFileTruncated(let path):
            "\(path) ends too early. Restore it from its backup."
        case .keyFileCorrupted(let path, let detail):
            "\(path) is damaged: \(detail). Restore it from its backup."
        case .keyFileFromTheFuture(let path, let version):
            "\(path) has format \(version), which this version of Florin does not know. Use a later one."
        case .passphraseMissing(let path):
            "\(path) is sealed with a passphrase. Set FLORIN_VAULT_PASSPHRASE."
        case .passphraseWrong(let path):
            "\(path) does not open with this passphrase. Check FLORIN_VAULT_PASSPHRASE."
        case .keyFileNotSealed(let path):
            "\(path) is not sealed with a passphrase, but one was given. Unset FLORIN_VAULT_PASSPHRASE."
        case .otherKeyFile(let found, let needed):
            "The key file holds key \(found), but the vault was sealed with \(needed). Put back the file of \(needed)."
        default:
            ""
        }
    }
}

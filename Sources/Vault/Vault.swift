import CardFormats
public import Core
import Crypto
public import Storage
import Synchronization

/// Takes card numbers in and gives tokens out: the only room in which a card number can be read.
///
/// Each number is encrypted under a data key of its merchant (AES-256-GCM, bound to merchant and token), each data key
/// under the key-encryption key of ``SealedKeyFile``. The vault has a database of its own, with its own group commit,
/// so that it can move into a process of its own: backups, replicas and readers of the other database never hold a card
/// number in any form. Verification codes (CVC) are no business of the vault's; nothing here takes one.
///
///     let vault = try await Vault.open(folder: folder, environment: .live)
///     let card = try await vault.tokenise(CardNumber("4242 4242 4242 4242"), for: merchant)
///     let message = try await vault.reveal(card.token, for: merchant, purpose: .authorisation) { digits in
///         encode(digits)
///     }
public final class Vault: Sendable {
    private struct CardKey: Hashable {
        let merchant: MerchantKey
        let token: String
    }

    let store: Store
    private let keyring: Keyring
    private let environment: Environment
    /// Encrypted rows that were just written or read.
    private let recent = Mutex(BoundedCache<CardKey, StoredCard>(capacity: VaultLimits.cardsCached))
    private let fingerprinter = Mutex<CardFingerprinter?>(nil)
    private let reveals = RevealCounters()

    private init(store: Store, keyring: Keyring, environment: Environment) {
        self.store = store
        self.keyring = keyring
        self.environment = environment
    }

    static let databaseName = "vault.sqlite"
    /// The vault's tables.
    public static let schema = Schema(
        [Migration("1-keys-and-cards", tables: [WrappedKey.table, StoredCard.table])], name: "vault")

    /// Opens a vault: the key file `vault.key` of a folder, and a database; both are made on the first start.
    ///
    /// The caller owns the folder (see `FolderLock`). With a passphrase this holds its thread for about half a second.
    ///
    /// - Parameters:
    ///   - database: A PostgreSQL database; nil for `vault.sqlite` in the folder. Every process on it needs the same
    ///     key file.
    ///   - passphrase: Seals the key file when it is made, and opens it afterwards: `FLORIN_VAULT_PASSPHRASE`.
    /// - Throws: ``VaultError``: the key file is missing, exposed, damaged, sealed otherwise or another installation's;
    ///   the database is damaged, from a later version or inaccessible.
    public static func open(
        folder: String, database: PostgresAddress? = nil, environment: Environment, passphrase: String? = nil
    ) async throws(VaultError) -> Vault {
        try PrivateFile.makeFolder(folder)
        let keyPath = folder + "/" + SealedKeyFile.name
        let path = folder + "/" + databaseName
        let location = database.map { StoreConfiguration.Location.postgres($0) } ?? .file(path: path, cacheMiB: 16)
        // A new key beside old cards would hide that the old key is lost.
        if database == nil, PrivateFile.exists(path), !PrivateFile.exists(keyPath) {
            throw .keyFileMissing(path: keyPath)
        }
        var keyFile = try readKeyFile(in: folder, passphrase)
        if database == nil, keyFile == nil {
            keyFile = try SealedKeyFile.make(in: folder, passphrase: passphrase, environment)
        }
        let store: Store
        do {
            store = try await Store.open(
                StoreConfiguration(
                    location: location, readers: VaultLimits.storeReaders, queueMax: Limits.commitQueueMax,
                    batchMax: Limits.commitBatchMax),
                schema: schema, environment: environment)
        } catch {
            throw VaultError(opening: error)
        }
        do throws(VaultError) {
            if keyFile == nil, try await hasKeys(store) { throw VaultError.keyFileMissing(path: keyPath) }
            if keyFile == nil {
                keyFile = try SealedKeyFile.make(in: folder, passphrase: passphrase, environment)
            }
            guard let keyFile else { throw VaultError.keyFileMissing(path: keyPath) }
            let keyring = Keyring(keyFile: keyFile, store: store, environment: environment)
            // From the second start on, this proves that the key file is the one that this database was sealed with.
            // Where others share the database, the first start has to tell them which one that is.
            if database == nil {
                try await keyring.open(.fingerprints)
            } else {
                _ = try await keyring.forSealing(.fingerprints)
            }
            return Vault(store: store, keyring: keyring, environment: environment)
        } catch {
            await store.close()
            throw error
        }
    }

    private static func readKeyFile(in folder: String, _ passphrase: String?) throws(VaultError) -> SealedKeyFile? {
        guard PrivateFile.exists(folder + "/" + SealedKeyFile.name) else { return nil }
        return try SealedKeyFile.read(in: folder, passphrase: passphrase)
    }

    private static func hasKeys(_ store: Store) async throws(VaultError) -> Bool {
        do {
            return try await store.read { try await !$0.rows("SELECT 1 FROM vault_key LIMIT 1", []).isEmpty }
        } catch {
            throw VaultError(reading: error)
        }
    }

    /// Why the vault takes no cards now, nil when all is well.
    public var trouble: String? { store.trouble }

    /// What the vault's database did since it was opened.
    public var storeStatistics: StoreStatistics { store.statistics }

    /// Answers what waits, refuses what comes, and closes the database.
    public func close() async { await store.close() }

    /// How often card numbers were decrypted for a purpose since the vault was opened.
    public func revealCount(_ purpose: RevealPurpose) -> Int { reveals[purpose] }

    // MARK: In

    /// Stores a card number for a merchant. It is durable when this returns.
    ///
    /// The same number gets a new token each time, and the same fingerprint.
    /// - Throws: ``VaultError/overloaded(retryAfterSeconds:)``, ``VaultError/unavailable(detail:)``,
    ///   ``VaultError/closed``, ``VaultError/damaged(detail:)`` or ``VaultError/otherKeyFile(found:needed:)``. No token
    ///   was given out then, so nothing has to be undone.
    public nonisolated(nonsending) func tokenise(
        _ number: CardNumber, for merchant: MerchantKey
    ) async throws(VaultError) -> VaultedCard {
        let keys = try await keyring.forSealing(.cards(merchant))
        let fingerprinter = try await openFingerprinter()
        for _ in 0..<VaultLimits.commitTriesMax {
            let (card, row) = seal(number, for: merchant, with: keys.current, fingerprinter)
            var change = Change(requires: [.absent(StoredCard.table, key: row.key)])
            change.insert(row)
            do throws(CommitError) {
                _ = try await store.commit(change)
            } catch .conflict {
                continue
            } catch {
                throw VaultError(committing: error)
            }
            remember(row)
            return card
        }
        throw .unavailable(detail: "the same tokens keep being drawn")
    }

    /// All of ``tokenise(_:for:)`` that needs no disk.
    func seal(
        _ number: CardNumber, for merchant: MerchantKey, with key: DataKey, _ fingerprinter: CardFingerprinter
    ) -> (VaultedCard, StoredCard) {
        let token = IdentifierText.make(prefix: "vlt", time: environment.now(), environment)
        let row = StoredCard(sealing: number, merchant: merchant, token: token, with: key, environment)
        let card = VaultedCard(
            token: token, fingerprint: fingerprinter.fingerprint(of: number, for: merchant),
            facts: number.withDigits { BINTable.lookup(digits: UnsafeRawBufferPointer($0)) }, bin8: number.bin8,
            last4: number.last4)
        return (card, row)
    }

    private nonisolated(nonsending) func openFingerprinter() async throws(VaultError) -> CardFingerprinter {
        if let known = fingerprinter.withLock({ $0 }) { return known }
        let made = CardFingerprinter(try await keyring.forSealing(.fingerprints).current)
        fingerprinter.withLock { $0 = made }
        return made
    }

    // MARK: Out

    /// Lends the digits of a merchant's card to `body`; they are overwritten when it returns.
    ///
    /// What `body` copies from them is its own to erase. Each call is counted, see ``revealCount(_:)``.
    /// - Throws: ``VaultError/unknownToken`` when the merchant has no such card, ``VaultError/damaged(detail:)`` when
    ///   what is stored does not open, ``VaultError/otherKeyFile(found:needed:)`` or
    ///   ``VaultError/unavailable(detail:)``.
    public nonisolated(nonsending) func reveal<Result>(
        _ token: String, for merchant: MerchantKey, purpose: RevealPurpose,
        _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) async throws(VaultError) -> Result {
        try await open(token, merchant, purpose).withBytes(body)
    }

    /// Lends the digits of a merchant's card to a `body` that may throw; they are overwritten when it returns.
    ///
    /// - Throws: What `body` throws, or the same ``VaultError`` as with a body that does not.
    public nonisolated(nonsending) func reveal<Result>(
        _ token: String, for merchant: MerchantKey, purpose: RevealPurpose,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) async throws -> Result {
        try await open(token, merchant, purpose).withBytes(body)
    }

    private nonisolated(nonsending) func open(
        _ token: String, _ merchant: MerchantKey, _ purpose: RevealPurpose
    ) async throws(VaultError) -> SecretBytes {
        let row = try await storedCard(token, merchant)
        guard let key = try await keyring.forOpening(.cards(merchant), number: row.dataKey) else {
            throw .damaged(detail: "data key \(row.dataKey) of merchant \(merchant.value) is missing")
        }
        guard let digits = row.open(with: key) else {
            throw .damaged(detail: "card \(token) of merchant \(merchant.value) does not open")
        }
        reveals.count(purpose)
        return digits
    }

    private nonisolated(nonsending) func storedCard(
        _ token: String, _ merchant: MerchantKey
    ) async throws(VaultError) -> StoredCard {
        let key = CardKey(merchant: merchant, token: token)
        if let row = recent.withLock({ $0[key] }) { return row }
        let row: StoredCard?
        do {
            row = try await store.read { reader in
                try await reader.first(StoredCard.self, key: [.integer(merchant.value), .text(token)])
            }
        } catch {
            throw VaultError(reading: error)
        }
        guard let row else { throw .unknownToken }
        remember(row)
        return row
    }

    private func remember(_ row: StoredCard) {
        recent.withLock { $0.insert(row, for: CardKey(merchant: row.merchant, token: row.token)) }
    }
}

internal import Core
internal import Glibc
internal import Platform
internal import Storage
internal import Vault

/// What a restore came to.
struct RestoreOutcome {
    /// When the backup was made.
    let madeAt: Timestamp
    let bytes: Int64
    /// Nil when the database could not be opened, see ``problems``.
    let report: VerificationReport?
    /// What is wrong besides what the report says.
    let problems: [String]
    /// What the operator has to know.
    let notes: [String]
    /// Where everything is now.
    let place: String

    var isGood: Bool { report?.isClean == true && problems.isEmpty }
}

/// Restores a data folder from its backup, and verifies it.
struct FolderRestore {
    let file: String
    let folder: String
    let key: BackupKey
    /// The vault's key file, to be put into the folder.
    let vaultKey: String?
    let console: Console

    /// Restores into a folder that is empty or not there. When it throws, nothing is left in it; when something does
    /// not hold, all is left in its folder `unverified`.
    func run() async throws -> RestoreOutcome {
        let staged = try StagedFolder(folder)
        do {
            let (header, bytes) = try unpack(into: staged.path)
            if let vaultKey { try copyVaultKey(vaultKey, into: staged.path) }
            try Files.synchroniseAll(below: staged.path)
            let (report, problem) = try await verify(staged.path)
            let vault = await checkVault(staged.path)
            let problems = [problem, vault.problem].compactMap { $0 }
            let isGood = report?.isClean == true && problems.isEmpty
            if isGood { try staged.publish() }
            return RestoreOutcome(
                madeAt: header.madeAt, bytes: bytes, report: report, problems: problems,
                notes: vault.note.map { [$0] } ?? [], place: isGood ? staged.target : staged.path)
        } catch {
            staged.discard()
            throw error
        }
    }

    private func unpack(into path: String) throws -> (SealedHeader, bytes: Int64) {
        // What it unpacks can be read by the owner alone, whatever the archive says.
        umask(0o077)
        let tar = try ToolProcess(
            [try ToolProcess.find("tar"), "-x", "-f", "-", "-C", path, "--no-same-owner", "--no-same-permissions"],
            pipe: .toTool)
        var meter = ByteMeter("restoring", on: console.live)
        let header = try Unpacking.unseal(file, kind: .folder, key: key, into: tar, meter: &meter)
        return (header, meter.bytes)
    }

    private func copyVaultKey(_ source: String, into path: String) throws {
        guard let text = FileText.read(source) else { throw BackupError.system(source) }
        unlink(path + "/vault.key")
        try Files.write(Array(text.utf8), to: path + "/vault.key")
    }

    private func verify(_ path: String) async throws -> (VerificationReport?, problem: String?) {
        let lock = try FolderLock(folder: path)
        defer { withExtendedLifetime(lock) {} }
        return try await RestoredStore.verify(.file(path: path + "/florin.sqlite", cacheMiB: 16), console)
    }

    /// Whether the vault's file is whole, and its key, if it is there, the one that opens it.
    private func checkVault(_ path: String) async -> (problem: String?, note: String?) {
        guard FileText.exists(path + "/vault.sqlite") else { return (nil, "The backup holds no vault.") }
        do {
            console.live.show("  checking the vault …")
            let problems = try SQLiteCopy.problems(of: path + "/vault.sqlite")
            guard problems.isEmpty else { return ("vault.sqlite: " + problems.joined(separator: "; "), nil) }
            guard FileText.exists(path + "/vault.key") else {
                return (nil, "vault.key is not in the backup. Put it into \(folder) before the server starts.")
            }
            try await Vault.open(
                folder: path, environment: .live, passphrase: ProcessEnvironment.vaultPassphrase
            ).close()
            return (nil, nil)
        } catch VaultError.passphraseMissing {
            return (nil, "FLORIN_VAULT_PASSPHRASE is not set, so it was not tried whether vault.key opens the vault.")
        } catch {
            return ("vault: \(error)", nil)
        }
    }
}

/// Feeds a sealed archive to `tar`.
enum Unpacking {
    static func unseal(
        _ file: String, kind: SealedHeader.Kind, key: BackupKey, into tar: ToolProcess, meter: inout ByteMeter
    ) throws -> SealedHeader {
        let header: SealedHeader
        do {
            header = try SealedFile.open(
                file, key: key,
                check: { header in
                    guard header.kind == kind else {
                        throw BackupError("\(file) is a backup of another kind: \(header.kind.rawValue).")
                    }
                }
            ) { clear in
                try clear.withUnsafeBytes { try Files.write($0, to: tar.descriptor, path: tar.name) }
                meter.add(clear.count)
            }
        } catch {
            // If the pipe broke, what tar says of it tells more.
            if !tar.words.isEmpty { throw BackupError("\(tar.name): \(tar.words)") }
            throw error
        }
        try tar.finish()
        return header
    }
}

/// Opens what was restored, and verifies it as `florin verify` does.
enum RestoredStore {
    static func verify(
        _ location: StoreConfiguration.Location, _ console: Console
    ) async throws -> (VerificationReport?, problem: String?) {
        let store: Store
        do {
            store = try await Store.open(
                StoreConfiguration(location: location, readers: 1, queueMax: 1, batchMax: 1),
                schema: FlorinSchema.schema, environment: .live)
        } catch StoreError.corrupted(let path, let detail) {
            return (nil, "\(path) is damaged: \(detail)")
        }
        do {
            let report = try await Verification.run(store) { console.live.show("  checking \($0) …") }
            await store.close()
            return (report, nil)
        } catch let error as ReadError {
            await store.close()
            return (nil, "The database cannot be read: \(error)")
        } catch {
            await store.close()
            throw error
        }
    }
}

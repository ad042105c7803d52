import Core
import Foundation
import Storage
import Testing

@testable import Vault

/// What happens when the folder is not as the vault left it.
@Suite("Vault: tampering")
struct VaultTamperTests {
    private let merchant = MerchantKey(7)
    private let other = MerchantKey(8)

    /// A folder with a card of each of two merchants.
    private func folderWithCards() async throws -> (TestFolder, mine: String, theirs: String) {
        let folder = try TestFolder()
        return try await Vault.with(folder) { vault in
            let mine = try await vault.tokenise(CardNumber(TestCards.visa), for: merchant).token
            let theirs = try await vault.tokenise(CardNumber(TestCards.mastercard), for: other).token
            return (folder, mine, theirs)
        }
    }

    /// Changes rows behind the vault's back, while it is stopped.
    private func edit(_ folder: TestFolder, _ change: ([StoredCard], [WrappedKey], inout Change) -> Void) async throws {
        try await Vault.with(folder) { vault in
            var edits = Change()
            let keys = try await vault.keys(of: merchant) + vault.keys(of: other) + vault.fingerprintKeys()
            change(try await vault.cards(), keys, &edits)
            _ = try await vault.store.commit(edits)
        }
    }

    private func expectDamaged(_ folder: TestFolder, _ token: String, of merchant: MerchantKey) async throws {
        try await Vault.with(folder) { vault in
            let error = await #expect(throws: VaultError.self) { try await vault.number(token, of: merchant) }
            guard case .damaged(let detail) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!detail.contains(TestCards.visa) && detail.contains("merchant \(merchant.value)"))
        }
    }

    @Test("a ciphertext with one bit changed does not open")
    func ciphertext() async throws {
        let (folder, mine, theirs) = try await folderWithCards()
        try await edit(folder) { cards, _, change in
            var card = cards[0]
            card.sealed[20] ^= 1
            change.updateOwn(card)
        }
        try await expectDamaged(folder, mine, of: merchant)
        try await Vault.with(folder) { vault async throws in
            #expect(try await vault.number(theirs, of: other) == TestCards.mastercard)
        }
    }

    @Test("a card moved to another token or another merchant does not open")
    func movedCard() async throws {
        let (folder, _, _) = try await folderWithCards()
        try await edit(folder) { cards, _, change in
            var moved = cards[0]
            moved.token = "vlt_moved"
            change.insert(moved)
            moved.merchant = other
            moved.token = cards[0].token
            change.insert(moved)
        }
        try await expectDamaged(folder, "vlt_moved", of: merchant)
        let token = try await Vault.with(folder) { try await $0.cards()[0].token }
        try await expectDamaged(folder, token, of: other)
    }

    @Test("a card whose data key is gone does not open")
    func missingKey() async throws {
        let (folder, mine, _) = try await folderWithCards()
        try await edit(folder) { _, keys, change in change.delete(from: WrappedKey.table, key: keys[0].key) }
        try await expectDamaged(folder, mine, of: merchant)
    }

    @Test("a data key put in another merchant's place does not open")
    func movedKey() async throws {
        let (folder, _, theirs) = try await folderWithCards()
        try await edit(folder) { _, keys, change in
            var moved = keys[0]
            moved.merchant = other
            change.updateOwn(moved)
        }
        try await expectDamaged(folder, theirs, of: other)
        try await Vault.with(folder) { vault in
            let error = VaultError.damaged(detail: "card key 1 of merchant 8 does not open")
            await #expect(throws: error) { try await vault.tokenise(CardNumber(TestCards.visa), for: other) }
        }
    }

    @Test("a damaged fingerprint key stops the start")
    func fingerprintKey() async throws {
        let (folder, _, _) = try await folderWithCards()
        try await edit(folder) { _, keys, change in
            var key = keys[2]
            key.wrapped[30] ^= 1
            change.updateOwn(key)
        }
        let error = VaultError.damaged(detail: "fingerprint key 1 of merchant 0 does not open")
        await #expect(throws: error) { try await folder.openVault() }
    }

    @Test("the key file of another installation stops the start, and says which one is needed")
    func otherKeyFile() async throws {
        let (folder, _, _) = try await folderWithCards()
        let elsewhere = try TestFolder()
        let needed = try SealedKeyFile.read(in: folder.path, passphrase: nil).keyID
        let found = try SealedKeyFile.make(in: elsewhere.path, passphrase: nil, .live).keyID
        try folder.write(elsewhere.read("vault.key"), to: "vault.key")
        let error = VaultError.otherKeyFile(found: found, needed: needed)
        await #expect(throws: error) { try await folder.openVault() }
    }

    @Test("a lost key file stops the start, and no new one hides the loss")
    func lostKeyFile() async throws {
        let (folder, mine, _) = try await folderWithCards()
        let key = try folder.read("vault.key")
        try FileManager.default.removeItem(atPath: folder.keyPath)
        await #expect(throws: VaultError.keyFileMissing(path: folder.keyPath)) {
            try await folder.openVault()
        }
        #expect(!FileManager.default.fileExists(atPath: folder.keyPath))
        try folder.write(key, to: "vault.key")
        let number = try await Vault.with(folder) { try await $0.number(mine, of: merchant) }
        #expect(number == TestCards.visa)
    }

    @Test("a database that is none stops the start", .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
    func noDatabase() async throws {
        let folder = try TestFolder()
        _ = try SealedKeyFile.make(in: folder.path, passphrase: nil, .live)
        try folder.write([UInt8](repeating: 7, count: 8_192), to: "vault.sqlite")
        let error = await #expect(throws: VaultError.self) {
            try await folder.openVault()
        }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a folder that cannot be made stops the start")
    func noFolder() async throws {
        let folder = try TestFolder()
        try folder.write([], to: "file")
        let error = await #expect(throws: VaultError.self) {
            try await Vault.open(folder: folder.path + "/file/deeper", environment: .live)
        }
        #expect(error == .fileSystem(path: folder.path + "/file/deeper", detail: "Not a directory"))
    }

    @Test("a database that cannot be read now is unavailable, one that refuses to be read is damaged")
    func unreadable() {
        #expect(VaultError(reading: ReadError.unavailable("no answer")) == .unavailable(detail: "no answer"))
        #expect(VaultError(reading: ReadError.failed("no such table")) == .damaged(detail: "no such table"))
    }

    @Test("every error says what is wrong, in a sentence")
    func messages() {
        let errors: [VaultError] = [
            .keyFileMissing(path: "/d/vault.key"), .keyFileExposed(path: "/d/vault.key", mode: 0o644),
            .keyFileTruncated(path: "/d/vault.key"), .keyFileCorrupted(path: "/d/vault.key", detail: "x"),
            .keyFileFromTheFuture(path: "/d/vault.key", version: "2"), .passphraseMissing(path: "/d/vault.key"),
            .passphraseWrong(path: "/d/vault.key"), .keyFileNotSealed(path: "/d/vault.key"),
            .otherKeyFile(found: "kek_1", needed: "kek_2"), .unknownToken, .damaged(detail: "x"),
            .overloaded(retryAfterSeconds: 1), .unavailable(detail: "x"), .closed, .folderInUse(path: "/d"),
            .schemaFromTheFuture(path: "/d/vault.sqlite"), .fileSystem(path: "/d", detail: "x"),
            .notHardened(detail: "x"),
        ]
        for error in errors {
            #expect(error.description.hasSuffix(".") || error.description.contains("Run: "), "\(error)")
        }
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}

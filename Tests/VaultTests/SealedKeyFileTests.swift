import Core
import Crypto
import Foundation
import Testing

@testable import Vault

@Suite("Key file")
struct SealedKeyFileTests {
    private func make(_ folder: TestFolder, passphrase: String? = nil) throws -> SealedKeyFile {
        try SealedKeyFile.make(in: folder.path, passphrase: passphrase, rounds: 1 << 10, .live)
    }

    /// That two values hold the same key: one opens what the other wrapped.
    private func expectSameKey(_ left: SealedKeyFile, _ right: SealedKeyFile) {
        let key = SymmetricKey(size: .bits256)
        let wrapped = left.wrap(key, for: .fingerprints, number: 1, .live)
        #expect(left.keyID == right.keyID)
        #expect(right.unwrap(wrapped, for: .fingerprints, number: 1) == key)
    }

    @Test("a key file is made once, for its owner alone, and read again")
    func making() throws {
        let folder = try TestFolder()
        let made = try make(folder)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.keyPath)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try folder.contents().keys.sorted() == ["vault.key"], "No draft is left behind")
        expectSameKey(made, try SealedKeyFile.read(in: folder.path, passphrase: nil))
        expectSameKey(made, try make(folder))
    }

    @Test("the text says what it is")
    func text() throws {
        let folder = try TestFolder()
        let file = try make(folder)
        let lines = String(decoding: try folder.read("vault.key"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[0] == "florin-vault-key 1")
        #expect(lines[1] == "id \(file.keyID)")
        #expect(lines[2] == "sealing none")
        #expect(lines[3].hasPrefix("key ") && lines[3].utf8.count == 4 + 64)
        #expect(lines[4].hasPrefix("sha256 ") && lines[4].utf8.count == 7 + 64)
    }

    @Test("a key file that others can reach is refused", arguments: [0o640, 0o644, 0o604, 0o660, 0o601])
    func permissions(mode: Int) throws {
        let folder = try TestFolder()
        _ = try make(folder)
        try folder.setMode(mode, of: "vault.key")
        let error = VaultError.keyFileExposed(path: folder.keyPath, mode: UInt32(mode))
        #expect(throws: error) { try SealedKeyFile.read(in: folder.path, passphrase: nil) }
        #expect(error.description.contains("chmod 600 \(folder.keyPath)"))
    }

    @Test("a key file that only its owner can read is accepted")
    func readOnly() throws {
        let folder = try TestFolder()
        _ = try make(folder)
        try folder.setMode(0o400, of: "vault.key")
        _ = try SealedKeyFile.read(in: folder.path, passphrase: nil)
    }

    @Test("a key file that ends anywhere too early is refused as truncated")
    func truncation() throws {
        let folder = try TestFolder()
        _ = try make(folder)
        let whole = try folder.read("vault.key")
        for length in 0..<whole.count {
            try folder.write(whole.prefix(length), to: "vault.key")
            #expect(throws: VaultError.keyFileTruncated(path: folder.keyPath), "\(length) bytes") {
                try SealedKeyFile.read(in: folder.path, passphrase: nil)
            }
        }
    }

    @Test("a key file with any bit changed is refused")
    func corruption() throws {
        let folder = try TestFolder()
        _ = try make(folder)
        let whole = try folder.read("vault.key")
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 1 << UInt8(index % 7)
            try folder.write(changed, to: "vault.key")
            #expect(throws: VaultError.self, "byte \(index)") {
                try SealedKeyFile.read(in: folder.path, passphrase: nil)
            }
        }
    }

    @Test("what is no key file is refused, and what a later version wrote")
    func otherFiles() throws {
        let folder = try TestFolder()
        func error(_ text: String) throws -> VaultError? {
            try folder.write(Array(text.utf8), to: "vault.key")
            return #expect(throws: VaultError.self) { try SealedKeyFile.read(in: folder.path, passphrase: nil) }
        }
        let path = folder.keyPath
        #expect(
            try error("-----BEGIN PRIVATE KEY-----\n")
                == .keyFileCorrupted(path: path, detail: "it does not begin with florin-vault-key "))
        #expect(try error("florin-vault-key 2\nanything\n") == .keyFileFromTheFuture(path: path, version: "2"))
        #expect(
            try error(String(repeating: "x", count: 5_000))
                == .keyFileCorrupted(path: path, detail: "it is longer than 4096 bytes"))
    }

    @Test("a passphrase seals the file, and only it opens it")
    func passphrase() throws {
        let folder = try TestFolder()
        let made = try make(folder, passphrase: "correct horse")
        let text = String(decoding: try folder.read("vault.key"), as: UTF8.self)
        #expect(text.contains("\nsealing scrypt 1024 8 3 "))
        expectSameKey(made, try SealedKeyFile.read(in: folder.path, passphrase: "correct horse"))
        #expect(throws: VaultError.passphraseWrong(path: folder.keyPath)) {
            try SealedKeyFile.read(in: folder.path, passphrase: "battery staple")
        }
        #expect(throws: VaultError.passphraseMissing(path: folder.keyPath)) {
            try SealedKeyFile.read(in: folder.path, passphrase: nil)
        }
    }

    @Test("a passphrase for a file that is not sealed is refused, so that nobody believes it is")
    func needlessPassphrase() throws {
        let folder = try TestFolder()
        _ = try make(folder)
        #expect(throws: VaultError.keyFileNotSealed(path: folder.keyPath)) {
            try SealedKeyFile.read(in: folder.path, passphrase: "correct horse")
        }
    }

    @Test(
        "sealing that asks for too much memory or time is refused before it is tried",
        arguments: [(1 << 20, 8, 1), (1 << 15, 8, 17), (1 << 15, 0, 1), (1000, 8, 1), (0, 8, 1), (1 << 15, 1 << 40, 1)])
    func sealingCost(rounds: Int, blockSize: Int, parallelism: Int) {
        var cost = PassphraseSealing(salt: [UInt8](repeating: 1, count: 16))
        #expect(cost.isAcceptable && cost.rounds == 1 << 15)
        cost.rounds = rounds
        cost.blockSize = blockSize
        cost.parallelism = parallelism
        #expect(!cost.isAcceptable)
    }

    @Test("a wrapped key opens for its owner, number and key file alone")
    func wrapping() throws {
        let file = try make(TestFolder())
        let key = SymmetricKey(size: .bits256)
        let wrapped = file.wrap(key, for: .cards(MerchantKey(7)), number: 2, .live)
        #expect(file.unwrap(wrapped, for: .cards(MerchantKey(7)), number: 2) == key)
        #expect(file.unwrap(wrapped, for: .cards(MerchantKey(8)), number: 2) == nil)
        #expect(file.unwrap(wrapped, for: .cards(MerchantKey(7)), number: 1) == nil)
        #expect(try make(TestFolder()).unwrap(wrapped, for: .cards(MerchantKey(7)), number: 2) == nil)
        let installation = file.wrap(key, for: .fingerprints, number: 1, .live)
        #expect(file.unwrap(installation, for: .cards(MerchantKey(0)), number: 1) == nil)
    }
}

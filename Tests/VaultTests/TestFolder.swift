import CardFormats
import Core
import Foundation
import Storage
import Synchronization
import Testing

@testable import Vault

/// A folder of one test's own, removed when the test lets go of it.
final class TestFolder: Sendable {
    let path: String
    /// What stands for the folder's database on PostgreSQL.
    let schema = TestDatabase.newSchema()

    init() throws {
        path = NSTemporaryDirectory() + "florin-vault-" + IdentifierText.random(digits: 12, .live)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var keyPath: String { path + "/vault.key" }

    func openVault(environment: Environment = .live, passphrase: String? = nil) async throws -> Vault {
        try await Vault.open(
            folder: path, database: try await TestDatabase.address(of: schema), environment: environment,
            passphrase: passphrase)
    }

    /// The bytes of every file in the folder, by name.
    func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            contents[name] = try read(name)
        }
        return contents
    }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path + "/" + name)))
    }

    /// Replaces the contents of a file, and keeps its mode.
    func write(_ contents: some Sequence<UInt8>, to name: String) throws {
        try Data(contents).write(to: URL(filePath: path + "/" + name))
        try setMode(0o600, of: name)
    }

    func setMode(_ mode: Int, of name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path + "/" + name)
    }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_790_000_000))

    func advance(days: Int64) { time.withLock { $0 = $0.adding(days: days) } }

    var environment: Environment {
        Environment(now: { self.time.withLock { $0 } }, fillRandom: Environment.live.fillRandom)
    }
}

/// Card numbers of the networks' and Stripe's documentation for tests.
enum TestCards {
    static let visa = "4242424242424242"
    static let mastercard = "5555555555554444"
    static let americanExpress = "378282246310005"
    static let unionPay = "6205500000000000004"
    static let all = [visa, mastercard, americanExpress, unionPay]

    /// A Visa number of 16 scattered digits, another one for each index below 100,000.
    static func numbered(_ index: Int) -> String {
        // The factor is prime, so that no two indexes give the same digits.
        let scattered = (index + 1) * 7_919_191_919_393 % 90_000_000_000_000 + 10_000_000_000_000
        let digits = Array("4\(scattered)".utf8)
        guard let check = Luhn.checkDigit(for: digits) else { preconditionFailure("These are digits") }
        return String(decoding: digits + [check], as: UTF8.self)
    }
}

extension Vault {
    /// The digits as text, which only a test may hold.
    func number(_ token: String, of merchant: MerchantKey) async throws(VaultError) -> String {
        try await reveal(token, for: merchant, purpose: .authorisation) { String(decoding: $0, as: UTF8.self) }
    }

    /// Opens the vault of a folder, lends it and closes it.
    static func with<Result>(
        _ folder: TestFolder, environment: Environment = .live, passphrase: String? = nil,
        _ body: (Vault) async throws -> Result
    ) async throws -> Result {
        let vault = try await folder.openVault(environment: environment, passphrase: passphrase)
        do {
            let result = try await body(vault)
            await vault.close()
            return result
        } catch {
            await vault.close()
            throw error
        }
    }
}

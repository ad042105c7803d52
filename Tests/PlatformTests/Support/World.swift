import Core
import Foundation
import Ledger
import Logging
import Money
import Payments
import Storage
import Synchronization
import Testing
import Vault

@testable import Platform

/// A platform of one test's own: a store and a vault, a scripted network and a clock that the test moves.
final class World: Sendable {
    let folder: TestFolder
    let clock: TestClock
    let rail: ScriptedRail
    let store: Store
    let vault: Vault
    let platform: Platform
    let merchant: Merchant
    private let requests = Mutex(0)
    /// Of worlds that do not come out of another.
    private let turn: Mutex<TestDatabase.Turn?>

    static let start = Timestamp(seconds: 1_790_000_000)

    /// Opens a folder's installation, or makes a new one.
    init(
        _ outcomes: CardOutcome..., in folder: TestFolder? = nil, at start: Timestamp = start, seed: UInt64 = 1,
        risk: RiskAssessment = .normal, fundsAtOnce: Bool = false
    ) async throws {
        turn = Mutex(TestDatabase.isUsed && folder == nil ? try await TestDatabase.Turn() : nil)
        self.folder = try folder ?? TestFolder()
        clock = TestClock(start)
        rail = ScriptedRail(outcomes)
        let environment = clock.environment(seed: seed)
        store = try await self.folder.openStore(environment)
        vault = try await Vault.open(
            folder: self.folder.path, database: try await TestDatabase.address(of: self.folder.vaultSchema),
            environment: environment)
        platform = Platform(
            store: store, vault: vault, rail: rail,
            policy: CardPolicy(assess: { _ in risk }, fundsAtOnce: { _ in fundsAtOnce }), environment: environment,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        if try await !Installation.exists(in: store) {
            try await Installation.make(
                World.keys, in: store, fees: .standard, apiVersion: "2025-10-29.clover", environment: environment)
        }
        merchant = try await platform.merchant(MerchantKey(1))
    }

    static let keys = Installation.newKeys(.fixed(now: start, seed: 7))

    func close() async {
        await rail.forgetHook()
        await store.close()
        await vault.close()
        turn.withLock { $0 = nil }
    }

    /// A new world on a copy of the database as it is at this moment: what a restart finds after a crash now.
    func crashed(_ outcomes: CardOutcome...) async throws -> World {
        try await World(script: outcomes, in: try await folder.copy(), at: clock.now)
    }

    private convenience init(script: [CardOutcome], in folder: TestFolder, at now: Timestamp) async throws {
        try await self.init(in: folder, at: now, seed: 2)
        await rail.expect(script)
    }

    // MARK: Requests

    /// A request of the merchant's, with an idempotency key when one is named.
    func context(key: String? = nil) -> RequestContext {
        let number = requests.withLock { number in
            number += 1
            return number
        }
        let requestID = IdentifierText.make(
            prefix: "req", time: clock.now, .fixed(now: clock.now, seed: UInt64(number)))
        let claim = key.map { key in
            IdempotencyClaim(
                merchant: merchant.merchant, key: key, fingerprint: [1], requestID: requestID, createdAt: clock.now,
                objectID: nil)
        }
        return RequestContext(merchant: merchant, requestID: requestID, claim: claim, clientIP: "192.0.2.1")
    }

    // MARK: Looking at it

    func stored<E: Entity>(_ type: E.Type, _ id: String) async throws -> E {
        try await platform.object(type, id, of: merchant.merchant, parameter: "id")
    }

    func all<E: Entity>(_ type: E.Type) async throws -> [E] {
        try await store.read { try await $0.select(type, where: "1 = 1", [], orderBy: "merchant, id", limit: 10_000) }
    }

    func events() async throws -> [StoredEvent] {
        try await store.read {
            try await $0.select(StoredEvent.self, where: "1 = 1", [], orderBy: "sequence", limit: 10_000)
        }
    }

    func idempotency(_ key: String) async throws -> StoredIdempotency? {
        let merchant = merchant.merchant
        return try await store.read { try await $0.idempotency(merchant: merchant, key: key) }
    }

    func count(_ table: String) async throws -> Int64 {
        try await store.read { reader in
            guard case .integer(let count)? = try await reader.rows("SELECT COUNT(*) FROM \(table)", []).first?.first
            else {
                return -1
            }
            return count
        }
    }

    /// For example `available`: 941.
    func balances() async throws -> [String: Int64] {
        try await store.read { reader in
            var balances: [String: Int64] = [:]
            for account in try await reader.accounts(namedFrom: "", through: "~") where account.balance != 0 {
                balances[account.key.name.text, default: 0] += account.balance
            }
            return balances
        }
    }

    func findings() async throws -> [VerificationFinding] { try await Verification.run(store) { _ in }.findings }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp = World.start) { time = Mutex(start) }

    var now: Timestamp { time.withLock { $0 } }

    func advance(milliseconds: Int64) { time.withLock { $0 = $0.adding(milliseconds: milliseconds) } }
    func advance(days: Int64) { advance(milliseconds: days * 86_400_000) }

    func environment(seed: UInt64 = 1) -> Environment {
        let generator = SeededGenerator(seed: seed)
        return Environment(now: { self.now }, fillRandom: { generator.fill($0) })
    }
}

/// A folder of one test's own, removed when the test lets go of it.
final class TestFolder: Sendable {
    let path: String
    /// What stands for the folder's files on PostgreSQL.
    let schema = TestDatabase.newSchema()
    var vaultSchema: String { schema + "_vault" }

    init() throws {
        path = NSTemporaryDirectory() + "florin-platform-" + IdentifierText.random(digits: 12, .live)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var databasePath: String { path + "/florin.sqlite" }

    func openStore(_ environment: Environment, schema: Schema = FlorinSchema.schema) async throws -> Store {
        let address = try await TestDatabase.address(of: self.schema)
        return try await Store.open(
            .server(address.map { .postgres($0) } ?? .file(path: databasePath, cacheMiB: 128)), schema: schema,
            environment: environment)
    }

    /// The same in another folder, and in other schemas.
    func copy() async throws -> TestFolder {
        let copy = try TestFolder()
        if TestDatabase.isUsed {
            try await TestDatabase.copy(schema, to: copy.schema)
            try await TestDatabase.copy(vaultSchema, to: copy.vaultSchema)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where !name.hasSuffix("-shm") {
            try FileManager.default.copyItem(atPath: path + "/" + name, toPath: copy.path + "/" + name)
        }
        return copy
    }

    /// Whether a text lies in any of its files, or in a row of its schemas.
    func contains(_ text: String) async throws -> Bool {
        for schema in [schema, vaultSchema] where TestDatabase.isUsed {
            for table in try await TestDatabase.tables(of: schema) {
                // As it is, and as a value of bytes is written.
                let sql = """
                    SELECT 1 FROM \(schema).\(table) t WHERE CAST(t AS text) LIKE '%\(text)%'
                    OR CAST(t AS text) LIKE '%\(Hex.encode(Array(text.utf8)))%' LIMIT 1
                    """
                if try await !TestDatabase.run(sql).isEmpty { return true }
            }
        }
        return try FileManager.default.contentsOfDirectory(atPath: path).contains { name in
            try Data(contentsOf: URL(filePath: path + "/" + name)).range(of: Data(text.utf8)) != nil
        }
    }
}

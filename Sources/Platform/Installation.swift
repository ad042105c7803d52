public import Core
import Money
public import Payments
public import Storage

/// What a first start makes: an account in test mode, and its two keys.
public enum Installation {
    /// Keys that nobody has yet.
    public struct Keys: Sendable {
        public let secret: String
        public let publishable: String
    }

    /// The merchant's number in the sandbox.
    static let sandboxMerchant = MerchantKey(1)

    /// Draws new keys of test mode.
    public static func newKeys(_ environment: Environment) -> Keys {
        Keys(
            secret: "sk_test_51" + IdentifierText.random(digits: 32, environment),
            publishable: "pk_test_51" + IdentifierText.random(digits: 32, environment))
    }

    /// Makes the account of an empty installation, with these keys; false when another process did so meanwhile.
    @discardableResult
    public static func make(
        _ keys: Keys, in store: Store, fees: FeeSchedule, apiVersion: String, environment: Environment
    ) async throws -> Bool {
        let now = environment.now()
        let merchant = Merchant(
            merchant: sandboxMerchant, account: AccountID("acct_" + IdentifierText.random(digits: 16, environment)),
            createdAt: now, isLive: false, businessName: "Florin Sandbox", email: "owner@example.com",
            city: "San Francisco", country: "US", defaultCurrency: .usd, categoryCode: "5734",
            statementDescriptor: "FLORIN SANDBOX", fees: fees, settlementDelayDays: 2, apiVersion: apiVersion)
        var change = Change()
        change.insert(merchant)
        change.insert(APIKey(merchant: sandboxMerchant, key: keys.secret, kind: .secret, createdAt: now))
        change.insert(APIKey(merchant: sandboxMerchant, key: keys.publishable, kind: .publishable, createdAt: now))
        // One row that only one process can make.
        let lease = Lease(name: "installation", version: 1, owner: merchant.account.text, expiresAt: now)
        change.requires.append(.absent(Lease.table, key: lease.key))
        change.insert(lease)
        do throws(CommitError) {
            _ = try await store.commit(change)
            return true
        } catch {
            if case .conflict = error { return false }
            throw error
        }
    }

    /// Whether an installation was made in this store already.
    public static func exists(in store: Store) async throws -> Bool {
        try await store.read { try await !$0.rows("SELECT 1 FROM merchant LIMIT 1", []).isEmpty }
    }
}

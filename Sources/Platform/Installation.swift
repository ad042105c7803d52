public import Core
import Glibc
import Money
public import Payments
public import Storage

/// What a first start makes: an account in test mode, and its two keys.
public struct Installation: Sendable {
    public let merchant: Merchant
    public let secretKey: String
    public let publishableKey: String

    /// The merchant's number in the sandbox.
    static let sandboxMerchant = MerchantKey(1)

    /// Makes the account and the keys of an empty installation.
    public static func make(
        in store: Store, fees: FeeSchedule, apiVersion: String, environment: Environment
    ) async throws -> Installation {
        let now = environment.now()
        let account = IdentifierText.random(digits: 16, environment)
        let merchant = Merchant(
            merchant: sandboxMerchant, account: AccountID("acct_" + account), createdAt: now, isLive: false,
            businessName: "Florin Sandbox", email: "owner@example.com", city: "San Francisco", country: "US",
            defaultCurrency: .usd, categoryCode: "5734", statementDescriptor: "FLORIN SANDBOX", fees: fees,
            settlementDelayDays: 2, apiVersion: apiVersion)
        let secret = "sk_test_51" + IdentifierText.random(digits: 32, environment)
        let publishable = "pk_test_51" + IdentifierText.random(digits: 32, environment)
        var change = Change()
        change.insert(merchant)
        change.insert(APIKey(merchant: sandboxMerchant, key: secret, kind: .secret, createdAt: now))
        change.insert(APIKey(merchant: sandboxMerchant, key: publishable, kind: .publishable, createdAt: now))
        _ = try await store.commit(change)
        return Installation(merchant: merchant, secretKey: secret, publishableKey: publishable)
    }

    /// Whether an installation was made in this store already.
    public static func exists(in store: Store) async throws -> Bool {
        try await store.read { try !$0.rows("SELECT 1 FROM merchant LIMIT 1", []).isEmpty }
    }
}

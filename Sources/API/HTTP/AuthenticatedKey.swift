import Payments

/// An API key that was looked up: whose it is, and how far it reaches.
///
/// It is shared by all requests that come with the key, hence a class. The key's text is not in it.
final class AuthenticatedKey: Sendable {
    /// What a key may do, told by its prefix: `sk_`, `pk_`, `rk_`.
    enum Kind: Sendable {
        /// Everything.
        case secret
        /// What a browser needs: tokens, and intents whose client secret it knows.
        case publishable
        /// What was granted to it.
        case restricted
    }

    /// Names the key in logs.
    let id: String
    let kind: Kind
    let merchant: Merchant

    init(id: String, kind: Kind, merchant: Merchant) {
        self.id = id
        self.kind = kind
        self.merchant = merchant
    }
}

/// Finds the key for its text; nil when there is none. Throws when it cannot be known, which answers 503 and not 401.
typealias KeyDirectory = @Sendable (_ key: String) async throws -> AuthenticatedKey?

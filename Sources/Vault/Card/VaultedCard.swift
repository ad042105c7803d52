public import CardFormats

/// What the vault tells of a card it took: a token to use it by, and what may be known of it in the clear.
public struct VaultedCard: Hashable, Sendable {
    /// Stands for the number from now on: `vlt_…`. Of use to its merchant only, and never shown at the API.
    public let token: String
    /// Equal for equal numbers of one merchant: 16 base-62 digits.
    public let fingerprint: String
    /// Brand, funding and country, by the issuer's number range.
    public let facts: BINFacts
    /// The first eight digits, or six of a number with fewer than 16, see ``CardNumber/bin8``.
    public let bin8: String
    /// The last four digits.
    public let last4: String
}

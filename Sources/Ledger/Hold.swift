public import Money

// Holds are no mechanism of their own. What is on hold for an owner lies in the account `<owner>/held`, whose floor is
// 0, so it cannot be released, or captured, twice: the second posting is refused as `belowFloor`.

extension AccountName {
    /// The account that keeps what is on hold for this one: the name and `/held`.
    public var held: AccountName { AccountName(text + "/held") }

    /// Whether this is the account of somebody's holds.
    public var isHeld: Bool { text.hasSuffix("/held") }
}

extension Posting {
    /// Puts an amount of `owner` on hold: it leaves the owner's balance for ``AccountName/held``.
    ///
    ///     let hold = Posting.hold(500, .usd, of: "wallet/42")         // wallet/42 → wallet/42/held
    ///     let release = Posting.release(200, .usd, of: "wallet/42")   // wallet/42/held → wallet/42
    ///     let capture = Posting.capture(300, .usd, of: "wallet/42", to: "available")
    public static func hold(_ amount: Int64, _ currency: Currency, of owner: AccountName) -> Posting {
        assert(!owner.isHeld, "What is held cannot be held again: hold for the owner, not for \(owner)")
        return Posting(currency: currency, source: owner, destination: owner.held, amount: amount)
    }

    /// Gives an amount on hold back to its owner.
    public static func release(_ amount: Int64, _ currency: Currency, of owner: AccountName) -> Posting {
        assert(!owner.isHeld, "Release to the owner, not to \(owner)")
        return Posting(currency: currency, source: owner.held, destination: owner, amount: amount)
    }

    /// Gives an amount on hold to somebody else, which is what it was held for.
    public static func capture(
        _ amount: Int64, _ currency: Currency, of owner: AccountName, to destination: AccountName
    ) -> Posting {
        assert(!owner.isHeld, "Capture from the owner's hold, not from \(owner)")
        return Posting(currency: currency, source: owner.held, destination: destination, amount: amount)
    }
}

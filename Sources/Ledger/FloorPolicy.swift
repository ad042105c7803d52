/// Which balances may never fall below zero, by the name of the account.
///
/// The policy answers when an account is opened; from then on the account's own ``Account/floor`` counts.
///
/// | names | floor | why |
/// |---|---|---|
/// | `held`, `…/held` | 0 | a hold is released or captured at most once |
/// | `wallet/…` | 0 | people spend what they have |
/// | `reserve`, `reserve/…` | 0 | a reserve is an amount put aside |
/// | all others | none | a refund may make `available` negative; `clearing/…` and `fees` go either way |
public enum FloorPolicy {
    /// The floor that an account of this name is opened with, nil for none.
    public static func floor(for name: AccountName) -> Int64? {
        let text = name.text
        let isFloored =
            text == "held" || text.hasSuffix("/held") || text.hasPrefix("wallet/")
            || text == "reserve" || text.hasPrefix("reserve/")
        return isFloored ? 0 : nil
    }
}

import Money

/// What a merchant has, by currency: the totals behind `GET /v1/balance`.
struct BalanceSummary: Hashable, Sendable {
    /// One currency's totals, in minor units; negative where refunds exceed charges.
    struct Line: Hashable, Sendable {
        var currency: Currency
        /// May be paid out.
        var available: Int64
        /// Net of balance transactions whose `availableOn` lies ahead.
        var pending: Int64
    }

    /// One line for each currency, in the order they are shown.
    var lines: [Line]
}

import Core
import Ledger
import Money
import Payments
import Platform
import Storage

extension Endpoints {
    var accountRoutes: [Route] {
        [
            .get("/v1/account", handler: retrieveAccount),
            .get("/v1/accounts/{account}", handler: retrieveNamedAccount),
        ]
    }

    var balanceRoutes: [Route] {
        [
            .get("/v1/balance", handler: retrieveBalance),
            .get(
                "/v1/balance_transactions",
                .list([
                    .optional("currency", .currency), .optional("type", .nonEmptyString), .optional("source", .id),
                    .optional("payout", .id),
                ]), handler: listBalanceTransactions),
            .get("/v1/balance_transactions/{transaction}", handler: retrieveBalanceTransaction),
        ]
    }

    @Sendable private func retrieveAccount(_ call: Call) async throws -> Reply {
        .ok(try await body(.account(call.merchant), call))
    }

    @Sendable private func retrieveNamedAccount(_ call: Call) async throws -> Reply {
        let account = call.path("account")
        guard account == call.merchant.account.text else {
            throw APIError.noSuch("account", id: account, inPathAs: "account")
        }
        return .ok(try await body(.account(call.merchant), call))
    }

    /// Available is what the ledger holds there, with what matures today; pending is the rest.
    @Sendable private func retrieveBalance(_ call: Call) async throws -> Reply {
        let book = BookKey(call.merchant.merchant.value)
        let accounts = try await platform.read { try await $0.accounts(of: book) }
        let today = Booking.pending(until: call.now)
        var lines: [Currency: BalanceSummary.Line] = [:]
        let home = call.merchant.defaultCurrency
        lines[home] = BalanceSummary.Line(currency: home, available: 0, pending: 0)
        for account in accounts {
            let currency = account.key.currency
            let isPending = account.key.name.text.hasPrefix(Booking.pendingPrefix)
            guard isPending || account.key.name == Booking.available else { continue }
            var line = lines[currency] ?? BalanceSummary.Line(currency: currency, available: 0, pending: 0)
            if isPending, account.key.name > today {
                line.pending += account.balance
            } else {
                line.available += account.balance
            }
            lines[currency] = line
        }
        let ordered = lines.values.sorted { left, right in
            if (left.currency == home) != (right.currency == home) { return left.currency == home }
            return left.currency.code < right.currency.code
        }
        return .ok(try await body(.balance(BalanceSummary(lines: ordered)), call))
    }

    @Sendable private func retrieveBalanceTransaction(_ call: Call) async throws -> Reply {
        let line = try await find(BalanceTransaction.self, call.path("transaction"), call)
        return .ok(try await body(.balanceTransaction(line), call))
    }

    @Sendable private func listBalanceTransactions(_ call: Call) async throws -> Reply {
        let parameters = call.parameters
        if parameters.string("payout") != nil {
            throw APIError.noSuch("payout", id: parameters.string("payout") ?? "", param: "payout")
        }
        if let source = parameters.string("source") { return try await lines(of: source, call) }
        var filters: [Filter] = []
        if let type = parameters.string("type") { filters.append(Filter("type", type)) }
        if let currency = parameters.currency("currency") { filters.append(Filter("currency", currency.lowercased)) }
        return try await page(
            BalanceTransaction.self, prefix: BalanceTransactionKind.prefix, call, where: filters,
            kind: .balanceTransaction
        ) { .balanceTransaction($0) }
    }

    /// The lines of one object: it names them.
    private func lines(of source: String, _ call: Call) async throws -> Reply {
        let merchant = call.merchant.merchant
        let found = try await platform.read { reader -> [BalanceTransaction]? in
            let key: [SQLValue] = [.integer(merchant.value), .text(source)]
            var ids: [BalanceTransactionID?]
            if let charge = try await reader.first(Charge.self, key: key) {
                ids = [charge.balanceTransaction]
            } else if let refund = try await reader.first(Refund.self, key: key) {
                ids = [refund.failureBalanceTransaction, refund.balanceTransaction]
            } else {
                return nil
            }
            return try await reader.objects(BalanceTransaction.self, ids.compactMap { $0?.text }, of: merchant)
        }
        guard let found else { throw APIError.noSuch("source", id: source, param: "source") }
        let page = Page(items: found.map { APIObject.balanceTransaction($0) }, hasMore: false)
        return try await list(page, call, .balanceTransaction)
    }
}

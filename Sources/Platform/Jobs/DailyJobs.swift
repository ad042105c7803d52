import Core
import Ledger
import Payments
import Storage

extension Platform {
    /// Moves funds whose day has come from `pending/<date>` to `available`, a whole account at a time.
    func matureFunds() async throws {
        let now = environment.now()
        let bound = Booking.pending(until: now).text
        let due = try await read { reader in
            try await reader.accounts(namedFrom: Booking.pendingPrefix, through: bound).filter { $0.balance > 0 }
        }
        for account in due {
            let id = LedgerTransactionID(at: now, environment)
            // The amount is what was read: what arrives meanwhile is matured the next time.
            try await commit(Change(transactions: [Booking.mature(account, id: id, at: now)]))
        }
    }

    private static let keysPerRound = 500

    /// Forgets idempotency keys older than their window; with `orphans` also those that a crash left without an answer.
    func forgetOldKeys(orphans: Bool) async throws {
        let bound = environment.now().adding(milliseconds: -Limits.idempotencyWindowMs)
        let merchants = try await read { try await $0.rows("SELECT merchant FROM merchant", []) }
        for row in merchants {
            guard case .integer(let merchant) = row[0] else { continue }
            while let change = try await read({ reader in
                try await reader.forgettingIdempotency(
                    merchant: MerchantKey(merchant), before: bound, limit: Self.keysPerRound)
            }) {
                try await commit(change)
            }
            guard orphans else { continue }
            while let change = try await read({ reader in
                try await reader.forgettingOrphans(
                    merchant: MerchantKey(merchant), before: bound, limit: Self.keysPerRound)
            }) {
                try await commit(change)
            }
        }
    }
}

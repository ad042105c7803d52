internal import Core
internal import Ledger
internal import Money

/// Which accounts the transactions of a ledger bench move.
enum LedgerSpread: String, Sendable, CaseIterable {
    /// Two thousand books: merchants as they come.
    case manyBooks = "many books"
    /// One book, all of it into the same two accounts.
    case hotAccount = "one hot account"

    private static let bookCount = 2_000

    /// The transaction with this number: a charge of 10.00 to 99.99 with its fee, as a card payment books it.
    func transaction(_ number: Int, now: Timestamp) -> Transaction {
        let book = self == .hotAccount ? 1 : 1 + (number &* 7_919) % Self.bookCount
        let amount = 1_000 + Int64((number &* 104_729) % 9_000)
        return Transaction(
            id: "ltx_bench\(number)", book: BookKey(Int64(book)), kind: "charge", reference: "ch_bench\(number)",
            effectiveAt: now,
            postings: [
                Posting(currency: .usd, source: "clearing/card", destination: "pending", amount: amount),
                Posting(currency: .usd, source: "pending", destination: "fees", amount: ExpectedFee.fee(on: amount)),
            ])
    }

    /// Postings in each of these transactions.
    static let postingsPerTransaction = 2
}

/// How one way of booking went.
struct LedgerBenchRow: Sendable {
    var name: String
    var spread: LedgerSpread
    var transactions: Int
    var seconds: Double
    var cpuNanoseconds: UInt64
    var writtenBytes: UInt64?
    /// Group commits; nil without a database.
    var commits: Int?
    /// How long one transaction took to be durable; nil without a database.
    var latency: LatencySummary?
    /// Whether every posting was found again and the balances sum to zero.
    var isProven: Bool

    var postings: Int { transactions * LedgerSpread.postingsPerTransaction }
    var postingsPerSecond: Double { seconds > 0 ? Double(postings) / seconds : 0 }
    var cpuPerTransaction: Double { Double(cpuNanoseconds) / Double(max(1, transactions)) }
    var bytesPerTransaction: Double? { writtenBytes.map { Double($0) / Double(max(1, transactions)) } }
    var transactionsPerCommit: Double? { commits.map { Double(transactions) / Double(max(1, $0)) } }
}

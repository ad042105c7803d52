import Core
import Ledger
import Money

let book = BookKey(7)
let eur = known("EUR")
let jpy = known("JPY")

func known(_ code: String) -> Currency {
    guard let currency = Currency(code: code) else { preconditionFailure("\(code) is a currency") }
    return currency
}

func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

func key(_ name: AccountName, _ currency: Currency = .usd, _ book: BookKey = book) -> AccountKey {
    AccountKey(book: book, currency: currency, name: name)
}

func posting(
    _ source: AccountName, _ destination: AccountName, _ amount: Int64, _ currency: Currency = .usd
) -> Posting {
    Posting(currency: currency, source: source, destination: destination, amount: amount)
}

func transaction(
    _ postings: [Posting], id: String = "ltx_1", book: BookKey = book, effectiveAt: Int64 = 1_000, rate: String? = nil,
    floors: [AccountName: Int64] = [:]
) -> Transaction {
    Transaction(
        id: id, book: book, kind: "charge", reference: "ch_1", effectiveAt: time(effectiveAt), postings: postings,
        rate: rate, floors: floors)
}

extension LedgerState {
    /// Makes known, as absent or empty, what a transaction names and the state does not know.
    mutating func prepare(_ transaction: Transaction) {
        if !knows(transaction.book) { load(BookHead(emptyBook: transaction.book)) }
        for key in transaction.accountKeys where !knows(key) { loadAbsent(key) }
    }

    /// Prepares and applies.
    mutating func book(
        _ transaction: Transaction, at milliseconds: Int64 = 2_000
    ) throws(LedgerRefusal) -> RecordedTransaction {
        prepare(transaction)
        return try apply(transaction, recordedAt: time(milliseconds))
    }

    func balance(_ name: AccountName, _ currency: Currency = .usd) -> Int64? { account(key(name, currency))?.balance }
}

/// What a database would hold: the rows of a few books.
struct Rows {
    var accounts: [AccountKey: Account] = [:]
    var heads: [BookKey: BookHead] = [:]
    var transactions: [BookKey: [RecordedTransaction]] = [:]

    mutating func write(_ changed: (accounts: [Account], heads: [BookHead])) {
        for account in changed.accounts { accounts[account.key] = account }
        for head in changed.heads { heads[head.book] = head }
    }

    func load(_ transaction: Transaction, into state: inout LedgerState) {
        if !state.knows(transaction.book) {
            state.load(heads[transaction.book] ?? BookHead(emptyBook: transaction.book))
        }
        for key in transaction.accountKeys where !state.knows(key) {
            if let row = accounts[key] { state.load(row) } else { state.loadAbsent(key) }
        }
    }

    func audit(_ book: BookKey) -> [AuditFinding] {
        var audit = LedgerAudit(book: book)
        for account in accounts.values.sorted(by: { $0.key < $1.key }) where account.key.book == book {
            audit.check(account)
        }
        for transaction in transactions[book] ?? [] { audit.check(transaction) }
        return audit.finish(head: heads[book])
    }
}

extension SeededGenerator {
    func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// True once in `count` times.
    func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}

/// Random transactions that like the edges: amounts near what fits, near what is there, and just wrong.
struct RandomTransactions {
    static let names: [AccountName] = [
        "available", "pending/2026-11-26", "clearing/card", "fees", "fx", "rounding", "reserve", "reserve/rolling",
        "wallet/1", "wallet/1/held", "wallet/2", "wallet/2/held", "available/held", "held", "due_to/8",
    ]
    static let books = [BookKey(7), BookKey(8), BookKey(9), BookKey(-1)]
    let random: SeededGenerator
    var count = 0

    mutating func next(balance: (AccountKey) -> Int64) -> Transaction {
        count += 1
        let book = random.pick(Self.books)
        var postings: [Posting] = []
        let length = random.oneIn(200) ? random.pick([0, 32, 33]) : 1 + random.below(4)
        for _ in 0..<length {
            let currency = random.pick([Currency.usd, .usd, .usd, eur, jpy])
            let source = name()
            var destination = name()
            while destination == source && !random.oneIn(50) { destination = name() }
            let held = balance(AccountKey(book: book, currency: currency, name: source))
            postings.append(posting(source, destination, amount(held: held), currency))
        }
        let floors: [AccountName: Int64] = random.oneIn(8) ? [name(): random.pick([0, -100, 50])] : [:]
        return transaction(
            postings, id: "ltx_\(count)", book: book, effectiveAt: Int64(random.below(100_000)),
            rate: random.oneIn(5) ? "1.0837" : nil, floors: floors)
    }

    private func name() -> AccountName {
        if random.oneIn(100) { return AccountName("wallet/\(random.below(40))") }
        if random.oneIn(600) { return random.pick(["", "a b", "é", AccountName(String(repeating: "x", count: 97))]) }
        return random.pick(Self.names)
    }

    private func amount(held: Int64) -> Int64 {
        switch random.below(100) {
        case 0: random.pick([0, -1, .min])
        case 1, 2: random.pick([.max, .max - 1, .max / 2])
        case 3...5: random.pick([1, 2])
        case 6...15: held > 0 ? held : 1
        case 16...20: held > 0 && held < .max ? held + 1 : 1
        default: Int64(1 + random.below(5_000))
        }
    }
}

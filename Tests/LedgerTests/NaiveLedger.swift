import Core
import Ledger
import Money

/// A ledger for comparison: written from the documentation, slow, and sharing no code with the engine.
///
/// Accounts are lists of balances, whole books are copied for all or nothing, and sums are wide integers.
struct NaiveLedger {
    /// One posting as this ledger would book it.
    struct Line: Equatable {
        var source: Int64
        var destination: Int64
        var sourceBalance: Int64
        var destinationBalance: Int64
    }

    /// One transaction as this ledger would book it.
    struct Booked: Equatable {
        var sequence: Int64
        var recordedAt: Int64
        var lines: [Line]
    }

    /// One change of one account, for reads in the past.
    struct Change {
        var effectiveAt: Int64
        var recordedAt: Int64
        var sequence: Int64
        var amount: Int128
    }

    /// The balances that each account had, oldest first; the first is 0, before it was opened.
    private(set) var balances: [String: [Int128]] = [:]
    /// Accounts in the order in which they were opened.
    private(set) var opened: [Int64: [String]] = [:]
    private(set) var sequences: [Int64: Int64] = [:]
    private(set) var clocks: [Int64: Int64] = [:]
    private(set) var changes: [String: [Change]] = [:]
    /// The sequence of the last transaction that moved each account.
    private(set) var touched: [String: Int64] = [:]

    static func label(_ book: BookKey, _ currency: Currency, _ name: AccountName) -> String {
        "\(book.value)|\(currency.code)|\(name.text)"
    }

    func balance(_ label: String) -> Int128 { balances[label]?.last ?? 0 }

    /// Books all or nothing; gives the first refusal otherwise.
    mutating func book(_ transactions: [Transaction], at time: Int64) -> Result<[Booked], LedgerRefusal> {
        let before = self
        var all: [Booked] = []
        for transaction in transactions {
            if let refusal = Self.shapeRefusal(transaction) {
                self = before
                return .failure(refusal)
            }
            let book = transaction.book.value
            let sequence = (sequences[book] ?? 0) + 1
            let recordedAt = max(time, clocks[book] ?? 0)
            sequences[book] = sequence
            clocks[book] = recordedAt
            var booked = Booked(sequence: sequence, recordedAt: recordedAt, lines: [])
            for posting in transaction.postings {
                switch move(posting, transaction, sequence: sequence, recordedAt: recordedAt) {
                case .success(let line): booked.lines.append(line)
                case .failure(let refusal):
                    self = before
                    return .failure(refusal)
                }
            }
            all.append(booked)
        }
        return .success(all)
    }

    private mutating func move(
        _ posting: Posting, _ transaction: Transaction, sequence: Int64, recordedAt: Int64
    ) -> Result<Line, LedgerRefusal> {
        let book = transaction.book
        let source = Self.label(book, posting.currency, posting.source)
        let destination = Self.label(book, posting.currency, posting.destination)
        let gives = balance(source) - Int128(posting.amount)
        let takes = balance(destination) + Int128(posting.amount)
        guard let newSource = Int64(exactly: gives) else {
            return .failure(.overflow(AccountKey(book: book, currency: posting.currency, name: posting.source)))
        }
        guard let newDestination = Int64(exactly: takes) else {
            return .failure(.overflow(AccountKey(book: book, currency: posting.currency, name: posting.destination)))
        }
        var floors: [Int64] = []
        if Self.mayNotBeNegative(posting.source.text) { floors.append(0) }
        if let demand = transaction.floors[posting.source] { floors.append(demand) }
        if let floor = floors.max(), newSource < floor {
            let key = AccountKey(book: book, currency: posting.currency, name: posting.source)
            return .failure(.belowFloor(key, floor: floor, balance: newSource))
        }
        for (label, balance, amount) in [
            (source, gives, -Int128(posting.amount)), (destination, takes, Int128(posting.amount)),
        ] {
            if balances[label] == nil {
                balances[label] = [0]
                opened[book.value, default: []].append(label)
            }
            balances[label]?.append(balance)
            touched[label] = sequence
            changes[label, default: []].append(
                Change(
                    effectiveAt: transaction.effectiveAt.milliseconds, recordedAt: recordedAt, sequence: sequence,
                    amount: amount))
        }
        return .success(
            Line(
                source: number(source, book), destination: number(destination, book), sourceBalance: newSource,
                destinationBalance: newDestination))
    }

    private func number(_ label: String, _ book: BookKey) -> Int64 {
        Int64((opened[book.value] ?? []).firstIndex(of: label) ?? -1) + 1
    }

    /// The balance by definition: every change is looked at.
    func balance(_ label: String, effective: Int64?, knownAt: Int64?, through: Int64?) -> Int128 {
        var sum: Int128 = 0
        for change in changes[label] ?? [] {
            if let effective, change.effectiveAt > effective { continue }
            if let knownAt, change.recordedAt > knownAt { continue }
            if let through, change.sequence > through { continue }
            sum += change.amount
        }
        return sum
    }

    private static func mayNotBeNegative(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.last == "held" { return true }
        if parts.first == "wallet" && parts.count > 1 { return true }
        return parts.first == "reserve"
    }

    private static func shapeRefusal(_ transaction: Transaction) -> LedgerRefusal? {
        if transaction.postings.count == 0 { return .noPostings }
        if transaction.postings.count > 32 { return .tooManyPostings(transaction.postings.count) }
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-:")
        for posting in transaction.postings {
            for name in [posting.source.text, posting.destination.text] {
                if name.isEmpty || name.count > 96 || !name.allSatisfy({ allowed.contains($0) }) {
                    return .invalidAccountName(name)
                }
            }
            if posting.source.text == posting.destination.text { return .sameAccount(posting.source) }
            if posting.amount < 1 { return .nonPositiveAmount(posting.amount) }
        }
        return nil
    }
}

import Core
import Money

/// Checks a whole book against all rules of the ledger: what `florin verify` runs.
///
/// It is fed all accounts of the book first, then all transactions in order of sequence, then the head; all read in one
/// snapshot of the database. It keeps the accounts in memory, and of the transactions nothing.
///
///     var audit = LedgerAudit(book: book)
///     for account in accounts { audit.check(account) }
///     for transaction in transactions { audit.check(transaction) }
///     let findings = audit.finish(head: head)   // empty if all is well
///
/// It replays the balances from the amounts alone, with wide integers, and shares no arithmetic with ``LedgerState``.
public struct LedgerAudit: Sendable {
    /// The book that is checked.
    public let book: BookKey
    private var findings: [AuditFinding] = []
    private var findingsOmitted = 0
    private var replays: [AccountKey: Replay] = [:]
    private var identifiers: [Int64: AccountKey] = [:]
    private var rowCount: Int64 = 0
    private var sums: [Currency: Int128] = [:]
    private var chain: ChainVerifier
    private var hasTransactions = false

    /// An account's row beside what its postings lead to.
    private struct Replay: Sendable {
        let row: Account?
        var balance: Int128 = 0
        /// The balance if the last posting that disagreed was right and the replay wrong.
        var alternative: Int128?
        var lastSequence: Int64 = 0
        var hasCrossedFloor = false
    }

    /// An audit of a book that has not been fed anything yet.
    public init(book: BookKey) {
        self.book = book
        chain = ChainVerifier(book: book)
    }

    // MARK: Accounts

    /// Takes the next account of the book, in any order, before the first transaction.
    public mutating func check(_ account: Account) {
        invariant(!hasTransactions, "Feed an audit all accounts before the first transaction")
        let key = account.key
        rowCount += 1
        if key.book != book {
            find(.account, key, nil, "Account \(key) was stored among those of \(book).")
            return
        }
        if !key.name.isValid { find(.account, key, nil, "Account \(key) has a name that no account may have.") }
        if account.identifier < 1 {
            find(.account, key, nil, "Account \(key) has the number \(account.identifier); accounts count from 1.")
        }
        if let other = identifiers.updateValue(key, forKey: account.identifier) {
            find(.account, key, nil, "Account \(key) has the number \(account.identifier), which \(other) has too.")
        }
        if account.floor != FloorPolicy.floor(for: key.name) {
            let policy = Self.text(FloorPolicy.floor(for: key.name))
            find(.floor, key, nil, "Account \(key) has the floor \(Self.text(account.floor)) where \(policy) is due.")
        }
        if replays.updateValue(Replay(row: account), forKey: key) != nil {
            find(.account, key, nil, "Account \(key) has more than one row.")
        }
        sums[key.currency, default: 0] += Int128(account.balance)
    }

    // MARK: Transactions

    /// Takes the next transaction of the book.
    public mutating func check(_ recorded: RecordedTransaction) {
        chain.check(recorded)
        hasTransactions = true
        do throws(LedgerRefusal) {
            try recorded.transaction.validate()
        } catch {
            find(.shape, nil, recorded.sequence, "Transaction \(recorded.sequence) of \(book) is malformed: \(error)")
        }
        for posting in recorded.postings {
            replay(
                posting, by: -Int128(posting.posting.amount), to: posting.sourceBalance,
                identifier: posting.sourceAccount, name: posting.posting.source, at: recorded.sequence)
            replay(
                posting, by: Int128(posting.posting.amount), to: posting.destinationBalance,
                identifier: posting.destinationAccount, name: posting.posting.destination, at: recorded.sequence)
        }
    }

    /// Replays one side of a posting.
    private mutating func replay(
        _ posting: RecordedPosting, by change: Int128, to recordedBalance: Int64, identifier: Int64, name: AccountName,
        at sequence: Int64
    ) {
        let key = AccountKey(book: book, currency: posting.posting.currency, name: name)
        let place = "Posting \(posting.number) of transaction \(sequence)"
        var replay = replays[key] ?? Replay(row: nil)
        if let row = replay.row, row.identifier != identifier {
            let sentence = "\(place) names \(key) by the number \(identifier), but its number is \(row.identifier)."
            find(.account, key, sequence, sentence)
        } else if replay.row == nil, replay.lastSequence == 0 {
            find(.account, key, sequence, "\(place) moves \(key), which has no row.")
        }
        replay.lastSequence = sequence
        let found = Int128(recordedBalance)
        if let alternative = replay.alternative, alternative + change == found {
            replay.balance = found
            replay.alternative = nil
        } else {
            replay.balance += change
            replay.alternative = replay.balance == found ? nil : found
            if replay.balance != found {
                let sentence = "\(place) left \(key) at \(replay.balance), but says that it left it at \(found)."
                find(.balanceAfter, key, sequence, sentence)
            }
        }
        let isAgreed = replay.alternative == nil && !replay.hasCrossedFloor
        if change < 0, isAgreed, let floor = replay.row?.floor, replay.balance < Int128(floor) {
            replay.hasCrossedFloor = true
            find(.floor, key, sequence, "\(place) took \(key) to \(replay.balance), below its floor of \(floor).")
        }
        replays[key] = replay
    }

    // MARK: The end

    /// Ends the audit and gives all findings.
    ///
    /// First come the chain's, which are causes more often than effects; then those of single rows, in the order they
    /// were fed, of the accounts' balances, the sums and the head.
    public mutating func finish(head: BookHead?) -> [AuditFinding] {
        let head = head ?? BookHead(emptyBook: book)
        chain.finish(head: head)
        for key in replays.keys.sorted() { compareWithRow(key) }
        for currency in sums.keys.sorted() where sums[currency] != 0 {
            let sum = sums[currency] ?? 0
            find(.currencySum, nil, nil, "The \(currency.code) balances of \(book) sum to \(sum), not to zero.")
        }
        if head.accountCount != rowCount {
            let sentence = "The head of \(book) counts \(head.accountCount) accounts, but there are \(rowCount) rows."
            find(.account, nil, nil, sentence)
        }
        if let highest = identifiers.keys.max(), highest > head.accountCount, let key = identifiers[highest] {
            let sentence = "Account \(key) has the number \(highest), but \(book) counts \(head.accountCount) accounts."
            find(.account, key, nil, sentence)
        }
        return listed(chain.culprits.map(\.finding) + findings)
    }

    /// As many findings as an audit lists, and one that counts the rest.
    private func listed(_ all: [AuditFinding]) -> [AuditFinding] {
        var listed = Array(all.prefix(LedgerLimits.findingsMax))
        let omitted = all.count - listed.count + findingsOmitted + chain.culpritsOmitted
        if omitted > 0 {
            listed.append(
                AuditFinding(
                    book: book, sequence: nil, account: nil, check: .findingsOmitted,
                    sentence: "\(omitted) more findings in \(book) are not listed."))
        }
        return listed
    }

    private mutating func compareWithRow(_ key: AccountKey) {
        guard let replay = replays[key], let row = replay.row else { return }
        let balance = Int128(row.balance)
        if balance != replay.balance && balance != replay.alternative {
            let sentence = "Account \(key) has the balance \(row.balance), but its postings lead to \(replay.balance)."
            find(.accountBalance, key, nil, sentence)
        }
        if row.lastSequence != replay.lastSequence {
            let sentence =
                "Account \(key) says that transaction \(row.lastSequence) moved it last, "
                + "but it was \(replay.lastSequence)."
            find(.accountBalance, key, nil, sentence)
        }
    }

    private mutating func find(_ check: AuditCheck, _ account: AccountKey?, _ sequence: Int64?, _ sentence: String) {
        if findings.count < LedgerLimits.findingsMax {
            findings.append(
                AuditFinding(book: book, sequence: sequence, account: account, check: check, sentence: sentence))
        } else {
            findingsOmitted += 1
        }
        assert(findings.count <= LedgerLimits.findingsMax, "Findings are bounded")
    }

    private static func text(_ floor: Int64?) -> String { floor.map(String.init) ?? "none" }
}

extension ChainCulprit {
    /// What an audit says of it.
    fileprivate var finding: AuditFinding {
        AuditFinding(book: book, sequence: sequence, account: nil, check: difference.auditCheck, sentence: sentence)
    }
}

extension ChainDifference {
    /// The rule of an audit that is broken.
    fileprivate var auditCheck: AuditCheck {
        switch self {
        case .sequence, .missing, .outOfOrder, .headSequence: .sequence
        case .recordedAt, .headRecordedAt: .recordedAt
        case .book, .postingNumber, .previousHash, .hash, .contents, .headHash: .chain
        }
    }
}

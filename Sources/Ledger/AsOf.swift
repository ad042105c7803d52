public import Core
public import Money

/// Which transactions a balance counts: as of one moment, as known at another.
///
/// Each transaction has two times: when it took effect and when it was recorded. "What was available on Friday?" has
/// one answer on Friday and may have another on Monday, once a correction that takes effect on Friday has been
/// recorded. Both answers stay askable for ever:
///
/// **the balance of an account as of effective X, as known at Y = the sum of its moves with effectiveAt ≤ X among the
/// transactions that were recorded at or before Y.**
///
/// Recording times never fall along a book's sequence, so what was known at Y is a prefix of the book, and "known at"
/// may as well be said as a sequence.
public struct AsOf: Hashable, Sendable {
    /// How far the ledger's knowledge goes.
    public enum Known: Hashable, Sendable {
        /// All that is recorded.
        case now
        /// What was recorded at or before this moment.
        case at(Timestamp)
        /// What was recorded up to and with this transaction of the book.
        case through(sequence: Int64)
    }

    /// Count what took effect at or before this moment; nil counts everything known.
    public var effective: Timestamp?
    /// Count what was known then.
    public var known: Known

    /// Counts what took effect by `effective`, as far as `known` goes.
    public init(effective: Timestamp?, known: Known) {
        self.effective = effective
        self.known = known
    }

    /// Whether the ledger knew of the move.
    public func isKnown(_ move: AccountMove) -> Bool {
        switch known {
        case .now: true
        case .at(let time): move.recordedAt <= time
        case .through(let sequence): move.sequence <= sequence
        }
    }

    /// Whether the move had taken effect.
    public func isEffective(_ move: AccountMove) -> Bool { effective.map { move.effectiveAt <= $0 } ?? true }

    /// The balance by its definition: the sum of the moves of one account that were known and had taken effect.
    ///
    /// The moves may come in any order. nil if the sum does not fit into 64 bits.
    public func balance(of moves: some Sequence<AccountMove>) -> Int64? {
        var sum: Int128 = 0
        for move in moves where isKnown(move) && isEffective(move) { sum += Int128(move.change) }
        return Int64(exactly: sum)
    }

    /// The same balance from few rows: what the account stood at after its last known move, which is one index look-up,
    /// less the known moves that take effect later, which are the few of the last days.
    ///
    /// `later` may hold other moves of the account too; those do not count. nil if the result does not fit into 64
    /// bits.
    public func balance(standingAtKnown balance: Int64, later moves: some Sequence<AccountMove>) -> Int64? {
        var result = Int128(balance)
        for move in moves where isKnown(move) && !isEffective(move) { result -= Int128(move.change) }
        return Int64(exactly: result)
    }
}

/// One change of one account's balance.
public struct AccountMove: Hashable, Sendable {
    /// When it took effect.
    public let effectiveAt: Timestamp
    /// When it was recorded.
    public let recordedAt: Timestamp
    /// The sequence of its transaction in the book.
    public let sequence: Int64
    /// What the balance changed by: more than 0 for a destination, less than 0 for a source.
    public let change: Int64
    /// What the account stood at after it.
    public let balance: Int64

    /// A move as it was stored.
    public init(effectiveAt: Timestamp, recordedAt: Timestamp, sequence: Int64, change: Int64, balance: Int64) {
        self.effectiveAt = effectiveAt
        self.recordedAt = recordedAt
        self.sequence = sequence
        self.change = change
        self.balance = balance
    }
}

extension RecordedTransaction {
    /// What this transaction did to one account, in order of its postings.
    public func moves(of name: AccountName, _ currency: Currency) -> [AccountMove] {
        var moves: [AccountMove] = []
        for recorded in postings where recorded.posting.currency == currency {
            if recorded.posting.source == name {
                moves.append(move(by: -recorded.posting.amount, to: recorded.sourceBalance))
            }
            if recorded.posting.destination == name {
                moves.append(move(by: recorded.posting.amount, to: recorded.destinationBalance))
            }
        }
        return moves
    }

    private func move(by change: Int64, to balance: Int64) -> AccountMove {
        AccountMove(
            effectiveAt: transaction.effectiveAt, recordedAt: recordedAt, sequence: sequence, change: change,
            balance: balance)
    }
}

import Core
import Ledger

/// What a book's balances must be, by the definition: lists of moves that are added up.
struct NaiveBook {
    struct Move {
        let name: AccountName
        let change: Int64
        let sequence: Int64
        let effectiveAt: Timestamp
        let recordedAt: Timestamp
    }

    private(set) var moves: [Move] = []

    mutating func note(_ proposed: Transaction, sequence: Int64, recordedAt: Timestamp) {
        for posting in proposed.postings {
            for (name, change) in [(posting.source, -posting.amount), (posting.destination, posting.amount)] {
                moves.append(
                    Move(
                        name: name, change: change, sequence: sequence, effectiveAt: proposed.effectiveAt,
                        recordedAt: recordedAt))
            }
        }
    }

    func balance(_ name: AccountName, after sequence: Int64) -> Int64 {
        moves.reduce(0) { $0 + ($1.name == name && $1.sequence <= sequence ? $1.change : 0) }
    }

    func balance(_ name: AccountName, asOf effective: Timestamp, knownAt known: Timestamp) -> Int64 {
        moves.reduce(0) { sum, move in
            guard move.name == name, move.effectiveAt <= effective, move.recordedAt <= known else { return sum }
            return sum + move.change
        }
    }
}

import Core
import Ledger
import Money
import Testing

@Suite("Against a naive ledger")
struct PropertyTests {
    /// Four fixed seeds and a fresh one.
    static let seeds: [UInt64] = [1, 2, 3, 4, Environment.live.randomWord()]

    @Test("random transactions: the engine and the naive ledger agree on every balance and refusal", arguments: seeds)
    func agree(_ seed: UInt64) throws {
        var run = Run(seed: seed)
        while run.source.count < 6_000 { run.batch() }
        run.finish()
        // The run is worth something only if all of these happen in it.
        for outcome in ["booked", "overflow", "belowFloor", "sameAccount", "nonPositiveAmount", "invalidAccountName"] {
            #expect(run.outcomes[outcome, default: 0] > 0, "no \(outcome) with seed \(seed)")
        }
        #expect(run.outcomes["booked", default: 0] > 1_000, "seed \(seed)")
        #expect(run.refusedInTheMiddle > 20, "seed \(seed)")
    }

    /// A committer over rows in memory, beside the naive ledger.
    struct Run {
        let seed: UInt64
        let random: SeededGenerator
        var source: RandomTransactions
        var state = LedgerState()
        var naive = NaiveLedger()
        var rows = Rows()
        var outcomes: [String: Int] = [:]
        var refusedInTheMiddle = 0
        var clock: Int64 = 1_000

        init(seed: UInt64) {
            self.seed = seed
            random = SeededGenerator(seed: seed)
            source = RandomTransactions(random: random)
        }

        mutating func batch() {
            for _ in 0...random.below(10) {
                clock += Int64(random.below(50)) - 5
                group()
            }
            let changed = state.takeChanged()
            #expect(Set(changed.accounts.map(\.key)).count == changed.accounts.count, "seed \(seed)")
            #expect(Set(changed.heads.map(\.book)).count == changed.heads.count, "seed \(seed)")
            rows.write(changed)
            switch random.below(8) {
            case 0: state.forgetAll()
            case 1...3: state.evict(keepingAtMost: 1 + random.below(60))
            default: break
            }
        }

        mutating func group() {
            var group: [Transaction] = []
            for _ in 0..<(random.oneIn(3) ? 2 + random.below(4) : 1) {
                let naive = naive
                group.append(
                    source.next { key in
                        Int64(exactly: naive.balance(NaiveLedger.label(key.book, key.currency, key.name))) ?? 0
                    })
            }
            for transaction in group { rows.load(transaction, into: &state) }
            let before = group.map { Snapshot(state, $0) }
            let expected = naive.book(group, at: clock)
            do {
                let recorded =
                    group.count == 1
                    ? [try state.apply(group[0], recordedAt: time(clock))]
                    : try state.applyAll(group, recordedAt: time(clock))
                outcomes["booked", default: 0] += group.count
                #expect(.success(recorded.map(Self.naive)) == expected, "seed \(seed), \(group)")
                for each in recorded { rows.transactions[each.transaction.book, default: []].append(each) }
            } catch {
                outcomes[Self.name(error), default: 0] += 1
                if group.count > 1 { refusedInTheMiddle += 1 }
                #expect(.failure(error) == expected, "seed \(seed), \(group)")
                #expect(group.map { Snapshot(state, $0) } == before, "seed \(seed), \(group)")
            }
        }

        func finish() {
            var count = 0
            for (number, labels) in naive.opened {
                for (index, label) in labels.enumerated() {
                    let account = rows.accounts.values.first {
                        NaiveLedger.label($0.key.book, $0.key.currency, $0.key.name) == label
                    }
                    #expect(account?.identifier == Int64(index + 1), "seed \(seed), \(label)")
                    #expect(account.map { Int128($0.balance) } == naive.balance(label), "seed \(seed), \(label)")
                    #expect(account?.lastSequence == naive.touched[label], "seed \(seed), \(label)")
                }
                count += labels.count
                let head = rows.heads[BookKey(number)]
                #expect(head?.sequence == naive.sequences[number], "seed \(seed)")
                #expect(head?.lastRecordedAt.milliseconds == naive.clocks[number], "seed \(seed)")
                #expect(head?.accountCount == Int64(labels.count), "seed \(seed)")
            }
            #expect(count == rows.accounts.count, "seed \(seed)")
            for book in RandomTransactions.books {
                #expect(rows.audit(book).map(\.sentence) == [], "seed \(seed)")
            }
        }

        static func naive(_ recorded: RecordedTransaction) -> NaiveLedger.Booked {
            NaiveLedger.Booked(
                sequence: recorded.sequence, recordedAt: recorded.recordedAt.milliseconds,
                lines: recorded.postings.map {
                    NaiveLedger.Line(
                        source: $0.sourceAccount, destination: $0.destinationAccount, sourceBalance: $0.sourceBalance,
                        destinationBalance: $0.destinationBalance)
                })
        }

        static func name(_ refusal: LedgerRefusal) -> String {
            switch refusal {
            case .noPostings: "noPostings"
            case .tooManyPostings: "tooManyPostings"
            case .invalidText: "invalidText"
            case .invalidAccountName: "invalidAccountName"
            case .sameAccount: "sameAccount"
            case .nonPositiveAmount: "nonPositiveAmount"
            case .overflow: "overflow"
            case .belowFloor: "belowFloor"
            }
        }
    }

    /// What a state says about all that a transaction touches.
    struct Snapshot: Equatable {
        let head: BookHead?
        let accounts: [Account?]

        init(_ state: LedgerState, _ transaction: Transaction) {
            head = state.head(transaction.book)
            accounts = transaction.accountKeys.map { state.account($0) }
        }
    }

    @Test("as of: both ways to a balance in the past equal a replay, in any order of the moves", arguments: seeds)
    func asOf(_ seed: UInt64) {
        var run = Run(seed: seed)
        while run.source.count < 800 { run.batch() }
        let recorded = run.rows.transactions[book] ?? []
        for name in RandomTransactions.names.prefix(8) {
            let moves = recorded.flatMap { $0.moves(of: name, .usd) }
            let label = NaiveLedger.label(book, .usd, name)
            for _ in 0..<40 {
                let effective = run.random.oneIn(5) ? nil : Int64(run.random.below(110_000))
                let at = Int64(1_000 + run.random.below(20_000))
                let through = Int64(run.random.below(recorded.count + 2))
                let known: [AsOf.Known] = [.now, .at(time(at)), .through(sequence: through)]
                for known in known {
                    let asOf = AsOf(effective: effective.map { time($0) }, known: known)
                    let expected = run.naive.balance(
                        label, effective: effective, knownAt: known == .at(time(at)) ? at : nil,
                        through: known == .through(sequence: through) ? through : nil)
                    #expect(asOf.balance(of: moves) == Int64(exactly: expected), "seed \(seed), \(name), \(asOf)")
                    #expect(asOf.balance(of: moves.reversed()) == Int64(exactly: expected), "seed \(seed)")
                    let standing = moves.last { asOf.isKnown($0) }?.balance ?? 0
                    #expect(
                        asOf.balance(standingAtKnown: standing, later: moves) == Int64(exactly: expected),
                        "seed \(seed), \(name), \(asOf)")
                }
            }
        }
    }

    @Test("as of: a correction recorded on Monday changes Friday's balance as known on Monday, not as known on Friday")
    func correction() throws {
        var state = LedgerState()
        let (friday, monday) = (Int64(5_000), Int64(8_000))
        var recorded: [RecordedTransaction] = []
        for (amount, effective, at) in [(Int64(100), friday, friday), (30, friday - 1, monday), (7, monday, monday)] {
            recorded.append(
                try state.book(transaction([posting("a", "b", amount)], effectiveAt: effective), at: at))
        }
        let moves = recorded.flatMap { $0.moves(of: "b", .usd) }
        func balance(_ effective: Int64?, _ known: AsOf.Known) -> Int64? {
            AsOf(effective: effective.map { time($0) }, known: known).balance(of: moves)
        }
        #expect(balance(friday, .at(time(friday))) == 100)
        #expect(balance(friday, .at(time(monday))) == 130)
        #expect(balance(friday - 1, .now) == 30)
        #expect(balance(nil, .through(sequence: 2)) == 130)
        #expect(balance(nil, .now) == 137)
        #expect(recorded[0].moves(of: "b", eur).isEmpty)
        #expect(recorded[0].moves(of: "a", .usd).map(\.change) == [-100])
        let huge = AccountMove(effectiveAt: time(0), recordedAt: time(0), sequence: 1, change: .max, balance: .max)
        #expect(AsOf(effective: nil, known: .now).balance(of: [huge, huge]) == nil)
    }
}

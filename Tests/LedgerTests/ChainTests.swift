import Core
import Ledger
import Money
import Testing

/// A recorded transaction with all of its fields open, to damage them one by one.
struct Draft {
    var transaction: Transaction
    var sequence: Int64
    var recordedAt: Int64
    var postings: [RecordedPosting]
    var previousHash: [UInt8]
    var hash: [UInt8]

    init(_ recorded: RecordedTransaction) {
        transaction = recorded.transaction
        sequence = recorded.sequence
        recordedAt = recorded.recordedAt.milliseconds
        postings = recorded.postings
        previousHash = recorded.previousHash
        hash = recorded.hash
    }

    var recorded: RecordedTransaction {
        var transaction = transaction
        transaction.postings = postings.map(\.posting)
        return RecordedTransaction(
            transaction: transaction, sequence: sequence, recordedAt: time(recordedAt), postings: postings,
            previousHash: previousHash, hash: hash)
    }

    mutating func change(
        _ index: Int, number: Int? = nil, source: Int64? = nil, destination: Int64? = nil, sourceBalance: Int64? = nil,
        destinationBalance: Int64? = nil, _ change: (inout Posting) -> Void = { _ in }
    ) {
        let old = postings[index]
        var posting = old.posting
        change(&posting)
        postings[index] = RecordedPosting(
            posting: posting, number: number ?? old.number, sourceAccount: source ?? old.sourceAccount,
            destinationAccount: destination ?? old.destinationAccount,
            sourceBalance: sourceBalance ?? old.sourceBalance,
            destinationBalance: destinationBalance ?? old.destinationBalance)
    }

    static func damaged(_ recorded: RecordedTransaction, _ damage: (inout Draft) -> Void) -> RecordedTransaction {
        var draft = Draft(recorded)
        damage(&draft)
        return draft.recorded
    }
}

@Suite("The hash chain")
struct ChainTests {
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        let difference: ChainDifference
        let apply: @Sendable (inout Draft) -> Void
        var testDescription: String { name }

        init(_ name: String, _ difference: ChainDifference, _ apply: @escaping @Sendable (inout Draft) -> Void) {
            self.name = name
            self.difference = difference
            self.apply = apply
        }
    }

    /// One flipped bit in each field of transaction 3, and what names it.
    static let flips: [Damage] = [
        Damage("book", .book(found: BookKey(6))) { $0.transaction.book = BookKey(6) },
        Damage("sequence", .sequence(found: 2)) { $0.sequence = 2 },
        Damage("a far sequence", .sequence(found: .min + 3)) { $0.sequence = .min + 3 },
        Damage("id", .contents(.id)) { $0.transaction.id = "mtx_3" },
        Damage("kind", .contents(.kind)) { $0.transaction.kind = "chargd" },
        Damage("reference", .contents(.reference)) { $0.transaction.reference = "bh_1" },
        Damage("effectiveAt", .contents(.effectiveAt)) { $0.transaction.effectiveAt = time(1_001) },
        Damage("recordedAt", .contents(.recordedAt)) { $0.recordedAt ^= 1 << 40 },
        Damage("rate", .contents(.rate)) { $0.transaction.rate = "0.922" },
        Damage("currency", .contents(.posting(1, .currency))) { $0.change(1) { $0.currency = known("EUR") } },
        Damage("source", .contents(.posting(1, .source))) { $0.change(1) { $0.source = "gx" } },
        Damage("destination", .contents(.posting(0, .destination))) { $0.change(0) { $0.destination = "gx" } },
        Damage("amount", .contents(.posting(0, .amount))) { $0.change(0) { $0.amount ^= 8 } },
        Damage("source account", .contents(.posting(0, .sourceAccount))) {
            $0.change(0, source: $0.postings[0].sourceAccount ^ 4)
        },
        Damage("destination account", .contents(.posting(1, .destinationAccount))) {
            $0.change(1, destination: $0.postings[1].destinationAccount ^ 1)
        },
        Damage("source balance", .contents(.posting(1, .sourceBalance))) {
            $0.change(1, sourceBalance: $0.postings[1].sourceBalance ^ .min)
        },
        Damage("destination balance", .contents(.posting(0, .destinationBalance))) {
            $0.change(0, destinationBalance: $0.postings[0].destinationBalance ^ 1)
        },
        Damage("posting number", .postingNumber(1, found: 3)) { $0.change(1, number: 3) },
        Damage("previous hash", .previousHash) { $0.previousHash[31] ^= 1 },
        Damage("hash", .hash) { $0.hash[0] ^= 128 },
    ]

    /// Damage to transaction 3 beyond one bit.
    static let changes: [Damage] = [
        Damage("another rate", .contents(nil)) { $0.transaction.rate = nil },
        Damage("another amount", .contents(nil)) { $0.change(0) { $0.amount = 999_999 } },
        Damage("one posting less", .contents(nil)) { $0.postings.removeLast() },
        Damage("one posting more", .contents(nil)) {
            $0.postings.append($0.postings[0])
            $0.change(2, number: 2)
        },
        Damage("another hash", .hash) { $0.hash = $0.hash.reversed() },
    ]

    static func chain(_ count: Int = 5) throws -> (recorded: [RecordedTransaction], head: BookHead) {
        var state = LedgerState()
        var recorded: [RecordedTransaction] = []
        for index in 1...count {
            let postings = [
                posting("available", "fx", Int64(index) * 1_000), posting("fx", "available", 923, known("MUR")),
            ]
            recorded.append(
                try state.book(transaction(postings, id: "ltx_\(index)", rate: "0.923"), at: Int64(index) * 10))
        }
        return (recorded, try #require(state.head(book)))
    }

    /// What a verifier says about some transactions and a head.
    static func culprits(_ recorded: [RecordedTransaction], _ head: BookHead?) -> [ChainCulprit] {
        var verifier = ChainVerifier(book: book)
        for each in recorded { verifier.check(each) }
        verifier.finish(head: head)
        #expect(verifier.firstCulprit == verifier.culprits.first)
        return verifier.culprits
    }

    static func culprit(_ sequence: Int64, _ difference: ChainDifference) -> ChainCulprit {
        ChainCulprit(book: book, sequence: sequence, difference: difference)
    }

    @Test("encoding: two transactions hash to what another program computes from the documentation")
    func golden() throws {
        // Computed in Python with struct and hashlib from the table in ChainEncoder's documentation.
        let first = "53f0af4b3505a3684dd2160b073ad48527722e686e6c511668610534674dbf94"
        let second = "1cc5f0636ca00fe45565c427bc6b6021633167864dcbec2359fd6a43232c2d39"
        var state = LedgerState()
        let charge = [posting("clearing/card", "pending/2026-11-26", 1_000), posting("pending/2026-11-26", "fees", 59)]
        #expect(Hex.encode(try state.book(transaction(charge)).hash) == first)
        let exchange = [posting("fees", "fx", 50), posting("fx", "available", 46, eur)]
        let recorded = try state.book(transaction(exchange, id: "ltx_2", effectiveAt: -5, rate: "0.923"))
        #expect(Hex.encode(recorded.hash) == second)
        var encoder = ChainEncoder()
        #expect(encoder.hash(of: recorded, after: recorded.previousHash) == recorded.hash)
    }

    @Test("verifier: a whole chain has no culprit, from the start or from a trusted head")
    func whole() throws {
        let (recorded, head) = try Self.chain()
        #expect(Self.culprits(recorded, head).isEmpty)
        #expect(Self.culprits(recorded, nil).isEmpty)
        #expect(Self.culprits([], BookHead(emptyBook: book)).isEmpty)
        let trusted = BookHead(
            book: book, sequence: 3, hash: recorded[2].hash, accountCount: 4, lastRecordedAt: recorded[2].recordedAt)
        var verifier = ChainVerifier(after: trusted)
        for each in recorded[3...] { verifier.check(each) }
        verifier.finish(head: head)
        #expect(verifier.culprits.isEmpty)
    }

    @Test("verifier: one flipped bit in any field is named, and nothing else is accused", arguments: flips)
    func flipped(_ damage: Damage) throws {
        let (recorded, head) = try Self.chain()
        var stored = recorded
        stored[2] = Draft.damaged(recorded[2], damage.apply)
        #expect(Self.culprits(stored, head) == [Self.culprit(3, damage.difference)])
        // The last of what is read, with the head as the only witness, and without any.
        let early = BookHead(
            book: book, sequence: 3, hash: recorded[2].hash, accountCount: 4, lastRecordedAt: recorded[2].recordedAt)
        #expect(Self.culprits(Array(stored[...2]), early).first == Self.culprit(3, damage.difference))
        #expect(Self.culprits(Array(stored[...2]), nil) == [Self.culprit(3, damage.difference)])
    }

    @Test("verifier: other damage is named by its place", arguments: changes)
    func changed(_ damage: Damage) throws {
        let (recorded, head) = try Self.chain()
        var stored = recorded
        stored[2] = Draft.damaged(recorded[2], damage.apply)
        #expect(Self.culprits(stored, head) == [Self.culprit(3, damage.difference)])
        // A reader may take the previous hash from the row before instead of storing it twice.
        stored[3] = Draft.damaged(recorded[3]) { $0.previousHash = stored[2].hash }
        #expect(Self.culprits(stored, head) == [Self.culprit(3, damage.difference)])
    }

    @Test("verifier: any single bit of the first and the last transaction is found")
    func everyBit() throws {
        let (recorded, head) = try Self.chain(2)
        for index in [0, 1] {
            for bit in 0..<64 {
                let amounts: [(inout Draft) -> Void] = [
                    { $0.change(0) { $0.amount ^= 1 << bit } }, { $0.recordedAt ^= 1 << bit },
                    { $0.sequence ^= 1 << bit }, { $0.hash[bit % 32] ^= 1 << UInt8(bit % 8) },
                ]
                for damage in amounts {
                    var stored = recorded
                    stored[index] = Draft.damaged(recorded[index], damage)
                    let found = Self.culprits(stored, head)
                    #expect(found.map(\.sequence) == [Int64(index + 1)], "bit \(bit): \(found)")
                }
            }
        }
    }

    @Test("verifier: transactions that are missing, twice there, or exchanged are named")
    func order() throws {
        let (all, head) = try Self.chain()
        #expect(Self.culprits([all[0], all[2], all[3], all[4]], head) == [Self.culprit(2, .missing(through: 2))])
        #expect(Self.culprits([all[0], all[4]], head) == [Self.culprit(2, .missing(through: 4))])
        #expect(Self.culprits(Array(all[1...]), head) == [Self.culprit(1, .missing(through: 1))])
        #expect(Self.culprits(Array(all[..<3]), head) == [Self.culprit(4, .missing(through: 5))])
        #expect(Self.culprits([], head) == [Self.culprit(1, .missing(through: 5))])
        let twice = Self.culprits([all[0], all[0]] + all[1...], head)
        #expect(twice == [Self.culprit(2, .outOfOrder(found: 1))])
        let exchanged = Self.culprits([all[0], all[2], all[1], all[3], all[4]], head)
        #expect(exchanged.first == Self.culprit(2, .missing(through: 2)))
        let renumbered = Draft.damaged(all[2]) { $0.sequence = 2 }
        let cutOut = Self.culprits([all[0], renumbered, all[3], all[4]], head)
        #expect(cutOut.first == Self.culprit(2, .previousHash))
    }

    @Test("verifier: a head that does not fit is named")
    func heads() throws {
        let (all, head) = try Self.chain()
        func changed(sequence: Int64 = 5, hash: [UInt8]? = nil, at: Int64 = 50, book: BookKey = book) -> BookHead {
            BookHead(
                book: book, sequence: sequence, hash: hash ?? head.hash, accountCount: 4, lastRecordedAt: time(at))
        }
        #expect(Self.culprits(all, changed()).isEmpty)
        #expect(Self.culprits(all, changed(sequence: 4)) == [Self.culprit(5, .headSequence(found: 4))])
        #expect(Self.culprits(all, changed(hash: BookHead.noHash)) == [Self.culprit(5, .headHash)])
        #expect(Self.culprits(all, changed(at: 51)) == [Self.culprit(5, .headRecordedAt(time(50), found: time(51)))])
        #expect(Self.culprits(all, changed(book: BookKey(8))) == [Self.culprit(5, .book(found: BookKey(8)))])
    }

    @Test("verifier: two damaged transactions are both named")
    func both() throws {
        var (stored, head) = try Self.chain(8)
        stored[1] = Draft.damaged(stored[1]) { $0.change(0) { $0.amount = 5 } }
        stored[2] = Draft.damaged(stored[2]) { $0.transaction.kind = "gift" }
        stored[6] = Draft.damaged(stored[6]) { $0.hash[3] ^= 1 }
        let found = Self.culprits(stored, head)
        #expect(found == [Self.culprit(2, .contents(nil)), Self.culprit(3, .contents(nil)), Self.culprit(7, .hash)])
    }

    @Test("verifier: a chain written with a clock that went back is named, though its hashes fit")
    func clock() throws {
        var (stored, _) = try Self.chain(2)
        var encoder = ChainEncoder()
        stored[1] = Draft.damaged(stored[1]) { $0.recordedAt = 9 }
        stored[1] = Draft.damaged(stored[1]) { $0.hash = encoder.hash(of: stored[1], after: stored[0].hash) }
        #expect(Self.culprits(stored, nil) == [Self.culprit(2, .recordedAt(previous: time(10)))])
    }

    @Test("culprits: each says one sentence that names book, sequence and field")
    func sentences() {
        let expected: [(ChainDifference, String)] = [
            (.missing(through: 3), "Transaction 3 of book 7 is missing."),
            (.missing(through: 5), "Transactions 3 to 5 of book 7 are missing."),
            (.sequence(found: 9), "Transaction 3 of book 7 says that its sequence is 9."),
            (.contents(.posting(1, .amount)), "Transaction 3 of book 7 has one bit flipped in postings[1].amount."),
            (.hash, "Transaction 3 of book 7 has a damaged hash; its contents are as they were written."),
        ]
        for (difference, sentence) in expected { #expect(Self.culprit(3, difference).sentence == sentence) }
    }
}

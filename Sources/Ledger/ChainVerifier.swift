import Core

/// Checks the hash chain of a book: is fed its transactions in order of sequence, and names what differs.
///
///     var verifier = ChainVerifier(book: book)
///     for transaction in stored { verifier.check(transaction) }
///     verifier.finish(head: head)
///     if let culprit = verifier.firstCulprit { print(culprit.sentence) }
///
/// At most one culprit is named for each transaction. Then the verifier takes up the chain again, so that damage to one
/// transaction does not accuse those after it. Who is to blame when a transaction and its hash disagree, the
/// transaction or the hash, is settled by a witness: what the next transaction was hashed after, or the head's hash.
///
/// Someone who may write to the database can build the whole chain anew. Against that, keep a head elsewhere.
public struct ChainVerifier: Sendable {
    /// The book whose chain is checked.
    public let book: BookKey
    /// What was found, in order of sequence; at most ``LedgerLimits/findingsMax``.
    public private(set) var culprits: [ChainCulprit] = []
    /// How many culprits there were beyond the limit.
    public private(set) var culpritsOmitted = 0
    /// The sequence of the last transaction in its place, 0 before the first.
    private var sequence: Int64
    private var previousHash: [UInt8]
    /// The latest time at which a transaction that agrees with its hash was recorded.
    private var previousRecordedAt: Timestamp
    /// Whether the last transaction agrees with its hash.
    private var isLastSound = true
    private var suspect: Suspect?
    /// The stored hash of the previous transaction if it is damaged: a reader may give it as the previous hash.
    private var damagedHash: [UInt8]?
    private var encoder = ChainEncoder()

    /// A transaction that does not produce the hash it was stored with.
    private struct Suspect: Sendable {
        let recorded: RecordedTransaction
        let previousHash: [UInt8]
        let computed: [UInt8]
    }

    /// A verifier for a book from its first transaction on.
    public init(book: BookKey) { self.init(after: BookHead(emptyBook: book)) }

    /// A verifier for the transactions that follow a head which is known to be good.
    public init(after head: BookHead) {
        book = head.book
        sequence = head.sequence
        previousHash = head.hash
        previousRecordedAt = head.lastRecordedAt
    }

    /// What differs first, nil if nothing does so far.
    public var firstCulprit: ChainCulprit? { culprits.first }

    /// Checks the next transaction.
    public mutating func check(_ recorded: RecordedTransaction) {
        damagedHash = nil
        settleSuspect { verifier, computed in
            recorded.previousHash == computed || verifier.follows(recorded, computed)
        }
        // Sums of sequences wrap: a damaged one may be any number.
        let expected = sequence &+ 1
        let (isInPlace, placeDifference) = place(recorded, expected: expected)
        if !isInPlace {
            // Something is missing or out of order before this one: take up the chain from here.
            if let placeDifference { name(placeDifference, at: expected) }
            sequence = recorded.sequence &- 1
            previousHash = recorded.previousHash
        }
        let inPlace = recorded.placed(in: book, at: sequence &+ 1)
        let computed = encoder.hash(of: inPlace, after: previousHash)
        let difference =
            (isInPlace ? placeDifference : nil) ?? firstDifference(in: inPlace, isHashRight: computed == recorded.hash)
        sequence = inPlace.sequence
        if let difference {
            name(difference, at: inPlace.sequence)
        } else if computed != recorded.hash {
            suspect = Suspect(recorded: inPlace, previousHash: previousHash, computed: computed)
        }
        isLastSound = computed == recorded.hash
        if isLastSound { previousRecordedAt = max(previousRecordedAt, inPlace.recordedAt) }
        previousHash = recorded.hash
    }

    /// Ends the check: settles what was open, and compares with where the book's head says that the chain ends.
    public mutating func finish(head: BookHead?) {
        settleSuspect { _, computed in head?.hash == computed }
        guard let head else { return }
        if head.book != book { return name(.book(found: head.book), at: head.sequence) }
        if head.sequence > sequence {
            name(.missing(through: head.sequence), at: sequence &+ 1)
        } else if head.sequence < sequence {
            name(.headSequence(found: head.sequence), at: sequence)
        } else if head.hash != previousHash {
            name(.headHash, at: sequence)
        } else if isLastSound, head.lastRecordedAt != previousRecordedAt {
            name(.headRecordedAt(previousRecordedAt, found: head.lastRecordedAt), at: sequence)
        }
    }

    // MARK: What differs

    /// Whether this is the transaction with the expected sequence, even if it says otherwise, and what it says wrong.
    private mutating func place(_ recorded: RecordedTransaction, expected: Int64) -> (Bool, ChainDifference?) {
        let found = recorded.sequence
        if recorded.transaction.book != book { return (true, .book(found: recorded.transaction.book)) }
        if found == expected { return (true, nil) }
        let inPlace = recorded.placed(in: book, at: expected)
        if encoder.hash(of: inPlace, after: previousHash) == recorded.hash { return (true, .sequence(found: found)) }
        return (false, found > expected ? .missing(through: found - 1) : .outOfOrder(found: found))
    }

    private func firstDifference(in recorded: RecordedTransaction, isHashRight: Bool) -> ChainDifference? {
        for (index, posting) in recorded.postings.enumerated() where posting.number != index {
            return .postingNumber(index, found: posting.number)
        }
        if recorded.previousHash != previousHash, recorded.previousHash != damagedHash { return .previousHash }
        guard isHashRight else { return nil }
        if recorded.recordedAt < previousRecordedAt { return .recordedAt(previous: previousRecordedAt) }
        return nil
    }

    /// Whether a transaction was hashed as the one after a transaction with this hash.
    private mutating func follows(_ recorded: RecordedTransaction, _ hash: [UInt8]) -> Bool {
        encoder.hash(of: recorded.placed(in: book, at: sequence &+ 1), after: hash) == recorded.hash
    }

    /// Decides whether the suspect's contents or its stored hash were damaged, now that somebody may have built upon
    /// the hash that its contents produce.
    private mutating func settleSuspect(
        isWitness: (_ verifier: inout ChainVerifier, _ computed: [UInt8]) -> Bool
    ) {
        guard let suspect else { return }
        self.suspect = nil
        let stored = suspect.recorded.hash
        if isWitness(&self, suspect.computed) || isOneBitApart(stored, suspect.computed) {
            name(.hash, at: suspect.recorded.sequence)
            damagedHash = stored
            previousHash = suspect.computed
            previousRecordedAt = max(previousRecordedAt, suspect.recorded.recordedAt)
            isLastSound = true
            return
        }
        let field = encoder.fieldOfFlippedBit(in: suspect.recorded, after: suspect.previousHash, hash: stored)
        name(.contents(field), at: suspect.recorded.sequence)
    }

    private func isOneBitApart(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } == 1
    }

    private mutating func name(_ difference: ChainDifference, at sequence: Int64) {
        if culprits.count < LedgerLimits.findingsMax {
            culprits.append(ChainCulprit(book: book, sequence: sequence, difference: difference))
        } else {
            culpritsOmitted += 1
        }
        assert(culprits.count <= LedgerLimits.findingsMax, "Findings are bounded")
    }
}

extension RecordedTransaction {
    /// The same transaction with the book and the sequence of the place it was found at.
    fileprivate func placed(in book: BookKey, at sequence: Int64) -> RecordedTransaction {
        if transaction.book == book, self.sequence == sequence { return self }
        var transaction = transaction
        transaction.book = book
        return RecordedTransaction(
            transaction: transaction, sequence: sequence, recordedAt: recordedAt, postings: postings,
            previousHash: previousHash, hash: hash)
    }
}

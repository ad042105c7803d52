public import Core

extension LedgerState {
    /// Books a transaction: all of its postings in their order, or none.
    ///
    /// Each posting is checked against the balances that the ones before it left, so money that passes through a
    /// floored account has to arrive before it leaves. A floor only stops a posting that draws; an account that is
    /// below its floor already can always receive. If the clock went back, the transaction is recorded at the time of
    /// the book's previous one.
    ///
    /// The head of the book and all accounts named must be known, else it traps.
    ///
    /// - throws: the first ``LedgerRefusal`` in order of precedence; then nothing has changed.
    public mutating func apply(
        _ transaction: Transaction, recordedAt: Timestamp
    ) throws(LedgerRefusal) -> RecordedTransaction {
        journal.clear()
        do throws(LedgerRefusal) {
            return try book(transaction, recordedAt: recordedAt)
        } catch {
            rollBack()
            throw error
        }
    }

    /// Books several transactions in their order, or none of them.
    ///
    /// - throws: what ``apply(_:recordedAt:)`` throws for the first transaction that is refused; then nothing has
    ///   changed, in any of their books.
    public mutating func applyAll(
        _ transactions: [Transaction], recordedAt: Timestamp
    ) throws(LedgerRefusal) -> [RecordedTransaction] {
        journal.clear()
        var recorded: [RecordedTransaction] = []
        recorded.reserveCapacity(transactions.count)
        do throws(LedgerRefusal) {
            for transaction in transactions { recorded.append(try book(transaction, recordedAt: recordedAt)) }
        } catch {
            rollBack()
            throw error
        }
        return recorded
    }

    /// Books a transaction and notes in the journal what it overwrites; a refusal leaves it half done.
    private mutating func book(
        _ transaction: Transaction, recordedAt: Timestamp
    ) throws(LedgerRefusal) -> RecordedTransaction {
        try transaction.validate()
        guard let slot = headIndex[transaction.book] else {
            preconditionFailure("Load the head of \(transaction.book) before applying \(transaction.id)")
        }
        clock += 1
        var head = heads[slot].head
        invariant(head.sequence < .max, "\(transaction.book) has no sequence left")
        head.sequence += 1
        head.lastRecordedAt = max(recordedAt, head.lastRecordedAt)
        var postings: [RecordedPosting] = []
        postings.reserveCapacity(transaction.postings.count)
        for posting in transaction.postings {
            postings.append(try move(posting, number: postings.count, in: transaction, head: &head))
        }
        let previousHash = head.hash
        head.hash = encoder.hash(
            transaction, sequence: head.sequence, recordedAt: head.lastRecordedAt, postings: postings,
            after: previousHash)
        change(head: slot, to: head)
        var fact = transaction
        if !fact.floors.isEmpty { fact.floors = [:] }
        return RecordedTransaction(
            transaction: fact, sequence: head.sequence, recordedAt: head.lastRecordedAt, postings: postings,
            previousHash: previousHash, hash: head.hash)
    }

    private mutating func move(
        _ posting: Posting, number: Int, in transaction: Transaction, head: inout BookHead
    ) throws(LedgerRefusal) -> RecordedPosting {
        let source = slot(transaction.source(of: posting), transaction)
        let destination = slot(transaction.destination(of: posting), transaction)
        let (sourceBalance, underflow) = accounts[source].account.balance.subtractingReportingOverflow(posting.amount)
        if underflow { throw .overflow(accounts[source].account.key) }
        let (destinationBalance, overflow) =
            accounts[destination].account.balance.addingReportingOverflow(posting.amount)
        if overflow { throw .overflow(accounts[destination].account.key) }
        if let floor = floor(of: source, in: transaction), sourceBalance < floor {
            throw .belowFloor(accounts[source].account.key, floor: floor, balance: sourceBalance)
        }
        change(account: source, toBalance: sourceBalance, head: &head)
        change(account: destination, toBalance: destinationBalance, head: &head)
        assert(posting.amount > 0 && source != destination, "Transaction.validate() refuses it otherwise")
        return RecordedPosting(
            posting: posting, number: number, sourceAccount: accounts[source].account.identifier,
            destinationAccount: accounts[destination].account.identifier, sourceBalance: sourceBalance,
            destinationBalance: destinationBalance)
    }

    private func slot(_ key: AccountKey, _ transaction: Transaction) -> Int {
        guard let slot = accountIndex[key] else {
            preconditionFailure("Load \(key), or load it as absent, before applying \(transaction.id)")
        }
        return slot
    }

    /// The higher of the account's own floor and the transaction's demand.
    private func floor(of slot: Int, in transaction: Transaction) -> Int64? {
        let own = accounts[slot].account.floor
        guard !transaction.floors.isEmpty, let demand = transaction.floors[accounts[slot].account.key.name] else {
            return own
        }
        return max(own ?? demand, demand)
    }

    private mutating func change(account slot: Int, toBalance balance: Int64, head: inout BookHead) {
        journal.note(accounts[slot], slot: slot)
        if !accounts[slot].isOpen {
            head.accountCount += 1
            accounts[slot].account.identifier = head.accountCount
        }
        assert(accounts[slot].account.identifier <= head.accountCount, "An older head was loaded than its accounts")
        assert(accounts[slot].account.lastSequence <= head.sequence, "An older head was loaded than its accounts")
        accounts[slot].account.balance = balance
        accounts[slot].account.lastSequence = head.sequence
        accounts[slot].lastUsed = clock
        if !accounts[slot].isChanged {
            accounts[slot].isChanged = true
            changedAccounts.append(slot)
        }
    }

    private mutating func change(head slot: Int, to head: BookHead) {
        assert(head.sequence == heads[slot].head.sequence + 1, "Sequences have no gaps")
        assert(head.accountCount >= heads[slot].head.accountCount, "Accounts are never closed")
        journal.note(heads[slot], slot: slot)
        heads[slot].head = head
        heads[slot].lastUsed = clock
        if !heads[slot].isChanged {
            heads[slot].isChanged = true
            changedHeads.append(slot)
        }
    }
}

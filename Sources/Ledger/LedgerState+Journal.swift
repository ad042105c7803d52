import Core

/// What the transactions that are being booked have overwritten, oldest first.
struct Journal: Sendable {
    /// An account before a change.
    struct AccountNote: Sendable {
        let slot: Int
        let identifier: Int64
        let balance: Int64
        let lastSequence: Int64
        let wasChanged: Bool
    }

    /// A head before a change.
    struct HeadNote: Sendable {
        let slot: Int
        let head: BookHead
        let wasChanged: Bool
    }

    private(set) var accounts: [AccountNote] = []
    private(set) var heads: [HeadNote] = []

    mutating func note(_ slot: AccountSlot, slot index: Int) {
        accounts.append(
            AccountNote(
                slot: index, identifier: slot.account.identifier, balance: slot.account.balance,
                lastSequence: slot.account.lastSequence, wasChanged: slot.isChanged))
    }

    mutating func note(_ slot: HeadSlot, slot index: Int) {
        heads.append(HeadNote(slot: index, head: slot.head, wasChanged: slot.isChanged))
    }

    mutating func clear() {
        accounts.removeAll(keepingCapacity: true)
        heads.removeAll(keepingCapacity: true)
    }
}

extension LedgerState {
    /// Undoes everything that the journal has noted, newest first.
    mutating func rollBack() {
        for note in journal.accounts.reversed() {
            accounts[note.slot].account.identifier = note.identifier
            accounts[note.slot].account.balance = note.balance
            accounts[note.slot].account.lastSequence = note.lastSequence
            guard !note.wasChanged else { continue }
            accounts[note.slot].isChanged = false
            let last = changedAccounts.popLast()
            invariant(last == note.slot, "Accounts are marked as changed in the order of the journal")
        }
        for note in journal.heads.reversed() {
            heads[note.slot].head = note.head
            guard !note.wasChanged else { continue }
            heads[note.slot].isChanged = false
            let last = changedHeads.popLast()
            invariant(last == note.slot, "Heads are marked as changed in the order of the journal")
        }
        journal.clear()
    }
}

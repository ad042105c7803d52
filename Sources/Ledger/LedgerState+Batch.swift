import Core

extension LedgerState {
    /// The accounts and heads that changed since the last call, each once, in order of their first change.
    ///
    /// Accounts that were opened since are among them: the store inserts or replaces. The state takes them for
    /// written, so if they are not, call ``forgetAll()``.
    public mutating func takeChanged() -> (accounts: [Account], heads: [BookHead]) {
        var changed: (accounts: [Account], heads: [BookHead]) = ([], [])
        changed.accounts.reserveCapacity(changedAccounts.count)
        for slot in changedAccounts {
            invariant(accounts[slot].isChanged && accounts[slot].isOpen, "Only a posting changes an account")
            accounts[slot].isChanged = false
            changed.accounts.append(accounts[slot].account)
        }
        changed.heads.reserveCapacity(changedHeads.count)
        for slot in changedHeads {
            invariant(heads[slot].isChanged, "Only a transaction changes a head")
            heads[slot].isChanged = false
            changed.heads.append(heads[slot].head)
        }
        changedAccounts.removeAll(keepingCapacity: true)
        changedHeads.removeAll(keepingCapacity: true)
        return changed
    }

    /// Bounds the memory between batches: if more than `maximum` accounts are known, the ones unused for longest are
    /// forgotten until three quarters of `maximum` are left; and the same for heads.
    ///
    /// What changed and was not taken yet always stays. The quarter makes the cost of this constant per account loaded.
    public mutating func evict(keepingAtMost maximum: Int) {
        precondition(maximum > 0, "Keep at least one account: use forgetAll() to forget everything")
        journal.clear()
        let target = max(maximum / 4 * 3, 1)
        if accounts.count > maximum { evictAccounts(leaving: target) }
        if heads.count > maximum { evictHeads(leaving: target) }
    }

    private mutating func evictAccounts(leaving target: Int) {
        let unused = accounts.indices.filter { !accounts[$0].isChanged }
        let evicted = Set(Self.oldest(unused, count: accounts.count - target) { accounts[$0].lastUsed })
        var kept: [AccountSlot] = []
        kept.reserveCapacity(accounts.count - evicted.count)
        var moved: [Int: Int] = [:]
        for slot in accounts.indices {
            let key = accounts[slot].account.key
            if evicted.contains(slot) {
                accountIndex[key] = nil
            } else {
                if accounts[slot].isChanged { moved[slot] = kept.count }
                accountIndex[key] = kept.count
                kept.append(accounts[slot])
            }
        }
        accounts = kept
        changedAccounts = changedAccounts.compactMap { moved[$0] }
        assert(changedAccounts.count == moved.count, "What changed stays")
        assert(accounts.count == accountIndex.count, "Each account has one slot")
    }

    private mutating func evictHeads(leaving target: Int) {
        let unused = heads.indices.filter { !heads[$0].isChanged }
        let evicted = Set(Self.oldest(unused, count: heads.count - target) { heads[$0].lastUsed })
        var kept: [HeadSlot] = []
        kept.reserveCapacity(heads.count - evicted.count)
        var moved: [Int: Int] = [:]
        for slot in heads.indices {
            let book = heads[slot].head.book
            if evicted.contains(slot) {
                headIndex[book] = nil
            } else {
                if heads[slot].isChanged { moved[slot] = kept.count }
                headIndex[book] = kept.count
                kept.append(heads[slot])
            }
        }
        heads = kept
        changedHeads = changedHeads.compactMap { moved[$0] }
        assert(changedHeads.count == moved.count, "What changed stays")
        assert(heads.count == headIndex.count, "Each head has one slot")
    }

    private static func oldest(_ slots: [Int], count: Int, lastUsed: (Int) -> UInt64) -> [Int] {
        let ordered = slots.sorted { (lastUsed($0), $0) < (lastUsed($1), $1) }
        return Array(ordered.prefix(max(count, 0)))
    }
}

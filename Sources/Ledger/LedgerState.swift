import Core

/// The working set of a committer: the accounts and book heads that were loaded, with what has been applied to them.
///
/// A committer loads what its transactions name, applies them in order, and at the end writes the accounts and heads
/// that changed, each once, however many transactions moved them:
///
///     var ledger = LedgerState()
///     for key in transaction.accountKeys where !ledger.knows(key) {
///         if let row = rows[key] { ledger.load(row) } else { ledger.loadAbsent(key) }
///     }
///     if !ledger.knows(transaction.book) { ledger.load(BookHead(emptyBook: transaction.book)) }
///     let recorded = try ledger.apply(transaction, recordedAt: now)
///     let changed = ledger.takeChanged()
///
/// If the database then refuses the batch, the state is ahead of it: ``forgetAll()`` and load again.
///
/// How it works: accounts lie in an array, and a dictionary gives each key its slot. Each change notes in a journal
/// what it overwrites, and a refusal plays the journal back, so nothing is copied for the sake of all or nothing.
public struct LedgerState: Sendable {
    var accounts: [AccountSlot] = []
    var accountIndex: [AccountKey: Int] = [:]
    var heads: [HeadSlot] = []
    var headIndex: [BookKey: Int] = [:]
    /// Slots that changed since ``takeChanged()``, in order of their first change.
    var changedAccounts: [Int] = []
    var changedHeads: [Int] = []
    var journal = Journal()
    var encoder = ChainEncoder()
    /// Rises by one with each transaction: the age of what was used before.
    var clock: UInt64 = 0

    /// A state that knows nothing.
    public init() {}

    // MARK: What is known

    /// Whether the account was loaded, or is known not to exist yet.
    public func knows(_ key: AccountKey) -> Bool { accountIndex[key] != nil }

    /// Whether the book's head was loaded.
    public func knows(_ book: BookKey) -> Bool { headIndex[book] != nil }

    /// The account as it stands now; nil if it is not known or not opened yet.
    public func account(_ key: AccountKey) -> Account? {
        guard let slot = accountIndex[key], accounts[slot].isOpen else { return nil }
        return accounts[slot].account
    }

    /// The book's head as it stands now; nil if it is not known.
    public func head(_ book: BookKey) -> BookHead? { headIndex[book].map { heads[$0].head } }

    /// How many accounts are known, those known to be absent included.
    public var accountCount: Int { accounts.count }

    /// How many heads are known.
    public var headCount: Int { heads.count }

    /// Whether something changed that ``takeChanged()`` has not given out yet.
    public var hasChanges: Bool { !changedAccounts.isEmpty || !changedHeads.isEmpty }

    // MARK: Loading

    /// Makes an account known as it was stored.
    ///
    /// An account that is known and has unwritten changes may not be loaded over: ask ``knows(_:)-(AccountKey)`` first.
    public mutating func load(_ account: Account) {
        invariant(account.identifier > 0, "\(account.key) was stored with the identifier \(account.identifier)")
        put(account)
    }

    /// Makes known that an account does not exist yet.
    ///
    /// The first posting to name it opens it, with the floor that ``FloorPolicy`` gives its name.
    public mutating func loadAbsent(_ key: AccountKey) {
        invariant(account(key) == nil, "\(key) exists in the working set: ask knows(_:) before loadAbsent(_:)")
        let floor = FloorPolicy.floor(for: key.name)
        put(Account(key: key, identifier: 0, balance: 0, floor: floor, lastSequence: 0))
    }

    /// Makes a book's head known as it was stored, or as ``BookHead/init(emptyBook:)``.
    public mutating func load(_ head: BookHead) {
        invariant(head.hash.count == BookHead.hashLength, "The head of \(head.book) has a hash of 32 bytes")
        invariant(head.sequence >= 0 && head.accountCount >= 0, "The head of \(head.book) counts from 0")
        if let slot = headIndex[head.book] {
            invariant(!heads[slot].isChanged, "\(head.book) has unwritten changes: ask knows(_:) before load(_:)")
            heads[slot] = HeadSlot(head: head, lastUsed: clock)
        } else {
            headIndex[head.book] = heads.count
            heads.append(HeadSlot(head: head, lastUsed: clock))
        }
        assert(heads.count == headIndex.count, "Each head has one slot")
    }

    private mutating func put(_ account: Account) {
        if let slot = accountIndex[account.key] {
            invariant(
                !accounts[slot].isChanged, "\(account.key) has unwritten changes: ask knows(_:) before load(_:)")
            accounts[slot] = AccountSlot(account: account, lastUsed: clock)
        } else {
            accountIndex[account.key] = accounts.count
            accounts.append(AccountSlot(account: account, lastUsed: clock))
        }
        assert(accounts.count == accountIndex.count, "Each account has one slot")
    }

    // MARK: Forgetting

    /// Forgets everything, unwritten changes too: the state after a batch that the database did not take.
    public mutating func forgetAll() {
        accounts.removeAll(keepingCapacity: true)
        accountIndex.removeAll(keepingCapacity: true)
        heads.removeAll(keepingCapacity: true)
        headIndex.removeAll(keepingCapacity: true)
        changedAccounts.removeAll(keepingCapacity: true)
        changedHeads.removeAll(keepingCapacity: true)
        journal.clear()
        assert(!hasChanges && accountCount == 0 && headCount == 0, "Nothing is left")
    }
}

/// An account of the working set.
struct AccountSlot: Sendable {
    /// The account; its identifier is 0 until it is opened.
    var account: Account
    var isChanged = false
    /// The state's clock when the account was last moved or loaded.
    var lastUsed: UInt64

    init(account: Account, lastUsed: UInt64) {
        self.account = account
        self.lastUsed = lastUsed
    }

    var isOpen: Bool { account.identifier > 0 }
}

/// A book's head in the working set.
struct HeadSlot: Sendable {
    var head: BookHead
    var isChanged = false
    var lastUsed: UInt64

    init(head: BookHead, lastUsed: UInt64) {
        self.head = head
        self.lastUsed = lastUsed
    }
}

import Core
import Crypto
import Storage
import Synchronization

/// The keys of one owner, ready for use.
struct KeySet: Sendable {
    /// The key that encrypts.
    let current: DataKey
    private let keys: [Int64: DataKey]

    /// Nil when there are none.
    init?(_ keys: [DataKey]) {
        guard let newest = keys.max(by: { $0.number < $1.number }) else { return nil }
        current = newest
        self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.number, $0) })
    }

    subscript(number: Int64) -> DataKey? { keys[number] }
}

/// One key, ready for use.
struct DataKey: Sendable {
    let number: Int64
    let key: SymmetricKey
    let createdAt: Timestamp

    /// Whether the key has encrypted for as long as it may.
    func isWornOut(at now: Timestamp, _ owner: KeyOwner) -> Bool {
        guard let days = owner.lifetimeDays else { return false }
        return createdAt.adding(days: days) <= now
    }
}

/// Opens the keys that the database holds, makes new ones, and keeps those in use in memory.
final class Keyring: Sendable {
    private struct State {
        var known = BoundedCache<KeyOwner, KeySet>(capacity: VaultLimits.keySetsCached)
        /// One task for each owner whose key is being made, so that a thousand first cards make one key.
        var making: [KeyOwner: Task<Result<KeySet, VaultError>, Never>] = [:]
    }

    private let state = Mutex(State())
    private let keyFile: SealedKeyFile
    private let store: Store
    private let environment: Environment

    init(keyFile: SealedKeyFile, store: Store, environment: Environment) {
        self.keyFile = keyFile
        self.store = store
        self.environment = environment
    }

    /// The keys of an owner with one that may encrypt now; makes it when there is none.
    nonisolated(nonsending) func forSealing(_ owner: KeyOwner) async throws(VaultError) -> KeySet {
        let now = environment.now()
        let (known, making) = state.withLock { state -> (KeySet?, Task<Result<KeySet, VaultError>, Never>?) in
            if let keys = state.known[owner], !keys.current.isWornOut(at: now, owner) { return (keys, nil) }
            if let running = state.making[owner] { return (nil, running) }
            let task = Task {
                let result = await self.loadOrMake(owner)
                self.state.withLock { state in
                    state.making[owner] = nil
                    if case .success(let keys) = result { state.known.insert(keys, for: owner) }
                }
                return result
            }
            state.making[owner] = task
            return (nil, task)
        }
        if let known { return known }
        guard let making else { preconditionFailure("Keys are either known or being made") }
        return try await making.value.get()
    }

    /// The key that encrypted something of this owner; nil when there is none.
    nonisolated(nonsending) func forOpening(_ owner: KeyOwner, number: Int64) async throws(VaultError) -> DataKey? {
        if let key = state.withLock({ $0.known[owner]?[number] }) { return key }
        return try await open(owner)?[number]
    }

    /// Opens the keys that an owner has; nil when there are none.
    @discardableResult
    nonisolated(nonsending) func open(_ owner: KeyOwner) async throws(VaultError) -> KeySet? {
        guard let keys = KeySet(try await load(owner)) else { return nil }
        state.withLock { $0.known.insert(keys, for: owner) }
        return keys
    }

    private func loadOrMake(_ owner: KeyOwner) async -> Result<KeySet, VaultError> {
        do throws(VaultError) {
            for _ in 0..<VaultLimits.commitTriesMax {
                let keys = try await load(owner)
                if let set = KeySet(keys), !set.current.isWornOut(at: environment.now(), owner) { return .success(set) }
                guard keys.count < VaultLimits.dataKeysPerOwner else {
                    return .failure(.unavailable(detail: "merchant \(owner.merchant.value) has too many data keys"))
                }
                let last = keys.map(\.number).max() ?? 0
                if let made = try await make(owner, number: last + 1), let set = KeySet(keys + [made]) {
                    return .success(set)
                }
            }
            return .failure(.unavailable(detail: "others keep making keys of merchant \(owner.merchant.value)"))
        } catch {
            return .failure(error)
        }
    }

    /// Makes a key durable; nil when another process made one of this number.
    private func make(_ owner: KeyOwner, number: Int64) async throws(VaultError) -> DataKey? {
        let made = DataKey(number: number, key: Envelope.makeKey(environment), createdAt: environment.now())
        let row = WrappedKey(
            owner: owner, number: number, sealedBy: keyFile.keyID,
            wrapped: keyFile.wrap(made.key, for: owner, number: number, environment), createdAt: made.createdAt)
        var change = Change(requires: [.absent(WrappedKey.table, key: row.key)])
        change.insert(row)
        do throws(CommitError) {
            _ = try await store.commit(change)
        } catch .conflict {
            return nil
        } catch {
            throw VaultError(committing: error)
        }
        return made
    }

    private nonisolated(nonsending) func load(_ owner: KeyOwner) async throws(VaultError) -> [DataKey] {
        let rows: [WrappedKey]
        do {
            rows = try await store.read { try await WrappedKey.all(of: owner, $0) }
        } catch {
            throw VaultError(reading: error)
        }
        return try unwrap(rows, owner)
    }

    private func unwrap(_ rows: [WrappedKey], _ owner: KeyOwner) throws(VaultError) -> [DataKey] {
        var keys: [DataKey] = []
        for row in rows {
            guard row.sealedBy == keyFile.keyID else {
                throw .otherKeyFile(found: keyFile.keyID, needed: row.sealedBy)
            }
            guard let key = keyFile.unwrap(row.wrapped, for: owner, number: row.number) else {
                throw .damaged(
                    detail: "\(owner.purpose) key \(row.number) of merchant \(owner.merchant.value) does not open")
            }
            keys.append(DataKey(number: row.number, key: key, createdAt: row.createdAt))
        }
        return keys
    }
}

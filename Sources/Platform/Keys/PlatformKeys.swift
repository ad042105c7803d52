public import Core
public import Payments
public import Storage
import Synchronization

/// Who a key belongs to. Keys and merchants are kept in memory for some seconds, so a request needs no read.
public final class PlatformKeys: Sendable {
    /// A known key and its merchant.
    public struct Entry: Sendable {
        public let kind: APIKey.Kind
        public let merchant: Merchant
    }

    private struct Cached {
        let entry: Entry?
        let until: Timestamp
    }

    private static let lifetimeMs: Int64 = 5_000
    private static let entriesMax = 10_000

    private let cache = Mutex<[String: Cached]>([:])
    private let store: Store
    private let environment: Environment

    public init(store: Store, environment: Environment) {
        self.store = store
        self.environment = environment
    }

    /// The owner of a key, nil when nobody has it.
    public func entry(for key: String) async throws -> Entry? {
        let now = environment.now()
        if let cached = cache.withLock({ $0[key] }), cached.until > now { return cached.entry }
        let digest = APIKey.digest(of: key)
        let entry = try await store.read { reader -> Entry? in
            let keys = try await reader.select(
                APIKey.self, where: "digest = ?", [.blob(digest)], orderBy: "merchant", limit: 1)
            guard let found = keys.first else { return nil }
            let merchants = try await reader.select(
                Merchant.self, where: "merchant = ?", [.integer(found.merchant.value)], orderBy: "id", limit: 1)
            return merchants.first.map { Entry(kind: found.kind, merchant: $0) }
        }
        cache.withLock { cache in
            if cache.count >= Self.entriesMax { cache.removeAll() }
            cache[key] = Cached(entry: entry, until: now.adding(milliseconds: Self.lifetimeMs))
        }
        return entry
    }
}

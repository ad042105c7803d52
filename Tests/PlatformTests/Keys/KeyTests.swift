import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Keys and the installation")
struct KeyTests {
    @Test("a key finds its merchant, and what it may do; another text finds nobody")
    func entries() async throws {
        let world = try await World()
        let keys = PlatformKeys(store: world.store, environment: world.clock.environment())
        let secret = try #require(try await keys.entry(for: World.keys.secret))
        #expect(secret.kind == .secret)
        #expect(secret.merchant == world.merchant)
        #expect(try await keys.entry(for: World.keys.publishable)?.kind == .publishable)
        #expect(try await keys.entry(for: World.keys.secret + "x") == nil)
        #expect(try await keys.entry(for: "") == nil)
        await world.close()
    }

    @Test("a key that is removed is known for five seconds more, and one that is new at once or after them")
    func cache() async throws {
        let world = try await World()
        let keys = PlatformKeys(store: world.store, environment: world.clock.environment())
        #expect(try await keys.entry(for: World.keys.secret) != nil)
        #expect(try await keys.entry(for: "sk_test_new") == nil)
        var change = Change()
        change.delete(
            from: APIKey.table, key: [.integer(1), .blob(APIKey.digest(of: World.keys.secret))])
        change.insert(
            APIKey(merchant: MerchantKey(1), key: "sk_test_new", kind: .secret, createdAt: world.clock.now))
        _ = try await world.store.commit(change)
        world.clock.advance(milliseconds: 4_999)
        #expect(try await keys.entry(for: World.keys.secret) != nil)
        world.clock.advance(milliseconds: 1)
        #expect(try await keys.entry(for: World.keys.secret) == nil)
        #expect(try await keys.entry(for: "sk_test_new") != nil)
        await world.close()
    }

    @Test("keys lie in the database as digests only")
    func digests() async throws {
        let world = try await World()
        await world.close()
        #expect(try await world.folder.contains(world.merchant.account.text), "the search finds what is there")
        #expect(try await !world.folder.contains(World.keys.secret))
        #expect(try await !world.folder.contains(World.keys.publishable))
        #expect(APIKey.digest(of: "abc").prefix(4) == [0xba, 0x78, 0x16, 0xbf], "SHA-256, FIPS 180-4")
    }

    @Test("new keys are of test mode, 32 random digits, and no two the same")
    func newKeys() {
        let keys = (0..<100).map { _ in Installation.newKeys(.live) }
        #expect(Set(keys.flatMap { [$0.secret, $0.publishable] }).count == 200)
        for key in keys {
            #expect(key.secret.hasPrefix("sk_test_51") && key.secret.utf8.count == 42)
            #expect(key.publishable.hasPrefix("pk_test_51") && key.publishable.utf8.count == 42)
        }
    }

    @Test("an installation is found once it was made")
    func installation() async throws {
        let folder = try TestFolder()
        let environment = TestClock().environment()
        let store = try await folder.openStore(environment)
        #expect(try await !Installation.exists(in: store))
        try await Installation.make(
            World.keys, in: store, fees: .standard, apiVersion: "2025-10-29.clover", environment: environment)
        #expect(try await Installation.exists(in: store))
        await store.close()
    }
}

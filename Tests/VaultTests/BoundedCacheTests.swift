import Testing

@testable import Vault

@Suite("Bounded cache")
struct BoundedCacheTests {
    @Test("the oldest value makes room for the newest")
    func eviction() {
        var cache = BoundedCache<Int, String>(capacity: 3)
        for key in 1...7 {
            cache.insert("\(key)", for: key)
            #expect(cache.count == min(key, 3))
        }
        #expect([4, 5, 6, 7].map { cache[$0] } == [nil, "5", "6", "7"])
    }

    @Test("a value under a known key is replaced, and moves nobody out")
    func replacement() {
        var cache = BoundedCache<Int, String>(capacity: 2)
        cache.insert("a", for: 1)
        cache.insert("b", for: 2)
        cache.insert("c", for: 1)
        #expect([1, 2].map { cache[$0] } == ["c", "b"])
        cache.insert("d", for: 3)
        #expect([1, 2, 3].map { cache[$0] } == [nil, "b", "d"])
    }
}

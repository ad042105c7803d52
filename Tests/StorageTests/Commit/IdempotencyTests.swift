import Core
import Storage
import Testing

/// A claim of `shop`'s by a request made at a moment.
func claim(
    _ key: String, request: String = "req_1", of merchant: MerchantKey = shop, objectID: String? = nil
) -> IdempotencyClaim {
    IdempotencyClaim(
        merchant: merchant, key: key, fingerprint: [1, 0, 255], requestID: request, createdAt: Timestamp(seconds: 5),
        objectID: objectID)
}

@Suite("Idempotency keys")
struct IdempotencyTests {
    let folder: TestFolder
    let store: Store
    let reply = IdempotentReply(status: 200, body: Array(#"{"id":"pi_1"}"#.utf8))

    init() async throws {
        folder = try TestFolder()
        store = try await folder.open()
    }

    private func stored(_ key: String, of merchant: MerchantKey = shop) async throws -> StoredIdempotency? {
        try await store.read { try await $0.idempotency(merchant: merchant, key: key) }
    }

    @Test("a claim is known without an answer, then with it, byte for byte")
    func claimThenAnswer() async throws {
        #expect(try await stored("key") == nil)
        let mine = claim("key", objectID: "pi_1")
        _ = try await store.commit(Change(idempotency: .claim(mine)))
        #expect(try await stored("key") == StoredIdempotency(claim: mine, reply: nil))
        let bytes = IdempotentReply(status: 402, body: [0, 10, 13, 34, 92, 128, 255])
        _ = try await store.commit(Change(idempotency: .answer(mine, bytes)))
        #expect(try await stored("key") == StoredIdempotency(claim: mine, reply: bytes))
        await store.close()
    }

    @Test("claim and answer in one Change")
    func claimAndAnswer() async throws {
        let mine = claim("key")
        _ = try await store.commit(Change(idempotency: .claimAndAnswer(mine, reply)))
        #expect(try await stored("key") == StoredIdempotency(claim: mine, reply: reply))
        await store.close()
    }

    @Test("a key in use refuses every other claim of the merchant's, and what came with it")
    func inUse() async throws {
        let first = claim("key")
        _ = try await store.commit(Change(idempotency: .claim(first)))
        for write in [
            IdempotencyWrite.claim(claim("key", request: "req_2")),
            .claimAndAnswer(claim("key", request: "req_2"), reply),
            .claim(first),
        ] {
            var change = Note("note_1").inserted
            change.events = [event()]
            change.idempotency = write
            await #expect(throws: CommitError.idempotencyKeyInUse) { try await store.commit(change) }
        }
        #expect(try await store.notes().isEmpty)
        #expect(try await store.events().isEmpty)
        #expect(try await stored("key")?.claim == first)
        _ = try await store.commit(Change(idempotency: .claim(claim("key", of: otherShop))))
        _ = try await store.commit(Change(idempotency: .claim(claim("KEY", request: "req_3"))))
        await store.close()
    }

    @Test("of two claims of a key in one batch the first stands")
    func claimsInOneBatch() async throws {
        let changes = (1...3).map { number in
            var change = Note("note_\(number)").inserted
            change.idempotency = .claim(claim("key", request: "req_\(number)"))
            return change
        }
        let results = try await store.commitTogether(changes)
        #expect(results.map(\.failure) == [nil, .idempotencyKeyInUse, .idempotencyKeyInUse])
        #expect(try await store.notes().map(\.id) == ["note_1"])
        #expect(try await stored("key")?.claim.requestID == "req_1")
        await store.close()
    }

    @Test("the first answer stays")
    func firstAnswerStays() async throws {
        let mine = claim("key")
        _ = try await store.commit(Change(idempotency: .claimAndAnswer(mine, reply)))
        let second = IdempotentReply(status: 500, body: [])
        _ = try await store.commit(Change(idempotency: .answer(mine, second)))
        #expect(try await stored("key")?.reply == reply)

        let other = claim("other", request: "req_2")
        _ = try await store.commit(Change(idempotency: .claim(other)))
        let results = try await store.commitTogether([
            Change(idempotency: .answer(other, second)), Change(idempotency: .answer(other, reply)),
        ])
        #expect(results.map(\.failure) == [nil, nil])
        #expect(try await stored("other")?.reply == second)
        await store.close()
    }

    @Test("answered keys older than a moment are forgotten, oldest first and so many at a time")
    func expiry() async throws {
        let clock = TestClock()
        let environment = clock.environment()
        for number in 1...6 {
            let request = IdentifierText.make(prefix: "req", time: clock.now, environment)
            let mine = claim("key_\(number)", request: request)
            _ = try await store.commit(Change(idempotency: .claimAndAnswer(mine, reply)))
            let theirs = claim("key_\(number)", request: request, of: otherShop)
            _ = try await store.commit(Change(idempotency: .claimAndAnswer(theirs, reply)))
            clock.advance(milliseconds: 1_000)
        }
        let bound = TestClock().now.adding(milliseconds: 4_000)
        for expected in [["key_1", "key_2", "key_3"], ["key_4"], []] {
            let expired = try await store.read {
                try await $0.forgettingIdempotency(merchant: shop, before: bound, limit: 3)
            }
            #expect(expired?.writes.count ?? 0 == expected.count * 2, "a claim and an answer each")
            if let expired { _ = try await store.commit(expired) }
            for key in expected { #expect(try await stored(key) == nil) }
        }
        #expect(try await stored("key_5")?.reply == reply, "made at the moment itself")
        #expect(try await stored("key_1", of: otherShop)?.reply == reply)
        _ = try await store.commit(Change(idempotency: .claim(claim("key_1", request: "req_new"))))
        await store.close()
    }
}

import Core
import Storage
import Testing

@testable import API

@Suite("Idempotency")
struct IdempotencyTests {
    private struct Refused: Error {}

    private func claim(_ fingerprint: UInt8 = 1, requestID: String = "req_2") -> IdempotencyClaim {
        IdempotencyClaim(
            merchant: MerchantKey(7), key: "k", fingerprint: [fingerprint], requestID: requestID,
            createdAt: TestAPI.now, objectID: nil)
    }

    private func call(_ claim: IdempotencyClaim?) -> Call {
        Call(
            key: AuthenticatedKey(id: "key", kind: .secret, merchant: TestAPI.merchant), requestID: "req_2",
            apiVersion: APIVersion.latest, now: TestAPI.now, path: "/v1/x", parameters: .empty,
            pathParameters: PathParameters(names: [], values: []), claim: claim, clientAddress: nil)
    }

    private let reply = IdempotentReply(status: 402, body: [1, 2])

    @Test("a stored record decides: replay, another request, still running, or its own")
    func decisions() {
        func stored(_ fingerprint: UInt8, _ id: String, _ reply: IdempotentReply?) -> EarlierRequest {
            EarlierRequest(fingerprint: [fingerprint], requestID: id, reply: reply)
        }
        #expect(
            Idempotency.decide(claim(), stored(1, "req_1", reply))
                == .replay(Reply(status: 402, body: [1, 2], originalRequest: "req_1", isReplay: true)))
        #expect(Idempotency.decide(claim(), stored(2, "req_1", reply)) == .refuse(.idempotencyMismatch(key: "k")))
        #expect(Idempotency.decide(claim(), stored(2, "req_1", nil)) == .refuse(.idempotencyMismatch(key: "k")))
        #expect(Idempotency.decide(claim(), stored(1, "req_1", nil)) == .refuse(.idempotencyKeyInUse(key: "k")))
        #expect(Idempotency.decide(claim(), stored(1, "req_2", nil)) == .own)
    }

    @Test("a request that succeeds looks nothing up")
    func hotPath() async throws {
        let answer = try await replayOrRun(call(claim())) { _ in
            Issue.record("looked up")
            return nil
        } run: { _ in
            .ok([9])
        }
        #expect(answer == .ok([9]))
    }

    @Test("a failure is answered with the first answer when there is one")
    func replay() async throws {
        let stored = EarlierRequest(fingerprint: [1], requestID: "req_1", reply: reply)
        let answer = try await replayOrRun(call(claim())) { _ in
            stored
        } run: { _ in
            throw Refused()
        }
        #expect(answer.isReplay)
        #expect(answer.originalRequest == "req_1")
        #expect(answer.kept == reply)
    }

    @Test("a failure stands when the key was never used, is its own, or when there is none")
    func failures() async {
        await #expect(throws: Refused.self) {
            try await replayOrRun(call(claim())) { _ in
                nil
            } run: { _ in
                throw Refused()
            }
        }
        let own = EarlierRequest(fingerprint: [1], requestID: "req_2", reply: nil)
        await #expect(throws: Refused.self) {
            try await replayOrRun(call(claim())) { _ in
                own
            } run: { _ in
                throw Refused()
            }
        }
        await #expect(throws: Refused.self) {
            try await replayOrRun(call(nil)) { _ in
                own
            } run: { _ in
                throw Refused()
            }
        }
    }

    @Test("a failure is answered 409 while the first request runs, 400 when it was another")
    func refusals() async {
        let running = EarlierRequest(fingerprint: [1], requestID: "req_1", reply: nil)
        await #expect(throws: APIError.idempotencyKeyInUse(key: "k")) {
            try await replayOrRun(call(claim())) { _ in
                running
            } run: { _ in
                throw Refused()
            }
        }
        let other = EarlierRequest(fingerprint: [3], requestID: "req_1", reply: reply)
        await #expect(throws: APIError.idempotencyMismatch(key: "k")) {
            try await replayOrRun(call(claim())) { _ in
                other
            } run: { _ in
                throw Refused()
            }
        }
    }

    @Test("fingerprints tell method, path and parameters apart")
    func fingerprints() throws {
        let schema = Schema([.optional("a", .string)])
        func fingerprint(_ method: Route.Method, _ path: String, _ query: String) throws -> [UInt8] {
            Idempotency.fingerprint(
                method: method, path: path, parameters: try schema.validate(Form(query: query)))
        }
        let first = try fingerprint(.post, "/v1/a", "a=1")
        #expect(first.count == 32)
        #expect(try fingerprint(.post, "/v1/a", "a=%31") == first)
        for (method, path, query) in [
            (Route.Method.delete, "/v1/a", "a=1"), (.post, "/v1/b", "a=1"), (.post, "/v1/a", "a=2"),
            (.post, "/v1/a", ""),
        ] {
            #expect(try fingerprint(method, path, query) != first)
        }
    }
}

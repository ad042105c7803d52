import Core
import Synchronization
import Testing

@testable import florin

@Suite("The API client")
struct APIClientTests {
    private func client(_ server: StubServer, timeoutSeconds: Int64 = 10) -> APIClient {
        APIClient(ServerAddress(host: "127.0.0.1", port: server.port), key: "sk_test_1", timeoutSeconds: timeoutSeconds)
    }

    @Test("a POST sends what an SDK sends, and reads the answer")
    func post() async throws {
        let server = try await StubServer.start { request in
            let expected = [
                "authorization": "Bearer sk_test_1", "idempotency-key": "key-1",
                "content-type": "application/x-www-form-urlencoded", "stripe-version": APIClient.apiVersion,
            ]
            for (name, value) in expected where request.headers[name] != value {
                return .json(400, "{\"wrong\":\"\(name)\"}")
            }
            return .answer(
                status: 200, body: "{\"method\": \"\(request.method) \(request.uri)\", \"body\": \"\(request.body)\"}",
                headers: ["Idempotent-Replayed": "true"])
        }
        let answer = try await client(server).post("/v1/x", ["a[b]": "1 & 2", "c": "ü"], idempotencyKey: "key-1")
        #expect(answer.status == 200)
        #expect(answer.body["method"]?.string == "POST /v1/x")
        #expect(answer.body["body"]?.string == "a%5Bb%5D=1%20%26%202&c=%C3%BC")
        #expect(answer.isReplay)
        #expect(answer.requestID == "req_stub")
        await server.stop()
    }

    @Test("errors: the kind and the text")
    func errors() async throws {
        let server = try await StubServer.start { _ in
            .json(
                402,
                "{\"error\": {\"type\": \"card_error\", \"code\": \"card_declined\", \"decline_code\": \"lost_card\", "
                    + "\"message\": \"Your card was declined.\"}}")
        }
        let answer = try await client(server).get("/v1/x", ["limit": "1"])
        #expect(!answer.isSuccess)
        #expect(answer.errorKind == "402 card_declined lost_card")
        #expect(answer.errorText == "402 card_declined lost_card: Your card was declined. (req_stub)")
        await server.stop()
    }

    @Test("a lost connection, a silent server, an absent one, and what is no JSON")
    func failures() async throws {
        let server = try await StubServer.start { request in
            switch request.uri {
            case "/hangup": .hangUp
            case "/silence": .silence
            default: .answer(status: 200, body: "<html>", headers: [:])
            }
        }
        let client = client(server, timeoutSeconds: 1)
        await #expect(throws: APIClientError.connectionLost) { try await client.get("/hangup") }
        await #expect(throws: APIClientError.timedOut(seconds: 1)) { try await client.get("/silence") }
        await #expect(throws: APIClientError.malformedAnswer("status 200, no JSON: <html>")) {
            try await client.get("/html")
        }
        await server.stop()
        let absent = APIClient(ServerAddress(host: "127.0.0.1", port: server.port), key: "k", timeoutSeconds: 1)
        do {
            _ = try await absent.get("/")
            Issue.record("nobody listens there")
        } catch {
            guard case .cannotConnect = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("lists are read page by page until the last one")
    func pages() async throws {
        let server = try await StubServer.start { request in
            if request.uri.contains("starting_after=b") {
                .json(200, "{\"data\": [{\"id\": \"c\"}], \"has_more\": false}")
            } else {
                .json(200, "{\"data\": [{\"id\": \"a\"}, {\"id\": \"b\"}], \"has_more\": true}")
            }
        }
        var ids: [String] = []
        try await client(server).forEach("/v1/things", ["created[gte]": "1"]) { ids.append($0["id"]?.string ?? "") }
        #expect(ids == ["a", "b", "c"])
        await server.stop()
    }

    @Test("many at once")
    func concurrency() async throws {
        let server = try await StubServer.start { .json(200, "{\"uri\": \"\($0.uri)\"}") }
        let client = client(server)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask { try await client.get("/\(number)").body["uri"]?.string == "/\(number)" }
            }
            for try await isRight in group { #expect(isRight) }
        }
        client.close()
        await server.stop()
    }
}

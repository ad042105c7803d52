import NIOCore
import Synchronization
import Testing

@testable import florin

@Suite("The load generator")
struct LoadClientTests {
    private static let key = "sk_test_1"

    private func address(_ server: StubServer) -> ServerAddress { ServerAddress(host: "127.0.0.1", port: server.port) }

    private func payments(_ address: ServerAddress, connections: Int) -> PaymentsLoad {
        PaymentsLoad(
            template: PaymentTemplate(address: address, key: Self.key, expiryYear: 2040), connections: connections,
            seed: 7)
    }

    /// Answers a payment request as a server would, with an id made of the card number.
    @Sendable private static func pay(_ request: StubRequest, status: String) -> StubReply {
        let fields = Dictionary(
            request.body.split(separator: "&").map { field -> (String, String) in
                let parts = field.split(separator: "=", maxSplits: 1)
                return (String(parts[0]), String(parts.last ?? ""))
            }, uniquingKeysWith: { first, _ in first })
        let card = fields["payment_method_data[card][number]"] ?? ""
        let amount = fields["amount"] ?? ""
        guard fields["confirm"] == "true", fields["currency"] == "usd", card.count == 16, amount.count == 4,
            request.headers["idempotency-key"]?.count == 36,
            fields["automatic_payment_methods[allow_redirects]"] == "never"
        else { return .json(400, "{\"error\": {\"type\": \"invalid_request_error\"}}") }
        return .json(200, "{\"id\": \"pi_\(card)\", \"amount\": \(amount), \"status\": \"\(status)\"}")
    }

    @Test("payments are counted, timed and remembered, and every one is different")
    func acknowledged() async throws {
        let server = try await StubServer.start { Self.pay($0, status: "succeeded") }
        let client = LoadClient([address(server)], connections: 4)
        let ticks = Mutex(0)
        let result = try await client.run(payments(client.addresses[0], connections: 4), seconds: 0.3) { _ in
            ticks.withLock { $0 += 1 }
        }
        let memory = result.script.memory
        #expect(result.record.errors.isEmpty)
        #expect(result.record.completed > 0)
        #expect(result.record.completed == memory.ids.count)
        #expect(Set(memory.ids).count == memory.ids.count)
        #expect(memory.amounts.allSatisfy { (1_000...9_999).contains($0) })
        #expect(result.record.latency.p50 > 0)
        #expect(result.record.latency.p50 <= result.record.latency.max)
        #expect(result.record.rate > 0)
        #expect(ticks.withLock { $0 } > 0)
        await client.close()
        await server.stop()
    }

    @Test("several servers share the connections in turn")
    func turns() async throws {
        var servers: [StubServer] = []
        let heard = Mutex([Int: Set<String>]())
        for number in 0..<3 {
            servers.append(
                try await StubServer.start { request in
                    heard.withLock { _ = $0[number, default: []].insert(request.headers["connection-number"] ?? "") }
                    return .json(200, "{}")
                })
        }
        let client = LoadClient(servers.map(address), connections: 8)
        let result = try await client.run(NumberedLoad(), seconds: 0.3)
        #expect(result.record.failed == 0)
        #expect(heard.withLock { $0 } == [0: ["0", "3", "6"], 1: ["1", "4", "7"], 2: ["2", "5"]])
        await client.close()
        for server in servers { await server.stop() }
    }

    @Test("what is not success is an error of its kind")
    func errors() async throws {
        let number = Mutex(0)
        let server = try await StubServer.start { request in
            let turn = number.withLock { number in
                number += 1
                return number
            }
            switch turn % 5 {
            case 0: return Self.pay(request, status: "processing")
            case 1: return .json(402, "{\"error\": {\"code\": \"card_declined\", \"decline_code\": \"lost_card\"}}")
            case 2: return .json(503, "{\"error\": {\"type\": \"api_error\"}}")
            case 3: return .hangUp
            default: return Self.pay(request, status: "succeeded")
            }
        }
        let client = LoadClient([address(server)], connections: 2)
        let result = try await client.run(payments(client.addresses[0], connections: 2), seconds: 0.6)
        let errors = result.record.errors
        #expect(errors["402 card_declined lost_card", default: 0] > 0)
        #expect(errors["503 api_error", default: 0] > 0)
        #expect(errors["connection lost", default: 0] > 0)
        #expect(errors["200 processing", default: 0] > 0)
        #expect(result.record.completed == result.script.memory.ids.count)
        #expect(result.script.memory.promised.count == errors["200 processing", default: 0])
        let doubtful = errors["503 api_error", default: 0] + errors["connection lost", default: 0]
        #expect(result.script.memory.doubtful.count == doubtful)
        await client.close()
        await server.stop()
    }

    @Test("a server that is not there is an error, and the run ends")
    func absent() async throws {
        let server = try await StubServer.start { _ in .silence }
        await server.stop()
        let client = LoadClient([address(server)], connections: 2)
        let result = try await client.run(HealthLoad(address: client.addresses[0], key: Self.key), seconds: 2)
        #expect(result.record.completed == 0)
        #expect(result.record.errors["cannot connect", default: 0] >= 2)
        await client.close()
    }

    @Test("seconds are told apart, kinds of error are bounded")
    func record() {
        var record = LoadRecord(startedAt: 1_000_000_000)
        for index in 0..<10 { record.succeeded(from: 1_000_000_000, to: 1_000_000_000 + UInt64(index) * 300_000_000) }
        #expect(record.perSecond == [4, 3, 3])
        #expect(record.curve == [4, 3])
        #expect(record.completed == 10)
        #expect(record.progress(at: 3_000_000_000).rate == 3)
        for index in 0..<200 { record.failed("kind \(index)", at: 5_000_000_000) }
        #expect(record.errors.count == LoadRecord.errorKindsMax + 1)
        #expect(record.failed == 200)
    }

    @Test("points of a distribution")
    func latency() {
        var record = LoadRecord(startedAt: 0)
        for milliseconds in 1...1_000 { record.succeeded(from: 0, to: UInt64(milliseconds) * 1_000_000) }
        let latency = record.latency
        for (value, expected) in [(latency.p50, 500), (latency.p90, 900), (latency.p99, 990), (latency.max, 1_000)] {
            #expect(abs(Double(value) / 1_000_000 - Double(expected)) < Double(expected) * 0.002)
        }
        #expect(LoadRecord(startedAt: 0).latency.max == 0)
    }
}

/// A load whose requests tell which connection they come over.
private struct NumberedLoad: LoadScript {
    mutating func write(connection: Int, into request: inout ByteBuffer) {
        request.writeString("GET / HTTP/1.1\r\nHost: a\r\nConnection-Number: \(connection)\r\n\r\n")
    }

    mutating func judge(_ response: HTTPResponse, connection: Int) -> String? { nil }

    mutating func lost(connection: Int) {}
}

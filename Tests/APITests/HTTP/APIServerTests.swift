import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import API

/// The server on a real socket: what only a connection can show.
@Suite("APIServer")
struct APIServerTests {
    private static let routes: [Route] = [
        .post("/v1/things", Schema([.optional("a", .string)])) { call in
            .ok(Array((call.parameters.string("a") ?? "-").utf8))
        },
        .get("/v1/address") { call in .ok(Array((call.clientAddress ?? "-").utf8)) },
    ]

    /// Runs a server on a free port while `body` runs, then stops it.
    private func withServer(
        _ routes: [Route] = routes, _ settings: APIServer.Settings = APIServer.Settings(),
        _ body: @escaping @Sendable (_ port: Int, _ group: ServiceGroup) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let application = APIServer.application(TestAPI(routes).responder, settings: settings, logger: logger) {
            port.yield($0)
        }
        let services = ServiceGroup(configuration: .init(services: [application], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await services.run() }
            for await port in ports {
                try await body(port, services)
                break
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func post(_ body: String, length: Int? = nil, isLast: Bool = true) -> String {
        """
        POST /v1/things HTTP/1.1\r
        Host: test\r
        Authorization: Bearer sk_test_secret\r
        Content-Type: application/x-www-form-urlencoded\r
        Content-Length: \(length ?? body.utf8.count)\(isLast ? "\r\nConnection: close" : "")\r
        \r
        \(body)
        """
    }

    @Test("a request over a socket is answered, and the connection is kept until the client ends it")
    func keepAlive() async throws {
        try await withServer { port, _ in
            let text = try await Wire.exchange(port, [post("a=1", isLast: false) + post("a=2")])
            #expect(text.components(of: "HTTP/1.1 200 OK") == 2)
            #expect(text.contains("\r\n\r\n1HTTP/1.1"))
            #expect(text.hasSuffix("\r\n\r\n2"))
            #expect(text.lowercased().contains("\r\ndate: "))
            let address = try await Wire.exchange(
                port,
                [
                    "GET /v1/address HTTP/1.1\r\nHost: t\r\n"
                        + "Authorization: Bearer sk_test_secret\r\nConnection: close\r\n\r\n"
                ])
            #expect(address.hasSuffix("\r\n\r\n127.0.0.1"))
        }
    }

    @Test("a body in chunks of one byte is read whole")
    func chunked() async throws {
        try await withServer { port, _ in
            let head =
                "POST /v1/things HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer sk_test_secret\r\n"
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            let chunks = "a=xyz".map { "1\r\n\($0)\r\n" }
            let text = try await Wire.exchange(port, [head] + chunks + ["0\r\n\r\n"])
            #expect(text.hasSuffix("\r\n\r\nxyz"))
        }
    }

    @Test("a sender that stops half-way is told 408, and nothing was done")
    func silentSender() async throws {
        var settings = APIServer.Settings()
        settings.requestDeadlineMs = 1_500
        let calls = Locked(0)
        let routes: [Route] = [
            .post("/v1/things", Schema([.optional("a", .string)])) { _ in
                calls.withLock { $0 += 1 }
                return .ok([])
            }
        ]
        try await withServer(routes, settings) { port, _ in
            let text = try await Wire.exchange(port, [post("a=12", length: 100, isLast: false)])
            #expect(text.hasPrefix("HTTP/1.1 408 Request Timeout"))
            #expect(text.contains("did not arrive within"))
            #expect(text.contains("\r\nRequest-Id: req_"))
            #expect(text.components(of: "HTTP/1.1") == 1)
        }
        #expect(calls.withLock { $0 } == 0)
    }

    @Test("a sender that goes on byte by byte is told 408 as well")
    func dribblingSender() async throws {
        var settings = APIServer.Settings()
        settings.requestDeadlineMs = 1_500
        try await withServer(Self.routes, settings) { port, _ in
            let text = try await Wire.exchange(port, [post("a=", length: 200_000, isLast: false)], dribble: "x")
            #expect(text.hasPrefix("HTTP/1.1 408 Request Timeout"))
        }
    }

    @Test("a connection that says nothing is closed")
    func idle() async throws {
        var settings = APIServer.Settings()
        settings.idleTimeoutMs = 60
        try await withServer(Self.routes, settings) { port, _ in
            for parts in [[], ["POST /v1/thi"]] {
                let text = try await Wire.exchange(port, parts)
                #expect(text.isEmpty)
            }
        }
    }

    @Test("a client that goes away in the middle of a body has done nothing")
    func halfRequest() async throws {
        let calls = Locked(0)
        let routes: [Route] = [
            .post("/v1/things", Schema([.optional("a", .string)])) { _ in
                calls.withLock { $0 += 1 }
                return .ok([])
            }
        ]
        try await withServer(routes) { port, _ in
            _ = try await Wire.exchange(port, [post("a=12", length: 100)], endsInput: true)
            let head =
                "POST /v1/things HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer sk_test_secret\r\n"
                + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            _ = try await Wire.exchange(port, [head + "4\r\na=12\r\n"], endsInput: true)
            _ = try await Wire.exchange(port, [head + "zz\r\na=12\r\n"])
        }
        #expect(calls.withLock { $0 } == 0)
    }

    @Test("a body beyond the limit is refused at once, and is not read for ever")
    func hugeBody() async throws {
        try await withServer { port, _ in
            let told = try await Wire.exchange(port, [post("", length: 1_000_000_000)], endsInput: true)
            #expect(told.hasPrefix("HTTP/1.1 400"))
            #expect(told.contains("larger than 262144 bytes"))
            let head =
                "POST /v1/things HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer sk_test_secret\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
            let chunk = "10000\r\n" + String(repeating: "a", count: 65_536) + "\r\n"
            let untold = try await Wire.exchange(port, [head], dribble: chunk)
            #expect(untold.isEmpty || untold.hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test("headers beyond their limits are refused")
    func hugeHeaders() async throws {
        try await withServer { port, _ in
            let long = "GET /healthz HTTP/1.1\r\nHost: t\r\nX-A: \(String(repeating: "a", count: 9_000))\r\n\r\n"
            let many = "GET /healthz HTTP/1.1\r\nHost: t\r\n" + String(repeating: "X-A: b\r\n", count: 200) + "\r\n"
            for request in [long, many, "nonsense\r\n\r\n"] {
                let text = try await Wire.exchange(port, [request])
                #expect(text.hasPrefix("HTTP/1.1 400"))
            }
        }
    }

    @Test("a graceful shutdown lets the request in progress finish")
    func shutdown() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let routes: [Route] = [
            .post("/v1/things", Schema([.optional("a", .string)])) { _ in
                start.yield()
                for await _ in released { break }
                return .ok(Array("done".utf8))
            }
        ]
        try await withServer(routes) { port, services in
            async let text = Wire.exchange(port, [post("a=1", isLast: false)])
            for await _ in started { break }
            await services.triggerGracefulShutdown()
            release.yield()
            let answer = try await text
            #expect(answer.hasSuffix("done"))
        }
    }
}

extension String {
    /// How often a text occurs in this one.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

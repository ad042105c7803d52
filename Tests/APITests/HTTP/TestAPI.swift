import Core
import HTTPTypes
import Hummingbird
import Logging
import Money
import NIOCore
import Payments
import Storage

@testable import API

/// An API with one merchant and three keys, asked in memory.
struct TestAPI {
    static let merchant = Merchant(
        merchant: MerchantKey(7), account: AccountID("acct_test"), createdAt: Timestamp(seconds: 1), isLive: false,
        businessName: "Test", email: "shop@example.com", city: "Berlin", country: "DE", defaultCurrency: .eur,
        categoryCode: "5734", statementDescriptor: "TESTSHOP", fees: .standard, settlementDelayDays: 2,
        apiVersion: "2025-10-29.clover")
    static let now = Timestamp(seconds: 1_700_000_000)

    var responder: APIResponder

    init(
        _ routes: [Route], isReady: Bool = true,
        mapError: @escaping @Sendable (any Error, String) -> APIError? = { _, _ in nil },
        admit: @escaping @Sendable (AuthenticatedKey, Route) -> APIError? = { _, _ in nil },
        observe: @escaping @Sendable (APIResponder.AnswerRecord) -> Void = { _ in }
    ) {
        let keys: [String: AuthenticatedKey.Kind] = [
            "sk_test_secret": .secret, "pk_test_public": .publishable, "rk_test_limited": .restricted,
        ]
        responder = APIResponder(
            routes: RouteTable(routes),
            dependencies: APIResponder.Dependencies(
                keys: { text in
                    keys[text].map { AuthenticatedKey(id: "key_1", kind: $0, merchant: TestAPI.merchant) }
                },
                environment: .fixed(now: TestAPI.now, seed: 1), mapError: mapError, admit: admit, observe: observe,
                isReady: { isReady }, metrics: { "florin_up 1\n" },
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })))
    }

    /// Sends a request. Headers replace the usual ones: a secret key and, with a body, its content type.
    func send(
        _ method: HTTPRequest.Method, _ target: String, _ headers: [String: String?] = [:], body: String = ""
    ) async throws -> TestAnswer {
        var fields = HTTPFields()
        var all: [String: String?] = ["Authorization": "Bearer sk_test_secret", "Content-Length": "\(body.utf8.count)"]
        if !body.isEmpty { all["Content-Type"] = "application/x-www-form-urlencoded" }
        all.merge(headers) { $1 }
        for (name, value) in all {
            if let value, let name = HTTPField.Name(name) { fields[name] = value }
        }
        let request = Request(
            head: HTTPRequest(method: method, scheme: "http", authority: "test", path: target, headerFields: fields),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        let response = try await responder.respond(to: request, context: ConnectionContext())
        return try await TestAnswer(response)
    }
}

/// An answer, read whole.
struct TestAnswer {
    let status: Int
    let headers: HTTPFields
    let body: [UInt8]

    init(_ response: Response) async throws {
        status = response.status.code
        headers = response.headers
        let collector = Collector()
        try await response.body.write(collector)
        body = collector.bytes.withLock { $0 }
    }

    subscript(name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The member of the error object.
    func error(_ member: String) -> String? {
        (try? JSONValue(parsing: body))?["error"]?[member]?.string
    }
}

private final class Collector: ResponseBodyWriter {
    let bytes = Locked<[UInt8]>([])

    func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += Array(buffer.readableBytesView) } }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

internal import Core
import Glibc
internal import NIOCore
internal import NIOPosix
import Synchronization

/// Speaks to a server with Stripe's REST API, as an SDK does: forms in, JSON out, connections kept alive.
///
///     let client = APIClient(address, key: "sk_test_…")
///     let answer = try await client.post("/v1/payment_intents", form, idempotencyKey: key)
///
/// A request whose answer was not heard is never repeated here: only the caller knows whether it may be.
final class APIClient: Sendable {
    /// The version that the newest official SDKs pin.
    static let apiVersion = "2026-10-28.endive"

    let address: ServerAddress
    let key: String
    private let timeoutSeconds: Int64
    private let group: MultiThreadedEventLoopGroup
    private let idle = Mutex<[any Channel]>([])

    init(_ address: ServerAddress, key: String, timeoutSeconds: Int64 = 30) {
        self.address = address
        self.key = key
        self.timeoutSeconds = timeoutSeconds
        group = .singleton
    }

    func get(_ path: String, _ query: Form = Form()) async throws(APIClientError) -> APIAnswer {
        try Self.read(await send("GET", Self.target(path, query), body: nil, idempotencyKey: nil))
    }

    func post(
        _ path: String, _ form: Form, idempotencyKey: String? = nil
    ) async throws(APIClientError) -> APIAnswer {
        try Self.read(await send("POST", path, body: form.encoded, idempotencyKey: idempotencyKey))
    }

    /// The answer to a GET as it is, for bodies that are large or no JSON.
    func getBytes(_ path: String, _ query: Form = Form()) async throws(APIClientError) -> HTTPResponse {
        try await send("GET", Self.target(path, query), body: nil, idempotencyKey: nil)
    }

    /// Closes the connections that wait for requests.
    func close() {
        let channels = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private static func target(_ path: String, _ query: Form) -> String {
        query.fields.isEmpty ? path : path + "?" + String(decoding: query.encoded, as: UTF8.self)
    }

    private static func read(_ response: HTTPResponse) throws(APIClientError) -> APIAnswer {
        let bytes = Array(response.body.readableBytesView)
        do {
            return APIAnswer(
                status: response.status, body: try JSONValue(parsing: bytes), bytes: bytes,
                requestID: response.requestID, isReplay: response.isReplay)
        } catch {
            let beginning = String(decoding: bytes.prefix(120), as: UTF8.self)
            throw .malformedAnswer("status \(response.status), no JSON: \(beginning)")
        }
    }

    private func send(
        _ method: String, _ target: String, body: [UInt8]?, idempotencyKey: String?
    ) async throws(APIClientError) -> HTTPResponse {
        let request = RequestText.bytes(
            method: method, target: target, address: address, key: key, body: body, idempotencyKey: idempotencyKey)
        let channel = try await borrow()
        let answer = channel.eventLoop.makePromise(of: HTTPResponse.self)
        let exchange = APIExchange(request: request, timeoutSeconds: timeoutSeconds, answer: answer)
        channel.writeAndFlush(exchange).whenFailure { _ in answer.fail(APIClientError.connectionLost) }
        do {
            let response = try await answer.futureResult.get()
            if response.keepsAlive { idle.withLock { $0.append(channel) } }
            return response
        } catch {
            throw error as? APIClientError ?? .connectionLost
        }
    }

    /// What the system says of a connection that was refused.
    private static func reason(_ error: any Error) -> String {
        let cause = (error as? NIOConnectionError)?.connectionErrors.last?.error ?? error
        guard let failure = cause as? IOError else { return String(describing: cause) }
        return String(cString: strerror(failure.errnoCode))
    }

    private func borrow() async throws(APIClientError) -> any Channel {
        let waiting = idle.withLock { idle -> (any Channel)? in
            while let channel = idle.popLast() {
                if channel.isActive { return channel }
            }
            return nil
        }
        if let waiting { return waiting }
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(timeoutSeconds))
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(APIConnection())
                    }
                }
                .connect(host: address.host, port: address.port).get()
        } catch {
            throw .cannotConnect("\(address.url): \(Self.reason(error))")
        }
    }
}

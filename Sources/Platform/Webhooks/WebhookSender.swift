import AsyncHTTPClient
import Core
import Crypto
import NIOCore
import NIOHTTP1

/// Sends one delivery: a signed POST, counted as taken when the endpoint answers 2xx in time.
struct WebhookSender: Sendable {
    let client: HTTPClient

    /// How long an endpoint may take to answer.
    static let timeoutSeconds: Int64 = 10

    /// Posts an event's JSON. Returns the status, or nil when no answer came.
    func send(_ body: [UInt8], to url: String, secret: String, at now: Timestamp) async -> Int? {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        request.headers.add(name: "User-Agent", value: "Florin/1.0 (+webhooks)")
        request.headers.add(name: "Stripe-Signature", value: Self.signature(of: body, secret: secret, at: now))
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
            _ = try? await response.body.collect(upTo: 64 * 1_024)
            return Int(response.status.code)
        } catch {
            return nil
        }
    }

    /// `t=<unix>,v1=<hex>`: HMAC-SHA256 of `"{t}.{body}"` with the endpoint's whole secret as key.
    static func signature(of body: [UInt8], secret: String, at now: Timestamp) -> String {
        var mac = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
        mac.update(data: Array("\(now.seconds).".utf8))
        mac.update(data: body)
        return "t=\(now.seconds),v1=\(Hex.encode(Array(mac.finalize())))"
    }
}

/// When a delivery that failed is tried again: after 5 s, then ever longer, for three days.
enum WebhookSchedule {
    static let lifetimeMs: Int64 = 3 * 86_400_000
    private static let pausesSeconds: [Int64] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800]

    /// The pause before the next try, with up to a fifth added so that failures do not march in step.
    static func pauseMs(afterAttempts attempts: Int64, random: UInt64) -> Int64 {
        let index = min(Int(attempts) - 1, pausesSeconds.count - 1)
        let pause = pausesSeconds[max(0, index)] * 1_000
        return pause + Int64(random % UInt64(pause / 5 + 1))
    }
}

import Core
import Payments
import Storage
import Testing

@testable import Platform

@Suite("Signatures and pauses of webhooks")
struct WebhookTests {
    @Test(
        "the signature is HMAC-SHA256 over the time and the body",
        arguments: [
            // Reckoned with Python's hmac module.
            (
                "whsec_test_secret", Int64(1_790_000_000), #"{"id":"evt_1"}"#,
                "621e30333c3e6f1df3159281b9d0e6983411cc64573a2fb2802f56791c7a24c1"
            ),
            ("whsec_", 0, "", "62fe567b97fbbaeb61fbe2bae7ddb826267c0661a7208b55b316b5d80cc81c3e"),
            (
                "whsec_ä", 1_790_000_000, #"{"a":"ä"}"#,
                "a23cccbe4dd29a853bd048fa206959e57fae6aa6057d5daa165a0ff6ef1eeb26"
            ),
        ])
    func signature(secret: String, seconds: Int64, body: String, expected: String) {
        let now = Timestamp(milliseconds: seconds * 1_000 + 999)
        #expect(
            WebhookSender.signature(of: Array(body.utf8), secret: secret, at: now) == "t=\(seconds),v1=\(expected)")
    }

    @Test(
        "pauses grow from five seconds to eight hours, with up to a fifth more",
        arguments: [
            (Int64(0), Int64(5)), (1, 5), (2, 30), (3, 120), (4, 600), (5, 1_800), (6, 3_600), (7, 7_200), (8, 14_400),
            (9, 28_800), (10, 28_800), (1_000, 28_800),
        ])
    func pauses(attempts: Int64, seconds: Int64) {
        let pause = seconds * 1_000
        #expect(WebhookSchedule.pauseMs(afterAttempts: attempts, random: 0) == pause)
        #expect(WebhookSchedule.pauseMs(afterAttempts: attempts, random: UInt64(pause / 5)) == pause + pause / 5)
        #expect(WebhookSchedule.pauseMs(afterAttempts: attempts, random: UInt64(pause / 5) + 1) == pause)
        let random = SeededGenerator(seed: UInt64(attempts))
        for _ in 0..<100 {
            let drawn = WebhookSchedule.pauseMs(afterAttempts: attempts, random: random.next())
            #expect((pause...(pause + pause / 5)).contains(drawn))
        }
    }

    @Test("tries are spread over three days")
    func lifetime() {
        #expect(WebhookSchedule.lifetimeMs == 3 * 24 * 3_600 * 1_000)
    }

    @Test(
        "an endpoint wants all, a family, or single types of events",
        arguments: [
            (["*"], "charge.succeeded", true),
            (["charge.succeeded"], "charge.succeeded", true),
            (["charge.succeeded"], "charge.failed", false),
            (["charge.*"], "charge.succeeded", true),
            (["charge.*"], "charge.refund.updated", true),
            (["charge.*"], "charges.x", false),
            (["charge.*"], "charge", false),
            (["a.b", "refund.*"], "refund.created", true),
            ([], "charge.succeeded", false),
        ])
    func wants(patterns: [String], type: String, expected: Bool) {
        #expect(endpoint(patterns).wants(type) == expected)
    }

    private func endpoint(_ patterns: [String]) -> WebhookEndpoint {
        WebhookEndpoint(
            merchant: MerchantKey(1), id: WebhookEndpointID("we_1"), createdAt: World.start, url: "http://localhost/",
            enabledEvents: patterns, secret: "whsec_1", startSequence: 7)
    }

    @Test("an endpoint comes back as it was stored")
    func roundTrip() throws {
        var full = endpoint(["a.b", "c.*"])
        full.version = 3
        full.description = "d"
        full.metadata.set("k", "v")
        full.apiVersion = "2025-10-29.clover"
        full.isEnabled = false
        for endpoint in [full, endpoint([])] {
            #expect(try WebhookEndpoint(row: RowReader(endpoint.row)) == endpoint)
            #expect(endpoint.row.count == WebhookEndpoint.table.columns.count)
        }
    }
}

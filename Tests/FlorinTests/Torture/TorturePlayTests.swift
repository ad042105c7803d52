import Core
import Synchronization
import Testing

@testable import florin

@Suite("Payments of a torture run")
struct TorturePlayTests {
    private static let faultCards = [FaultCard(number: "1", isSlow: false), FaultCard(number: "2", isSlow: true)]

    @Test("the same seed plans the same payments, each with an amount of its own")
    func plan() {
        let plan = TorturePlan(seed: 3, faultCards: Self.faultCards)
        let again = TorturePlan(seed: 3, faultCards: Self.faultCards)
        let stories = (0..<2_000).map { _ in plan.next() }
        #expect(stories == (0..<2_000).map { _ in again.next() })
        #expect(Set(stories.map(\.amount)).count == 2_000)
        #expect(plan.nextAmount == TorturePlan.amountFirst + 2_000)
        #expect(stories.filter { $0.card.kind == .faulty }.count > 100)
        #expect(stories.contains { $0.card.number == "2" })
        let names = Set(stories.compactMap { $0.followUp?.name })
        #expect(names == ["capture", "cancel", "refund"])
        for story in stories {
            switch story.followUp {
            case .capture(let amount)?: #expect(story.isManual && (1...story.amount).contains(amount))
            case .refund(let amount)?: #expect(!story.isManual && (1...story.amount).contains(amount))
            case .cancel?: #expect(story.isManual)
            case .create?, nil: break
            }
        }
    }

    private static func story(_ followUp: StepKind?) -> TortureStory {
        TortureStory(
            number: 0, amount: 1_000, currency: "usd", card: TortureCard(number: "4242424242424242", kind: .good),
            isManual: true, followUp: followUp)
    }

    private static func answer(_ json: String, status: Int = 200) throws -> StepAnswer {
        let bytes = Array(json.utf8)
        return StepAnswer(
            APIAnswer(
                status: status, body: try .init(parsing: bytes), bytes: bytes, requestID: nil, isReplay: false),
            to: .create)
    }

    @Test("answers: a success, a decline with its intent inside, a refund")
    func answers() throws {
        let success = try Self.answer("{\"id\": \"pi_1\", \"status\": \"succeeded\"}")
        #expect(success.intent == "pi_1" && success.intentStatus == .succeeded && success.isKept)
        let decline = try Self.answer(
            "{\"error\": {\"code\": \"card_declined\", \"message\": \"No.\", \"payment_intent\": "
                + "{\"id\": \"pi_2\", \"status\": \"requires_payment_method\"}}}", status: 402)
        #expect(decline.intent == "pi_2" && decline.intentStatus == .requiresPaymentMethod && decline.isKept)
        #expect(decline.errorText == "402 card_declined: No.")
        let bytes = Array("{\"id\": \"re_1\", \"payment_intent\": \"pi_3\", \"status\": \"succeeded\"}".utf8)
        let refund = StepAnswer(
            APIAnswer(status: 200, body: try .init(parsing: bytes), bytes: bytes, requestID: nil, isReplay: false),
            to: .refund(1))
        #expect(refund.refund == "re_1" && refund.intent == "pi_3" && refund.intentStatus == nil)
        #expect(success.digest != decline.digest)
    }

    @Test("requests name the payment they follow up")
    func requests() throws {
        var story = Self.story(.capture(600))
        story.steps = [TortureStep(kind: .create, key: "k")]
        story.steps[0].answer = try Self.answer("{\"id\": \"pi_1\", \"status\": \"requires_capture\"}")
        #expect(TortureWorker.request(.create, of: story).path == "/v1/payment_intents")
        #expect(TortureWorker.request(.capture(600), of: story).path == "/v1/payment_intents/pi_1/capture")
        #expect(TortureWorker.request(.cancel, of: story).path == "/v1/payment_intents/pi_1/cancel")
        let refund = TortureWorker.request(.refund(5), of: story)
        #expect(refund.path == "/v1/refunds")
        #expect(refund.form.fields.map { "\($0.name)=\($0.value)" } == ["payment_intent=pi_1", "amount=5"])
    }

    @Test("a request is sent again under its key until it has a final answer")
    func retries() async throws {
        let keys = Mutex<[String]>([])
        let server = try await StubServer.start { request in
            let count = keys.withLock { keys in
                keys.append(request.headers["idempotency-key"] ?? "")
                return keys.count
            }
            switch count {
            case 1: return .hangUp
            case 2: return .json(409, "{\"error\": {\"code\": \"idempotency_key_in_use\"}}")
            case 3: return .json(503, "{\"error\": {\"type\": \"api_error\"}}")
            default: return .json(200, "{\"id\": \"pi_1\", \"status\": \"requires_capture\"}")
            }
        }
        let site = TortureSite(folder: "/nowhere", issuerAddress: "127.0.0.1:1")
        site.use(APIClient(ServerAddress(host: "127.0.0.1", port: server.port), key: "k"))
        let worker = TortureWorker(site: site, deadline: Deadline(seconds: 300))
        let story = await worker.play(Self.story(nil))
        #expect(story.steps.count == 1)
        #expect(story.steps[0].tries == 4 && story.steps[0].unheard == 1)
        #expect(story.intent == "pi_1")
        #expect(keys.withLock { Set($0) }.count == 1)
        await server.stop()
    }

    @Test("a request sent once more must get the same bytes, marked as a replay")
    func replays() async throws {
        let body = Mutex("{\"id\": \"pi_1\", \"status\": \"requires_capture\"}")
        let server = try await StubServer.start { request in
            .answer(
                status: 200, body: body.withLock { $0 },
                headers: request.headers["idempotency-key"] == "marked" ? ["Idempotent-Replayed": "true"] : [:])
        }
        let site = TortureSite(folder: "/nowhere", issuerAddress: "127.0.0.1:1")
        site.use(APIClient(ServerAddress(host: "127.0.0.1", port: server.port), key: "k"))
        let worker = TortureWorker(site: site, deadline: Deadline(seconds: 30))
        var step = TortureStep(kind: .create, key: "marked")
        step.answer = try Self.answer(body.withLock { $0 })
        #expect(await worker.replay(step, of: Self.story(nil)) == nil)
        body.withLock { $0 = "{}" }
        #expect(await worker.replay(step, of: Self.story(nil)) == "the body is another one")
        step.answer = StepAnswer(status: 402)
        #expect(await worker.replay(step, of: Self.story(nil)) == "first 402, then 200 ")
        var unmarked = TortureStep(kind: .create, key: "other")
        unmarked.answer = try Self.answer("{}")
        #expect(await worker.replay(unmarked, of: Self.story(nil)) == "the answer is not marked as a replay")
        await server.stop()
    }
}

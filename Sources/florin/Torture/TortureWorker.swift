internal import Core

/// Plays one payment through: sends its requests, and sends each again under its key until it has a final answer.
struct TortureWorker: Sendable {
    private static let pauseNanoseconds: UInt64 = 30_000_000
    private static let conflictPauseNanoseconds: UInt64 = 150_000_000
    /// An answer of 500 that stays for this many tries is final: the request has no outcome.
    private static let internalErrorsMax = 20

    let site: TortureSite
    /// By when every request must have its answer.
    let deadline: Deadline

    /// Plays the story; it comes back with what was answered.
    func play(_ story: TortureStory) async -> TortureStory {
        var story = story
        story.steps.append(await perform(TortureStep(kind: .create, key: Self.key()), of: story))
        guard let answer = story.steps.first?.answer, let followUp = story.followUp,
            answer.intentStatus == (story.isManual ? .requiresCapture : .succeeded)
        else { return story }
        story.steps.append(await perform(TortureStep(kind: followUp, key: Self.key()), of: story))
        return story
    }

    private static func key() -> String {
        IdempotencyKeyText.text(Environment.live.randomWord(), Environment.live.randomWord())
    }

    private func perform(_ step: TortureStep, of story: TortureStory) async -> TortureStep {
        var step = step
        let watch = Stopwatch()
        while let client = await site.client(until: deadline) {
            step.tries += 1
            let (path, form) = Self.request(step.kind, of: story)
            do throws(APIClientError) {
                let answer = try await client.post(path, form, idempotencyKey: step.key)
                switch answer.status {
                case 409, 429, 502...599: await pause(Self.conflictPauseNanoseconds)
                case 500..<502 where step.internalErrors < Self.internalErrorsMax:
                    step.internalErrors += 1
                    await pause(Self.conflictPauseNanoseconds)
                default:
                    step.answer = StepAnswer(answer, to: step.kind)
                    step.seconds = watch.seconds
                    return step
                }
            } catch {
                if case .cannotConnect = error {} else { step.unheard += 1 }
                await pause(Self.pauseNanoseconds)
            }
        }
        step.seconds = watch.seconds
        return step
    }

    private func pause(_ nanoseconds: UInt64) async { try? await Task.sleep(nanoseconds: nanoseconds) }

    /// Path and parameters of a request: the same however often it is made.
    static func request(_ kind: StepKind, of story: TortureStory) -> (path: String, form: Form) {
        let intents = "/v1/payment_intents"
        let intent = story.intent ?? ""
        switch kind {
        case .create: return (intents, creation(story))
        case .capture(let amount): return ("\(intents)/\(intent)/capture", ["amount_to_capture": String(amount)])
        case .cancel: return ("\(intents)/\(intent)/cancel", Form())
        case .refund(let amount):
            return ("/v1/refunds", ["payment_intent": intent, "amount": String(amount)])
        }
    }

    private static func creation(_ story: TortureStory) -> Form {
        [
            "amount": String(story.amount), "currency": story.currency, "confirm": "true",
            "capture_method": story.isManual ? "manual" : "automatic", "payment_method_data[type]": "card",
            "payment_method_data[card][number]": story.card.number, "payment_method_data[card][exp_month]": "12",
            "payment_method_data[card][exp_year]": "2040", "payment_method_data[card][cvc]": "314",
            "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
        ]
    }

    /// Sends a request that was answered once more; a description of how the answer differs, or nil.
    func replay(_ step: TortureStep, of story: TortureStory) async -> String? {
        guard let first = step.answer, first.isKept, let client = await site.client(until: deadline) else { return nil }
        let (path, form) = Self.request(step.kind, of: story)
        do throws(APIClientError) {
            let answer = try await client.post(path, form, idempotencyKey: step.key)
            let again = StepAnswer(answer, to: step.kind)
            if again.status != first.status {
                return "first \(first.status), then \(again.status) \(again.errorText ?? "")"
            }
            if again.digest != first.digest { return "the body is another one" }
            return answer.isReplay ? nil : "the answer is not marked as a replay"
        } catch {
            return "no answer: \(error)"
        }
    }
}

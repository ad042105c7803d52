import Testing

@testable import florin

@Suite("What torture must find")
struct TortureCheckerTests {
    /// The violations of a world after a change.
    private func found(_ change: (inout TortureWorld) -> Void) -> [TortureViolation] {
        var world = TortureWorld()
        change(&world)
        return world.violations
    }

    @Test("nothing in a world that is right")
    func clean() {
        #expect(TortureWorld().violations == [])
        #expect(TortureChecker.check(stories: [], house: HouseSnapshot(), issuer: []) == [])
    }

    @Test("a request without an answer, with 5xx, or refused though it was legal")
    func answers() {
        #expect(
            found {
                $0.stories[0].steps[0].answer = nil
                $0.stories[0].steps[0].tries = 9
            } == [.unanswered(story: 0, step: "create", tries: 9)])
        let error = StepAnswer(status: 500, intent: nil, errorText: "500 api_error")
        #expect(
            found { $0.stories[1].steps[1].answer = error }
                == [.internalError(story: 1, step: "capture", text: "500 api_error")])
        let refusal = StepAnswer(status: 400, errorText: "400 payment_intent_unexpected_state")
        #expect(
            found { $0.stories[2].steps[1].answer = refusal }
                == [.legalStepRefused(story: 2, step: "cancel", text: "400 payment_intent_unexpected_state")])
        #expect(
            found { $0.stories[0].steps[0].answer = StepAnswer(status: 200) }
                == [.internalError(story: 0, step: "create", text: "no intent in the answer")])
    }

    @Test("an acknowledged payment that is gone")
    func missing() {
        let violations = found {
            $0.house.intents.removeFirst()
            $0.house.charges.removeFirst()
        }
        #expect(violations.contains(.intentMissing(story: 0, intent: "pi_0")))
        let position = IssuerPosition(held: 0, taken: 1_000)
        #expect(violations.contains(.issuerDisagrees(story: 0, ours: IssuerPosition(), issuer: position)))
    }

    @Test("one request, two payments")
    func duplicated() {
        let violations = found {
            $0.house.intents.append(.init(id: "pi_x", amount: 1_000, currency: "usd", status: .succeeded))
        }
        #expect(violations == [.intentDuplicated(story: 0, intents: ["pi_0", "pi_x"])])
    }

    @Test("a payment nobody asked for")
    func stray() {
        let violations = found {
            $0.house.intents.append(.init(id: "pi_x", amount: 9_999, currency: "usd", status: .requiresPaymentMethod))
        }
        #expect(violations == [.intentStray(intent: "pi_x", amount: 9_999)])
    }

    @Test("another amount or currency than was acknowledged")
    func changed() {
        let violations = found { $0.house.intents[0].currency = "eur" }
        #expect(violations == [.intentChanged(story: 0, intent: "pi_0", text: "has 1000 eur, not 1000 usd")])
        #expect(
            found { $0.house.intents[3].amount = 2_000 }
                .contains(.intentChanged(story: 3, intent: "pi_3", text: "has 2000 usd, not 1003 usd")))
    }

    @Test("an acknowledged success that is a failure now, and the other way round")
    func illegal() {
        #expect(
            found { $0.house.intents[0].status = .requiresPaymentMethod }
                .contains(
                    .statusIllegal(story: 0, intent: "pi_0", acknowledged: .succeeded, found: .requiresPaymentMethod)))
        #expect(
            found { $0.house.intents[5].status = .succeeded }
                .contains(
                    .statusIllegal(story: 5, intent: "pi_5", acknowledged: .requiresPaymentMethod, found: .succeeded)))
        #expect(
            found { $0.house.intents[1].status = .requiresCapture }
                .contains(.statusIllegal(story: 1, intent: "pi_1", acknowledged: .succeeded, found: .requiresCapture)))
        #expect(
            found { $0.house.intents[3].status = .canceled }
                .contains(.statusIllegal(story: 3, intent: "pi_3", acknowledged: .requiresCapture, found: .canceled)))
    }

    @Test("every status that may follow what was acknowledged")
    func legal() {
        let stories = TortureWorld().stories
        #expect(
            stories.map(TortureChecker.legalStatuses) == [
                [.succeeded], [.succeeded], [.canceled], [.requiresCapture], [.succeeded], [.requiresPaymentMethod],
                [.succeeded, .requiresPaymentMethod],
            ])
        var unheard = stories[1]
        unheard.steps[1].answer = nil
        #expect(TortureChecker.legalStatuses(unheard) == [.requiresCapture, .succeeded])
        unheard.steps[0].answer = nil
        #expect(TortureChecker.legalStatuses(unheard) == [.requiresCapture, .requiresPaymentMethod])
    }

    @Test("a payment that is processing for ever")
    func processing() {
        let violations = found { $0.house.intents[6].status = .processing }
        #expect(violations == [.stillProcessing(story: 6, intent: "pi_6")])
        #expect(violations.allSatisfy { $0.isTransient })
    }

    @Test("charged twice")
    func twice() {
        let violations = found { world in
            var second = world.house.charges[0]
            second.id = "ch_x"
            world.house.charges.append(second)
        }
        #expect(violations.contains(.chargedTwice(story: 0, intent: "pi_0", charges: ["ch_0", "ch_x"])))
        #expect(!violations.allSatisfy { $0.isTransient })
    }

    @Test("charges that do not fit: none, one too many, other amounts")
    func charges() {
        func texts(_ change: (inout TortureWorld) -> Void) -> [String] {
            found(change).compactMap { if case .chargeWrong(_, _, let text) = $0 { text } else { nil } }
        }
        #expect(texts { $0.house.charges[0].status = "failed" } == ["is not there, though it is succeeded"])
        #expect(texts { $0.house.charges[5].status = "succeeded" } == ["ch_5 succeeded, though it was declined"])
        #expect(texts { $0.house.charges[0].amount = 1 } == ["has 1, not 1000"])
        #expect(texts { $0.house.charges[1].amountCaptured = 1_001 } == ["captured 1001, not 600"])
        #expect(texts { $0.house.charges[3].amountCaptured = 5 } == ["captured 5, not 0"])
        #expect(texts { $0.house.charges[2].amountCaptured = 5 } == ["captured 5, not 0"])
    }

    @Test("refunds: lost, doubled, unasked, of another amount, pending")
    func refunds() {
        func texts(_ change: (inout TortureWorld) -> Void) -> [String] {
            found(change).compactMap { if case .refundWrong(_, _, let text) = $0 { text } else { nil } }
        }
        #expect(
            texts { $0.house.refunds = [] } == [
                "re_4 was acknowledged and is not there", "add up to 0, the charge says 300",
            ])
        #expect(texts { $0.house.refunds.append($0.house.refunds[0]) } == ["are 2, and one was asked for at most"])
        #expect(
            texts { $0.house.refunds.append(.init(id: "re_x", intent: "pi_0", amount: 1, status: "succeeded")) }
                == ["re_x: nobody asked for it"])
        #expect(
            texts { $0.house.refunds[0].amount = 299 } == ["has 299, not 300", "add up to 299, the charge says 300"])
        #expect(found { $0.house.refunds[0].status = "pending" } == [.refundPending(story: 4, refund: "re_4")])
        #expect(texts { $0.house.refunds[0].status = "failed" } == ["add up to 0, the charge says 300"])
    }

    @Test("the issuer took or holds another amount than ours")
    func issuer() {
        #expect(
            found { $0.issuer[0].captured = 999 } == [
                .issuerDisagrees(
                    story: 0, ours: IssuerPosition(taken: 1_000), issuer: IssuerPosition(taken: 999))
            ])
        #expect(
            found { $0.issuer[2].held = 1_002 } == [
                .issuerDisagrees(story: 2, ours: IssuerPosition(), issuer: IssuerPosition(held: 1_002))
            ])
        #expect(
            found { world in
                var second = world.issuer[0]
                second.retrievalReference = "twice"
                world.issuer.append(second)
            } == [
                .issuerDisagrees(
                    story: 0, ours: IssuerPosition(taken: 1_000), issuer: IssuerPosition(taken: 2_000))
            ])
        #expect(
            found { world in
                world.issuer.append(world.issuer[5])
                world.issuer[7].authorised = 1_005
                world.issuer[7].captured = 1_005
            } == [
                .issuerDisagrees(story: 5, ours: IssuerPosition(), issuer: IssuerPosition(taken: 1_005))
            ])
    }

    @Test("an attempt that was reversed and tried again is one payment")
    func reversed() {
        let violations = found { world in
            var first = world.issuer[0]
            first.captured = 0
            first.isReversed = true
            world.issuer.append(first)
        }
        #expect(violations == [])
    }

    @Test("the issuer took money for no payment; what an earlier round left is not looked at")
    func issuerStray() {
        let entry = IssuerEntry(
            retrievalReference: "1", currency: "eur", authorised: 1_000, held: 0, captured: 1_000, refunded: 0,
            isReversed: false)
        #expect(found { $0.issuer.append(entry) } == [.issuerStray(entry)])
        var earlier = entry
        earlier.authorised = 999
        #expect(found { $0.issuer.append(earlier) } == [])
    }

    @Test("sums by currency")
    func totals() {
        let world = TortureWorld()
        let ours = TortureChecker.totals(world.house)
        #expect(ours == ["usd": IssuerPosition(held: 1_003, taken: 1_000 + 600 + 704 + 1_006)])
        #expect(TortureRun.compare(ours, world.issuer) == [])
        var issuer = world.issuer
        issuer[0].captured -= 1
        #expect(
            TortureRun.compare(ours, issuer) == [
                .totalsDisagree(
                    currency: "usd", ours: IssuerPosition(held: 1_003, taken: 3_310),
                    issuer: IssuerPosition(held: 1_003, taken: 3_309))
            ])
    }

    @Test("every violation says what is wrong")
    func descriptions() {
        let violation = TortureViolation.chargedTwice(story: 7, intent: "pi_7", charges: ["ch_1", "ch_2"])
        #expect("\(violation)" == "payment 7: pi_7 was charged by ch_1 and ch_2")
    }
}

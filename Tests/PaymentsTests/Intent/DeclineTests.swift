import Core
import Money
import Payments
import Storage
import Testing

@Suite("An attempt that was not approved")
struct DeclineTests {
    private func settle(
        _ result: AttemptResult, risk: RiskAssessment = .normal, _ attempt: Attempt = Fixture.attempt()
    ) -> (Attempt, Change) {
        AttemptDecision.settle(attempt, result, risk: risk, fundsAtOnce: false, Fixture.context(seed: 2))
    }

    /// Decline code of the network; code, decline code, advice and parameter of the failure.
    static let reasons: [(String?, String, String?, String?, String?)] = [
        (nil, "card_declined", "generic_decline", "try_again_later", nil),
        ("generic_decline", "card_declined", "generic_decline", "try_again_later", nil),
        ("do_not_honor", "card_declined", "do_not_honor", "try_again_later", nil),
        ("insufficient_funds", "card_declined", "insufficient_funds", "try_again_later", nil),
        ("card_velocity_exceeded", "card_declined", "card_velocity_exceeded", "try_again_later", nil),
        ("withdrawal_count_limit_exceeded", "card_declined", "withdrawal_count_limit_exceeded", "try_again_later", nil),
        ("lost_card", "card_declined", "lost_card", "do_not_try_again", nil),
        ("stolen_card", "card_declined", "stolen_card", "do_not_try_again", nil),
        ("pickup_card", "card_declined", "pickup_card", "do_not_try_again", nil),
        ("invalid_account", "card_declined", "invalid_account", "do_not_try_again", nil),
        ("restricted_card", "card_declined", "restricted_card", "do_not_try_again", nil),
        ("fraudulent", "card_declined", "fraudulent", "do_not_try_again", nil),
        ("stop_payment_order", "card_declined", "stop_payment_order", "do_not_try_again", nil),
        ("revocation_of_authorization", "card_declined", "revocation_of_authorization", "do_not_try_again", nil),
        (
            "revocation_of_all_authorizations", "card_declined", "revocation_of_all_authorizations", "do_not_try_again",
            nil
        ),
        ("transaction_not_allowed", "card_declined", "transaction_not_allowed", "do_not_try_again", nil),
        ("card_not_supported", "card_declined", "card_not_supported", "do_not_try_again", nil),
        ("service_not_allowed", "card_declined", "service_not_allowed", "do_not_try_again", nil),
        ("not_permitted", "card_declined", "not_permitted", "do_not_try_again", nil),
        ("expired_card", "expired_card", "expired_card", "confirm_card_data", "exp_month"),
        ("incorrect_cvc", "incorrect_cvc", "incorrect_cvc", "confirm_card_data", "cvc"),
        ("incorrect_number", "incorrect_number", "incorrect_number", "confirm_card_data", "number"),
        ("processing_error", "processing_error", "processing_error", "try_again_later", nil),
        ("authentication_required", "authentication_required", "authentication_required", nil, nil),
    ]

    @Test("by the network for each reason that a card may be refused for", arguments: reasons)
    func reason(network: String?, code: String, decline: String?, advice: String?, parameter: String?) throws {
        let (settled, change) = settle(.declined("51", network))
        let failure = try #require(settled.charge.failure)
        #expect(failure.code == code)
        #expect(failure.declineCode == decline)
        #expect(failure.adviceCode == advice)
        #expect(failure.parameter == parameter)
        #expect(failure.networkDeclineCode == "51")
        #expect(failure.message.hasSuffix("."))
        #expect(failure.charge == settled.charge.id)
        #expect(failure.paymentMethod == nil)
        var withMethod = failure
        withMethod.paymentMethod = settled.method
        #expect(settled.intent.lastError == withMethod)
        #expect(
            settled.charge.outcome
                == ChargeOutcome(
                    type: "issuer_declined", networkStatus: "declined_by_network", reason: decline, riskLevel: "normal",
                    riskScore: 20, sellerMessage: "The bank returned the decline code `\(decline ?? "")`.",
                    adviceCode: advice,
                    networkDeclineCode: "51"))
        #expect(settled.charge.card.checks == AttemptResult.checks)
        try expectNothingMoved(settled, change)
    }

    private func expectNothingMoved(_ settled: Attempt, _ change: Change) throws {
        #expect(settled.charge.status == .failed)
        #expect(!settled.charge.isCaptured)
        #expect(settled.charge.amountCaptured == 0)
        #expect(settled.charge.queried[4] == .null, "it is resolved")
        #expect(settled.intent.status == .requiresPaymentMethod)
        #expect(settled.intent.paymentMethod == nil)
        #expect(settled.intent.amountReceived == 0)
        #expect(settled.intent.latestCharge == settled.charge.id)
        #expect(change.moves.isEmpty)
        #expect(change.told == ["charge.failed", "payment_intent.payment_failed"])
        #expect(try change.inserted(BalanceTransaction.self).isEmpty)
    }

    @Test("by screening: blocked, and the network was not asked")
    func blocked() throws {
        let risk = RiskAssessment(level: .highest, score: 92, isBlocked: true)
        let (settled, change) = settle(.blocked, risk: risk)
        try expectNothingMoved(settled, change)
        #expect(change.rows == ["update charge", "update payment_intent"])
        #expect(settled.charge.failure?.declineCode == "fraudulent")
        #expect(settled.charge.failure?.networkDeclineCode == nil)
        #expect(
            settled.charge.outcome
                == ChargeOutcome(
                    type: "blocked", networkStatus: "not_sent_to_network", reason: "highest_risk_level",
                    riskLevel: "highest",
                    riskScore: 92, sellerMessage: "Florin blocked this payment as too risky.",
                    adviceCode: "do_not_try_again",
                    networkDeclineCode: nil))
    }

    @Test("because it never left: a processing error, and nothing to reverse")
    func notSent() throws {
        let (settled, change) = settle(.notSent)
        try expectNothingMoved(settled, change)
        #expect(change.rows == ["update charge", "update payment_intent"])
        #expect(settled.charge.failure?.code == "processing_error")
        #expect(settled.charge.outcome?.networkStatus == "not_sent_to_network")
        #expect(settled.charge.outcome?.sellerMessage == "The card network could not be reached.")
    }

    @Test("because nobody answered: a processing error, and a reversal that must arrive")
    func reversed() throws {
        let (settled, change) = settle(.reversed)
        try expectNothingMoved(settled, change)
        #expect(change.rows == ["insert network_advice", "update charge", "update payment_intent"])
        #expect(settled.charge.failure?.code == "processing_error")
        #expect(settled.charge.outcome?.networkStatus == "declined_by_network")
        let message = "The bank did not answer in time; the payment was reversed."
        #expect(settled.charge.outcome?.sellerMessage == message)
        try expectReversal(of: settled, in: change)
    }

    @Test("in part only: insufficient funds, and a reversal that must arrive")
    func partial() throws {
        let (settled, change) = settle(.declined("10", nil))
        try expectNothingMoved(settled, change)
        #expect(change.rows == ["insert network_advice", "update charge", "update payment_intent"])
        #expect(settled.charge.failure?.declineCode == "insufficient_funds")
        #expect(settled.charge.failure?.networkDeclineCode == "10")
        #expect(settled.charge.outcome?.networkStatus == "reversed_after_approval")
        try expectReversal(of: settled, in: change)
    }

    private func expectReversal(of settled: Attempt, in change: Change) throws {
        let advice = try #require(try change.inserted(NetworkAdvice.self).first)
        #expect(advice.operation == .reversal)
        #expect(advice.reference == settled.charge.network.reference)
        #expect(advice.charge == settled.charge.id)
        #expect(advice.amount == settled.charge.amount)
        #expect(advice.dueAt == now)
        #expect(advice.attempts == 0)
    }

    @Test(
        "what may stand at the issuer must be reversed, and nothing else",
        arguments: [
            (AttemptResult.approved, false), (.declined("51", "insufficient_funds"), false),
            (.declined("10", nil), true),
            (.blocked, false), (.notSent, false), (.reversed, true),
        ])
    func mustBeReversed(result: AttemptResult, expected: Bool) {
        #expect(result.mustBeReversed == expected)
    }

    @Test("leaves its method usable, also one that commit 1 marked as spent; one that was spent otherwise stays so")
    func methodUsable() {
        let (fresh, change) = settle(.declined("51", nil))
        #expect(!fresh.method.isSpent)
        #expect(!change.rows.contains("update payment_method"))
        var attempt = Fixture.attempt(method: Fixture.method(spent: true))
        let (elsewhere, secondChange) = settle(.declined("51", nil), attempt)
        #expect(elsewhere.method.isSpent)
        #expect(!secondChange.rows.contains("update payment_method"))
        attempt.charge.spentItsMethod = true
        let (returned, thirdChange) = settle(.declined("51", nil), attempt)
        #expect(!returned.method.isSpent)
        #expect(thirdChange.rows.contains("update payment_method"))
    }

    @Test("of a hidden intent is told of as a charge only")
    func hidden() {
        var attempt = Fixture.attempt()
        attempt.intent.isHidden = true
        #expect(settle(.notSent, attempt).1.told == ["charge.failed"])
    }
}

import Core
import Payments
import Testing

/// A network that answers from a list, and remembers what it was asked.
actor ScriptedRail: CardRail {
    private var outcomes: [CardOutcome]
    private(set) var requests: [CardRequest] = []
    private var hook: (@Sendable (CardRequest) async throws -> Void)?
    /// The answer when the list is at its end; nil makes a message nobody expected an issue.
    private var otherwise: CardOutcome?

    init(_ outcomes: [CardOutcome]) { self.outcomes = outcomes }

    func expect(_ more: [CardOutcome]) { outcomes += more }

    func answerAlways(_ outcome: CardOutcome) { otherwise = outcome }

    /// Calls `hook` before each answer.
    func whenAsked(_ hook: @escaping @Sendable (CardRequest) async throws -> Void) { self.hook = hook }

    /// Lets go of what the hook holds.
    func forgetHook() { hook = nil }

    func send(_ request: CardRequest) async -> CardOutcome {
        requests.append(request)
        let outcome: CardOutcome
        if !outcomes.isEmpty {
            outcome = outcomes.removeFirst()
        } else if let otherwise {
            outcome = otherwise
        } else {
            Issue.record("nobody expected \(request.operation) to be sent")
            return .notSent(.noConnection)
        }
        do {
            try await hook?(request)
        } catch {
            Issue.record("\(error)")
        }
        return outcome
    }

    /// What was asked, in a line each: `purchase 10.00 USD`, with `again` for a repeat.
    var lines: [String] { requests.map { "\($0.operation) \($0.amount)\($0.isRepeat ? " again" : "")" } }
}

extension CardOutcome {
    static let checks = CardChecks(cvc: .pass, addressLine1: nil, postalCode: nil)

    static let approved = CardOutcome.answered(
        CardAnswer(responseCode: "00", approvalCode: "A1B2C3", networkTransactionID: "nt_1", checks: checks))
    static let declined = CardOutcome.answered(
        CardAnswer(
            responseCode: "51", approvalCode: nil, networkTransactionID: nil, checks: checks,
            declineCode: "insufficient_funds"))
    static let partial = CardOutcome.answered(
        CardAnswer(responseCode: "10", approvalCode: "A1B2C3", networkTransactionID: nil, checks: checks))
    static let silent = CardOutcome.unknown(.timeout)
}

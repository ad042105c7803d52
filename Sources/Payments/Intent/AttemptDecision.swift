import Core
import Money
public import Storage

/// An intent with the charge that is being tried for it.
public struct Attempt: Sendable {
    public var intent: PaymentIntent
    public var charge: Charge
    public var method: PaymentMethod
    /// What the attempt brought in, once it was captured.
    public var line: BalanceTransaction?

    public init(intent: PaymentIntent, charge: Charge, method: PaymentMethod) {
        self.intent = intent
        self.charge = charge
        self.method = method
    }
}

/// What became of an attempt, once that is known.
public enum AttemptResult: Sendable {
    /// The issuer answered.
    case answered(CardAnswer)
    /// Screening stopped it; the network was not asked.
    case blocked
    /// The message never left.
    case notSent
    /// Nobody answered: it is reversed, so nothing of it stands.
    case reversed
}

/// The two commits of an attempt: before anything leaves the house, and when its outcome is known.
public enum AttemptDecision {
    /// Whether a method may be used for an intent.
    ///
    /// Refusals: ``PaymentRefusal/unexpectedState(_:action:)``, ``PaymentRefusal/paymentMethodSpent(_:)``,
    /// ``PaymentRefusal/paymentMethodOfAnotherCustomer(_:owner:)``.
    public static func check(_ method: PaymentMethod, for intent: PaymentIntent) throws(PaymentRefusal) {
        guard intent.isOpenForConfirmation else { throw .unexpectedState(intent, action: .confirm) }
        if method.isSpent { throw .paymentMethodSpent(method.id) }
        if let owner = method.customer, owner != intent.customer {
            throw .paymentMethodOfAnotherCustomer(method.id, owner: owner)
        }
    }

    /// Commit 1: the intent is processing, and the attempt is on record with its network reference.
    ///
    /// The Change says nothing of whether intent and method are new: the caller inserts or updates them.
    public static func begin(
        _ intent: PaymentIntent, _ method: PaymentMethod, reference: NetworkReference, isOnFile: Bool,
        _ context: DecisionContext
    ) -> Attempt {
        invariant(intent.isOpenForConfirmation, "Only an open intent is tried")
        var intent = intent
        intent.status = .processing
        intent.paymentMethod = method.id
        intent.lastError = nil
        let network = NetworkAttempt(
            operation: intent.captureMethod.isManual ? .authorisation : .purchase, reference: reference,
            isOnFile: isOnFile, idempotencyKey: context.idempotencyKey, keeper: context.keeper)
        var charge = Charge(
            merchant: intent.merchant, id: context.id(), createdAt: context.now, amount: intent.amount,
            paymentIntent: intent.id, paymentMethod: method, network: network,
            calculatedStatementDescriptor: descriptor(intent, context.merchant))
        charge.customer = intent.customer
        charge.hidesIntent = intent.isHidden
        charge.description = intent.description
        charge.metadata = intent.metadata
        charge.receiptEmail = intent.receiptEmail
        charge.shipping = intent.shipping
        charge.statementDescriptor = intent.statementDescriptor
        charge.statementDescriptorSuffix = intent.statementDescriptorSuffix
        charge.transferGroup = intent.transferGroup
        intent.latestCharge = charge.id
        intent.charges.append(charge.id)
        return Attempt(intent: intent, charge: charge, method: method)
    }

    private static func descriptor(_ intent: PaymentIntent, _ merchant: Merchant) -> String {
        if let whole = intent.statementDescriptor { return whole }
        guard let suffix = intent.statementDescriptorSuffix else { return merchant.statementDescriptor }
        return String("\(merchant.statementDescriptor)* \(suffix)".prefix(22))
    }

    /// Commit 2: the intent and its charge become what the outcome says, with money, fees and events.
    ///
    /// The method is changed only where it must be: attached for future use, or usable again after a decline.
    public static func settle(
        _ attempt: Attempt, _ result: AttemptResult, risk: RiskAssessment, fundsAtOnce: Bool,
        _ context: DecisionContext
    ) -> (Attempt, Change) {
        invariant(attempt.charge.status == .pending, "\(attempt.charge.id) is settled once")
        invariant(attempt.intent.status == .processing, "\(attempt.intent.id) has an attempt under way")
        if case .answered(let answer) = result, answer.isApproved {
            return approve(attempt, answer, risk, fundsAtOnce: fundsAtOnce, context)
        }
        return decline(attempt, result, risk, context)
    }

    // MARK: Approved

    private static func approve(
        _ attempt: Attempt, _ answer: CardAnswer, _ risk: RiskAssessment, fundsAtOnce: Bool,
        _ context: DecisionContext
    ) -> (Attempt, Change) {
        var attempt = attempt
        var change = Change()
        attempt.charge.status = .succeeded
        attempt.charge.card.checks = answer.checks
        attempt.charge.network.approvalCode = answer.approvalCode
        attempt.charge.network.networkTransactionID = answer.networkTransactionID
        attempt.charge.outcome = ChargeOutcome(
            type: risk.level == .elevated ? "manual_review" : "authorized", networkStatus: "approved_by_network",
            reason: risk.level == .normal ? nil : "\(risk.level.rawValue)_risk_level",
            riskLevel: risk.level.rawValue, riskScore: risk.score, sellerMessage: "Payment complete.", adviceCode: nil,
            networkDeclineCode: nil)
        attempt.intent.lastError = nil
        if attempt.intent.captureMethod.isManual {
            attempt.intent.status = .requiresCapture
            attempt.intent.amountCapturable = attempt.charge.amount.amount
            change.transactions.append(
                Booking.hold(attempt.charge.amount, charge: attempt.charge, id: context.id(), at: context.now))
        } else {
            attempt.intent.status = .succeeded
            attempt.intent.amountReceived = attempt.charge.amount.amount
            let line = CaptureDecision.book(
                attempt.charge.amount, of: &attempt.charge, fundsAtOnce: fundsAtOnce, into: &change, context)
            attempt.line = line
            invariant(line.amount == attempt.charge.amount, "A purchase captures the whole amount")
        }
        keepForLater(&attempt, &change, context)
        let chargeRow = change.update(&attempt.charge)
        let intentRow = change.update(&attempt.intent)
        change.events.append(context.event("charge.succeeded", attempt.charge, row: chargeRow))
        if !attempt.intent.isHidden {
            let type =
                attempt.intent.status == .succeeded
                ? "payment_intent.succeeded" : "payment_intent.amount_capturable_updated"
            change.events.append(context.event(type, attempt.intent, row: intentRow))
        }
        return (attempt, change)
    }

    /// A method that is to be used again is attached to the customer; one used without a customer is spent.
    private static func keepForLater(_ attempt: inout Attempt, _ change: inout Change, _ context: DecisionContext) {
        guard attempt.method.customer == nil else { return }
        if attempt.intent.setupFutureUsage != nil, let customer = attempt.intent.customer {
            attempt.method.customer = customer
            attempt.method.isSpent = false
            attempt.method.card.checks = attempt.charge.card.checks
            change.update(&attempt.method)
            change.events.append(context.event("payment_method.attached", attempt.method))
        } else if !attempt.method.isSpent {
            attempt.method.isSpent = true
            change.update(&attempt.method)
        }
    }

    // MARK: Declined

    private static func decline(
        _ attempt: Attempt, _ result: AttemptResult, _ risk: RiskAssessment, _ context: DecisionContext
    ) -> (Attempt, Change) {
        var attempt = attempt
        var change = Change()
        let (reason, networkCode, networkStatus) = reason(result)
        if attempt.charge.spentItsMethod, attempt.method.isSpent {
            attempt.charge.spentItsMethod = false
            attempt.method.isSpent = false
            change.update(&attempt.method)
        }
        if case .answered(let answer) = result { attempt.charge.card.checks = answer.checks }
        if result.mustBeReversed {
            change.insert(
                NetworkAdvice(
                    merchant: attempt.charge.merchant, operation: .reversal,
                    reference: attempt.charge.network.reference, charge: attempt.charge.id, refund: nil,
                    amount: attempt.charge.amount, dueAt: context.now))
        }
        attempt.charge.status = .failed
        attempt.charge.failure = reason.failure(networkCode: networkCode, charge: attempt.charge.id, paymentMethod: nil)
        attempt.charge.outcome = ChargeOutcome(
            type: result.isBlocked ? "blocked" : "issuer_declined", networkStatus: networkStatus,
            reason: result.isBlocked ? "highest_risk_level" : reason.declineCode ?? reason.code,
            riskLevel: risk.level.rawValue, riskScore: risk.score,
            sellerMessage: sellerMessage(result, reason),
            adviceCode: reason.advice, networkDeclineCode: networkCode)
        attempt.intent.status = .requiresPaymentMethod
        attempt.intent.paymentMethod = nil
        attempt.intent.lastError = reason.failure(
            networkCode: networkCode, charge: attempt.charge.id, paymentMethod: attempt.method)
        change.update(&attempt.charge)
        change.update(&attempt.intent)
        change.events.append(context.event("charge.failed", attempt.charge))
        if !attempt.intent.isHidden {
            change.events.append(context.event("payment_intent.payment_failed", attempt.intent))
        }
        return (attempt, change)
    }

    private static func sellerMessage(_ result: AttemptResult, _ reason: DeclineReason) -> String {
        switch result {
        case .blocked: "Florin blocked this payment as too risky."
        case .notSent: "The card network could not be reached."
        case .reversed: "The bank did not answer in time; the payment was reversed."
        case .answered: "The bank returned the decline code `\(reason.declineCode ?? reason.code)`."
        }
    }

    private static func reason(_ result: AttemptResult) -> (DeclineReason, code: String?, status: String) {
        switch result {
        case .answered(let answer) where answer.isPartialApproval:
            (.reason(declineCode: "insufficient_funds"), answer.responseCode, "reversed_after_approval")
        case .answered(let answer):
            (.reason(declineCode: answer.declineCode), answer.responseCode, "declined_by_network")
        case .blocked: (.blocked, nil, "not_sent_to_network")
        case .notSent: (.processingError, nil, "not_sent_to_network")
        case .reversed: (.processingError, nil, "declined_by_network")
        }
    }
}

extension AttemptResult {
    var isBlocked: Bool {
        if case .blocked = self { return true }
        return false
    }

    /// Whether the issuer may hold an amount that must not stand.
    public var mustBeReversed: Bool {
        switch self {
        case .answered(let answer): answer.isPartialApproval
        case .reversed: true
        case .blocked, .notSent: false
        }
    }
}

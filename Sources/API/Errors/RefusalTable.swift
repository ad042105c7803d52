import Core
import Money
import Payments
import Platform
import Storage

/// The one table from what the platform and the domains refuse to what the API answers.
extension Endpoints {
    /// Every platform error as an answer.
    func mapped(_ error: PlatformError, _ call: Call) throws -> any Error {
        switch error {
        case .refused(let refusal): try refused(refusal, call)
        case .idempotencyKeyInUse: APIError.idempotencyKeyInUse(key: call.claim?.key ?? "")
        case .contended: APIError.lockTimeout(call.path)
        case .overloaded(let seconds): APIError.overloaded(retryAfterSeconds: seconds)
        case .unavailable(let detail): APIError.storeUnavailable(detail)
        case .unknown: APIError.internalFault(requestID: call.requestID)
        }
    }

    private func refused(_ refusal: PaymentRefusal, _ call: Call) throws -> APIError {
        switch refusal {
        case .amountTooSmall(let minimum):
            return .amountTooSmall(minimum: minimum.amount, currency: minimum.currency, param: "amount")
        case .amountTooLarge: return .amountTooLarge(maximum: ValueRule.amountMax, param: "amount")
        case .tooMuchMetadata:
            return .invalidMetadata(MetadataLimits.tooManyKeys, param: "metadata")
        case .noSuch(let kind, let id, let parameter):
            if call.pathParameters.values.contains(id) { return .noSuch(kind, id: id, inPathAs: parameter) }
            return .noSuch(kind, id: id, param: parameter)
        case .invalidCard(let problem): return .invalidCard(problem)
        case .cardRefused(let failure): return .refusedCard(failure, intent: nil, context(call))
        case .tokenAlreadyUsed(let id):
            return .invalid(
                "You cannot use a Stripe token more than once: \(id).", param: nil, code: "token_already_used")
        case .paymentMethodSpent: return .spentMethod
        case .paymentMethodOfAnotherCustomer(let id, let owner):
            return .invalid(
                "The provided PaymentMethod cannot be used: \(id) belongs to the Customer \(owner). Please include the "
                    + "Customer in the `customer` parameter.",
                param: "payment_method")
        case .paymentMethodNotAttached:
            return .invalid(
                "The payment method you provided is not attached to a customer so detachment is impossible.", param: nil
            )
        case .chargeNotRefundable(let id):
            return .invalid("Charge \(id) has not been captured, so it cannot be refunded.", param: "charge")
        case .chargeAlreadyRefunded(let id):
            return .invalid("Charge \(id) has already been refunded.", param: nil, code: "charge_already_refunded")
        case .refundTooLarge(let requested, let refundable):
            return .invalid(
                "Refund amount (\(requested)) is greater than unrefunded amount on charge (\(refundable))",
                param: "amount")
        case .refundNotCancelable(let id):
            return .invalid(
                "Refund \(id) is of a card payment, which cannot be canceled.", param: "id",
                code: "refund_not_cancelable")
        case .chargeAlreadyCaptured(let id):
            return .invalid("Charge \(id) has already been captured.", param: nil, code: "charge_already_captured")
        case .unexpectedState(let intent, let action):
            return .unexpectedState(
                intent: APIObject.paymentIntent(intent).body(context(call)),
                message: Self.stateMessage(intent, action))
        case .missingPaymentMethod(let intent):
            return .unexpectedState(
                intent: APIObject.paymentIntent(intent).body(context(call)),
                message: "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
                    + "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
                    + "directly with a payment method.")
        case .returnURLRequired: return .returnURLRequired
        case .captureTooLarge(_, let capturable):
            return .invalid(
                "The amount_to_capture must not exceed the amount that can be captured (\(capturable)).",
                param: "amount_to_capture", code: "amount_too_large")
        case .incrementTooSmall(let intent):
            return .invalid(
                "The new amount must be greater than the authorized amount (\(intent.amount.amount)).", param: "amount")
        }
    }

    private static func stateMessage(_ intent: PaymentIntent, _ action: IntentAction) -> String {
        let status = intent.status.rawValue
        switch action {
        case .confirm:
            if intent.status == .succeeded {
                return "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
                    + "confirmed."
            }
            return "You cannot confirm this PaymentIntent because it has a status of \(status)."
        case .capture:
            return
                "This PaymentIntent could not be captured because it has a status of \(status). Only a PaymentIntent "
                + "with one of the following statuses may be captured: requires_capture."
        case .cancel:
            return
                "You cannot cancel this PaymentIntent because it has a status of \(status). Only a PaymentIntent with "
                + "one of the following statuses may be canceled: requires_payment_method, requires_capture, "
                + "requires_confirmation, requires_action."
        case .update:
            return "This PaymentIntent's terms could not be updated because it has a status of \(status)."
        case .increment:
            return "This PaymentIntent's authorization could not be incremented because it has a status of \(status); "
                + "it must be requires_capture."
        case .refund:
            return "This PaymentIntent (\(intent.id)) does not have a successful charge to refund."
        }
    }
}

extension APIError {
    /// 400: a method that was used up.
    fileprivate static let spentMethod = invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was "
            + "detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
            + "attach it to a Customer first.",
        param: nil)

    /// 400: a confirmation that may have to redirect, and does not say where to.
    fileprivate static let returnURLRequired = invalid(
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
            + "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you "
            + "don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "
            + "and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment "
            + "Intents.",
        param: nil)

    /// 402: a card that cannot be right.
    static func invalidCard(_ problem: InvalidCard) -> APIError {
        switch problem {
        case .number:
            .card(code: "incorrect_number", message: "Your card number is incorrect.", param: "number")
        case .expiryMonth:
            .card(
                code: "invalid_expiry_month", message: "Your card's expiration month is invalid.", param: "exp_month")
        case .expiryYear:
            .card(code: "invalid_expiry_year", message: "Your card's expiration year is invalid.", param: "exp_year")
        case .cvc: .card(code: "invalid_cvc", message: "Your card's security code is invalid.", param: "cvc")
        }
    }

    /// 402: a card that was refused; with the intent it was for.
    static func refusedCard(_ failure: PaymentFailure, intent: PaymentIntent?, _ context: RenderContext) -> APIError {
        var error = card(
            code: failure.code, message: failure.message, param: failure.parameter, declineCode: failure.declineCode)
        error.adviceCode = failure.adviceCode
        error.networkDeclineCode = failure.networkDeclineCode
        error.charge = failure.charge?.text
        if let intent { error.paymentIntent = APIObject.paymentIntent(intent).body(context) }
        if let method = failure.paymentMethod {
            error.paymentMethod = APIObject.paymentMethod(method).body(context)
        }
        return error
    }

    /// 503: the store cannot be read or written now. Nothing happened.
    static func storeUnavailable(_ detail: String) -> APIError {
        unavailable("Nothing was done for this request: \(sentence(detail)) Please retry later.")
    }

    /// 503: what an earlier request with the same key came to cannot be told now. It may have been done.
    static func outcomeUnavailable(_ detail: String) -> APIError {
        unavailable(
            "What was done for this idempotency key cannot be told now: \(sentence(detail)) Please retry later with "
                + "the same key.")
    }

    private static func sentence(_ detail: String) -> String { detail.hasSuffix(".") ? detail : detail + "." }

    private static func unavailable(_ message: String) -> APIError {
        var error = APIError(status: 503, type: .api, message: message)
        error.retryAfterSeconds = 5
        error.shouldRetry = true
        return error
    }
}

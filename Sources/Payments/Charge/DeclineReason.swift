public import Core

/// How a network's refusal is told to the merchant: one row for each response code that cards answer.
///
/// Sources: ISO 8583:1987 data element 39 with network extensions; Stripe's documentation of declines for the codes and
/// advice of the API.
public struct DeclineReason: Hashable, Sendable {
    /// `card_declined`, or a code of its own such as `expired_card`.
    public let code: String
    /// The finer reason that goes with the code.
    public let declineCode: String?
    public let advice: String?
    public let parameter: String?
    public let message: String

    private init(
        _ code: String, decline declineCode: String? = nil, advice: String?, parameter: String? = nil,
        message: String = "Your card was declined."
    ) {
        self.code = code
        self.declineCode = declineCode
        self.advice = advice
        self.parameter = parameter
        self.message = message
    }

    static let retry = "try_again_later"
    static let stop = "do_not_try_again"
    static let confirm = "confirm_card_data"

    /// The reason for a decline code, as the table of network response codes names it.
    public static func reason(declineCode: String?) -> DeclineReason {
        switch declineCode {
        case "expired_card":
            DeclineReason(
                "expired_card", decline: "expired_card", advice: confirm, parameter: "exp_month",
                message: "Your card has expired.")
        case "incorrect_cvc":
            DeclineReason(
                "incorrect_cvc", decline: "incorrect_cvc", advice: confirm, parameter: "cvc",
                message: "Your card's security code is incorrect.")
        case "incorrect_number":
            DeclineReason(
                "incorrect_number", decline: "incorrect_number", advice: confirm, parameter: "number",
                message: "Your card number is incorrect.")
        case "processing_error": processingError
        case "authentication_required":
            DeclineReason(
                "authentication_required", decline: "authentication_required", advice: nil,
                message: "Your card was declined. This transaction requires authentication.")
        case "insufficient_funds":
            DeclineReason(
                "card_declined", decline: "insufficient_funds", advice: retry,
                message: "Your card has insufficient funds.")
        case "card_velocity_exceeded", "withdrawal_count_limit_exceeded":
            DeclineReason(
                "card_declined", decline: declineCode, advice: retry,
                message: "Your card was declined for making repeated attempts too frequently or exceeding its amount "
                    + "limit.")
        case "lost_card", "stolen_card", "pickup_card", "invalid_account", "restricted_card", "fraudulent",
            "stop_payment_order", "revocation_of_authorization", "revocation_of_all_authorizations",
            "transaction_not_allowed", "card_not_supported", "service_not_allowed", "not_permitted":
            DeclineReason("card_declined", decline: declineCode, advice: stop)
        default: DeclineReason("card_declined", decline: declineCode ?? "generic_decline", advice: retry)
        }
    }

    /// The network could not be asked, or asked to try later.
    public static let processingError = DeclineReason(
        "processing_error", decline: "processing_error", advice: retry,
        message: "An error occurred while processing your card. Try again in a little bit.")

    /// Florin's own screening stopped it before the network was asked.
    public static let blocked = DeclineReason("card_declined", decline: "fraudulent", advice: stop)

    /// The failure as it is kept on the charge and the intent.
    public func failure(networkCode: String?, charge: ChargeID?, paymentMethod: PaymentMethod?) -> PaymentFailure {
        PaymentFailure(
            code: code, declineCode: declineCode, adviceCode: advice, networkDeclineCode: networkCode,
            message: message, parameter: parameter, charge: charge, paymentMethod: paymentMethod)
    }
}

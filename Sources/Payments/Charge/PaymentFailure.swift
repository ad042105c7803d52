public import Core

/// Why a card was refused, in the words of the API.
public struct PaymentFailure: Hashable, Sendable {
    /// `card_declined`, `expired_card`, `incorrect_cvc`, `processing_error`, `authentication_required` …
    public var code: String
    /// With `card_declined`: `insufficient_funds`, `generic_decline` …
    public var declineCode: String?
    /// `try_again_later`, `do_not_try_again` or `confirm_card_data`.
    public var adviceCode: String?
    /// DE39 as the network sent it; nil when it was not asked.
    public var networkDeclineCode: String?
    public var message: String
    /// The parameter at fault, such as `exp_month`.
    public var parameter: String?
    public var charge: ChargeID?
    /// The method that was refused, as it was then.
    public var paymentMethod: PaymentMethod?

    public init(
        code: String, declineCode: String?, adviceCode: String?, networkDeclineCode: String?, message: String,
        parameter: String?, charge: ChargeID?, paymentMethod: PaymentMethod?
    ) {
        self.code = code
        self.declineCode = declineCode
        self.adviceCode = adviceCode
        self.networkDeclineCode = networkDeclineCode
        self.message = message
        self.parameter = parameter
        self.charge = charge
        self.paymentMethod = paymentMethod
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            json.field("code", code)
            json.some("decline_code", declineCode)
            json.some("advice_code", adviceCode)
            json.some("network_code", networkDeclineCode)
            json.field("message", message)
            json.some("param", parameter)
            json.some("charge", charge?.text)
            if let paymentMethod {
                json.field("merchant", paymentMethod.merchant.value)
                json.object("payment_method") { paymentMethod.encode(into: &$0) }
            }
        }
    }

    init?(_ reader: DocumentReader?) throws(DocumentError) {
        guard let reader else { return nil }
        code = try reader.text("code")
        declineCode = reader.optionalText("decline_code")
        adviceCode = reader.optionalText("advice_code")
        networkDeclineCode = reader.optionalText("network_code")
        message = try reader.text("message")
        parameter = reader.optionalText("param")
        charge = reader.optionalText("charge").map { ChargeID($0) }
        if let method = reader.part("payment_method") {
            paymentMethod = try PaymentMethod(
                merchant: MerchantKey(reader.integer("merchant")), version: 1, document: method)
        }
    }
}

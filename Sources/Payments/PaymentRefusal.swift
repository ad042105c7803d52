public import Core
public import Money

/// Why a command on a payment is refused. Nothing happened; the API answers a 4xx that names the parameter.
///
/// The cases stand in order of precedence: what is wrong with the request alone, then with the objects it names, then
/// with the state they are in.
public enum PaymentRefusal: Error, Sendable {
    /// Below the smallest amount that can be charged in its currency.
    case amountTooSmall(minimum: Money)
    case amountTooLarge
    /// More than ``Metadata/entriesMax`` pairs of metadata.
    case tooMuchMetadata
    /// No object of this kind and id belongs to the merchant; `parameter` names it in the request.
    case noSuch(kind: String, id: String, parameter: String)
    /// A card that cannot be right: bad number, month, year or code.
    case invalidCard(InvalidCard)
    /// The issuer refused a card that was to be saved.
    case cardRefused(PaymentFailure)
    case tokenAlreadyUsed(TokenID)
    /// The method was used without a customer, or detached.
    case paymentMethodSpent(PaymentMethodID)
    /// The method belongs to a customer that the request does not name.
    case paymentMethodOfAnotherCustomer(PaymentMethodID, owner: CustomerID)
    /// Only attached methods can be detached.
    case paymentMethodNotAttached(PaymentMethodID)
    /// The intent cannot do this in its status.
    case unexpectedState(PaymentIntent, action: IntentAction)
    /// The intent has no method to be paid with.
    case missingPaymentMethod(PaymentIntent)
    /// Automatic payment methods may redirect, so confirming needs a return URL.
    case returnURLRequired(PaymentIntent)
    case captureTooLarge(PaymentIntent, capturable: Int64)
    case incrementTooSmall(PaymentIntent)
    case chargeNotRefundable(ChargeID)
    case chargeAlreadyRefunded(ChargeID)
    case refundTooLarge(requested: Money, refundable: Money)
    case refundNotCancelable(RefundID)
    /// A charge that was captured already.
    case chargeAlreadyCaptured(ChargeID)
}

/// What was asked of an intent.
public enum IntentAction: String, Sendable {
    case update, confirm, capture, cancel, increment, refund
}

/// What is wrong with a card's data as typed in.
public enum InvalidCard: String, Sendable {
    case number, expiryMonth, expiryYear, cvc
}

public import Core
public import Money

/// What a merchant asks for when it makes an intent.
public struct NewIntent: Sendable {
    public var amount: Money
    public var captureMethod: PaymentIntent.CaptureMethod
    public var confirmationMethod = "automatic"
    public var customer: CustomerID?
    public var description: String?
    public var metadata = Metadata()
    public var paymentMethodTypes: [String]
    public var automaticPaymentMethods: PaymentIntent.AutomaticPaymentMethods?
    public var receiptEmail: String?
    public var setupFutureUsage: String?
    public var shipping: Shipping?
    public var statementDescriptor: String?
    public var statementDescriptorSuffix: String?
    public var transferGroup: String?
    public var isHidden = false

    public init(
        amount: Money, captureMethod: PaymentIntent.CaptureMethod, paymentMethodTypes: [String],
        automaticPaymentMethods: PaymentIntent.AutomaticPaymentMethods?
    ) {
        self.amount = amount
        self.captureMethod = captureMethod
        self.paymentMethodTypes = paymentMethodTypes
        self.automaticPaymentMethods = automaticPaymentMethods
    }
}

/// What a merchant changes of an intent; nil leaves a field as it is, `.some(nil)` clears it.
public struct IntentUpdate: Sendable {
    public var amount: Int64?
    public var currency: Currency?
    public var customer: CustomerID??
    public var description: String??
    public var metadata: Metadata.Update?
    public var paymentMethodTypes: [String]?
    public var captureMethod: PaymentIntent.CaptureMethod?
    public var receiptEmail: String??
    public var setupFutureUsage: String??
    public var shipping: Shipping??
    public var statementDescriptor: String??
    public var statementDescriptorSuffix: String??
    public var transferGroup: String??

    public init() {}

    /// Whether what is to be paid, by whom or how changes; what is merely said of a payment may change in every status.
    var touchesTerms: Bool {
        amount != nil || currency != nil || customer != nil || paymentMethodTypes != nil || captureMethod != nil
            || setupFutureUsage != nil
    }
}

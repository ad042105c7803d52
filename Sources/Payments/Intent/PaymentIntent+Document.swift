public import Core
import Money

extension PaymentIntent {
    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.field("status", status.rawValue)
        json.field("amount", amount.amount)
        json.field("currency", amount.currency.lowercased)
        json.field("capturable", amountCapturable)
        json.field("received", amountReceived)
        json.field("capture", captureMethod.rawValue)
        json.field("confirmation", confirmationMethod)
        json.field("secret", clientSecret)
        json.some("customer", customer?.text)
        json.some("payment_method", paymentMethod?.text)
        json.some("description", description)
        metadata.encode("metadata", into: &json)
        json.someTexts("types", paymentMethodTypes)
        json.some("automatic", automaticPaymentMethods?.allowRedirects)
        json.some("receipt_email", receiptEmail)
        json.some("return_url", returnURL)
        json.some("future_usage", setupFutureUsage)
        shipping?.encode("shipping", into: &json)
        json.some("descriptor", statementDescriptor)
        json.some("descriptor_suffix", statementDescriptorSuffix)
        json.some("transfer_group", transferGroup)
        json.some("canceled_at", canceledAt?.milliseconds)
        json.some("cancellation_reason", cancellationReason)
        json.some("latest_charge", latestCharge?.text)
        json.someTexts("charges", charges.map(\.text))
        lastError?.encode("last_error", into: &json)
        json.some("hidden", isHidden)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = PaymentIntentID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        status = try document.choice("status")
        amount = try document.money("amount", currency: "currency")
        amountCapturable = document.integer("capturable")
        amountReceived = document.integer("received")
        captureMethod = try document.choice("capture")
        confirmationMethod = try document.text("confirmation")
        clientSecret = try document.text("secret")
        customer = document.optionalText("customer").map { CustomerID($0) }
        paymentMethod = document.optionalText("payment_method").map { PaymentMethodID($0) }
        description = document.optionalText("description")
        metadata = Metadata(document, "metadata")
        paymentMethodTypes = document.texts("types")
        automaticPaymentMethods = document.optionalText("automatic").map {
            AutomaticPaymentMethods(allowRedirects: $0)
        }
        receiptEmail = document.optionalText("receipt_email")
        returnURL = document.optionalText("return_url")
        setupFutureUsage = document.optionalText("future_usage")
        shipping = Shipping(document.part("shipping"))
        statementDescriptor = document.optionalText("descriptor")
        statementDescriptorSuffix = document.optionalText("descriptor_suffix")
        transferGroup = document.optionalText("transfer_group")
        canceledAt = document.optionalInteger("canceled_at").map { Timestamp(milliseconds: $0) }
        cancellationReason = document.optionalText("cancellation_reason")
        latestCharge = document.optionalText("latest_charge").map { ChargeID($0) }
        charges = document.texts("charges").map { ChargeID($0) }
        lastError = try PaymentFailure(document.part("last_error"))
        isHidden = document.bool("hidden")
    }
}

extension DocumentReader {
    /// An amount in minor units and its currency, stored under two names.
    func money(_ amount: String, currency: String) throws(DocumentError) -> Money {
        guard let currency = Currency(code: try text(currency)) else { throw DocumentError(field: currency) }
        return Money(integer(amount), currency)
    }
}

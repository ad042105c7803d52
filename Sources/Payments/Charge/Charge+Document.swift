public import Core
import Money

extension Charge {
    public func encode(into json: inout JSONWriter) {
        json.field("id", id.text)
        json.field("created", createdAt.milliseconds)
        json.field("status", status.rawValue)
        json.field("amount", amount.amount)
        json.field("currency", amount.currency.lowercased)
        json.field("captured_amount", amountCaptured)
        json.some("refunded_amount", amountRefunded == 0 ? nil : amountRefunded)
        json.some("captured", isCaptured)
        json.some("released", isReleased)
        json.some("customer", customer?.text)
        json.field("intent", paymentIntent.text)
        json.some("hides_intent", hidesIntent)
        json.field("payment_method", paymentMethod.text)
        card.encode("card", into: &json)
        billingDetails.encode("billing", into: &json)
        json.some("description", description)
        metadata.encode("metadata", into: &json)
        json.some("receipt_email", receiptEmail)
        shipping?.encode("shipping", into: &json)
        json.some("descriptor", statementDescriptor)
        json.some("descriptor_suffix", statementDescriptorSuffix)
        json.field("statement", calculatedStatementDescriptor)
        json.some("transfer_group", transferGroup)
        json.some("balance_transaction", balanceTransaction?.text)
        failure?.encode("failure", into: &json)
        json.some("spent_method", spentItsMethod)
        outcome?.encode("outcome", into: &json)
        network.encode("network", into: &json)
        fraudDetails.encode("fraud", into: &json)
    }

    public init(merchant: MerchantKey, version: Int64, document: DocumentReader) throws(DocumentError) {
        self.merchant = merchant
        self.version = version
        id = ChargeID(try document.text("id"))
        createdAt = Timestamp(milliseconds: document.integer("created"))
        status = try document.choice("status")
        amount = try document.money("amount", currency: "currency")
        amountCaptured = document.integer("captured_amount")
        amountRefunded = document.integer("refunded_amount")
        isCaptured = document.bool("captured")
        isReleased = document.bool("released")
        customer = document.optionalText("customer").map { CustomerID($0) }
        paymentIntent = PaymentIntentID(try document.text("intent"))
        hidesIntent = document.bool("hides_intent")
        paymentMethod = PaymentMethodID(try document.text("payment_method"))
        card = try Card(document.part("card"))
        billingDetails = BillingDetails(document.part("billing"))
        description = document.optionalText("description")
        metadata = Metadata(document, "metadata")
        receiptEmail = document.optionalText("receipt_email")
        shipping = Shipping(document.part("shipping"))
        statementDescriptor = document.optionalText("descriptor")
        statementDescriptorSuffix = document.optionalText("descriptor_suffix")
        calculatedStatementDescriptor = try document.text("statement")
        transferGroup = document.optionalText("transfer_group")
        balanceTransaction = document.optionalText("balance_transaction").map { BalanceTransactionID($0) }
        failure = try PaymentFailure(document.part("failure"))
        spentItsMethod = document.bool("spent_method")
        outcome = try ChargeOutcome(document.part("outcome"))
        network = try NetworkAttempt(document.part("network"))
        fraudDetails = Metadata(document, "fraud")
    }
}

extension ChargeOutcome {
    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            json.field("type", type)
            json.field("network", networkStatus)
            json.some("reason", reason)
            json.field("risk", riskLevel)
            json.field("score", riskScore)
            json.field("message", sellerMessage)
            json.some("advice", adviceCode)
            json.some("network_code", networkDeclineCode)
        }
    }

    init?(_ reader: DocumentReader?) throws(DocumentError) {
        guard let reader else { return nil }
        type = try reader.text("type")
        networkStatus = try reader.text("network")
        reason = reader.optionalText("reason")
        riskLevel = try reader.text("risk")
        riskScore = reader.integer("score")
        sellerMessage = try reader.text("message")
        adviceCode = reader.optionalText("advice")
        networkDeclineCode = reader.optionalText("network_code")
    }
}

extension NetworkReference {
    func encode(into json: inout JSONWriter) {
        json.field("at", transmittedAt.milliseconds)
        json.field("trace", Int64(traceNumber))
        json.field("rrn", retrievalReference)
    }

    init(_ reader: DocumentReader?) throws(DocumentError) {
        guard let reader else { throw DocumentError(field: "reference") }
        self.init(
            transmittedAt: Timestamp(milliseconds: reader.integer("at")), traceNumber: Int(reader.integer("trace")),
            retrievalReference: try reader.text("rrn"))
    }
}

extension NetworkAttempt {
    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            json.field("operation", operation.rawValue)
            reference.encode(into: &json)
            json.some("on_file", isOnFile)
            json.some("approval", approvalCode)
            json.some("transaction", networkTransactionID)
            json.some("key", idempotencyKey)
            json.some("keeper", keeper)
        }
    }

    init(_ reader: DocumentReader?) throws(DocumentError) {
        guard let reader else { throw DocumentError(field: "network") }
        operation = try reader.choice("operation")
        reference = try NetworkReference(reader)
        isOnFile = reader.bool("on_file")
        approvalCode = reader.optionalText("approval")
        networkTransactionID = reader.optionalText("transaction")
        idempotencyKey = reader.optionalText("key")
        keeper = reader.optionalText("keeper")
    }
}

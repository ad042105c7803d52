import Core
import Money
import Payments
import Platform

/// What the payment intent endpoints take, and how it becomes commands.
enum PaymentIntentSchemas {
    private static let captureMethods = ["automatic", "automatic_async", "manual"]
    private static let usages = ["off_session", "on_session"]

    private static let cardOptions = Schema.Kind.hash([
        .optional(
            "card",
            .hash([
                .optional("capture_method", .enumeration(["manual"])), .optional("cvc_token", .id),
                .optional("moto", .boolean), .optional("network", .string),
                .optional("request_extended_authorization", .enumeration(["if_available", "never"])),
                .optional("request_incremental_authorization", .enumeration(["if_available", "never"])),
                .optional("request_multicapture", .enumeration(["if_available", "never"])),
                .optional("request_overcapture", .enumeration(["if_available", "never"])),
                .optional("request_three_d_secure", .enumeration(["any", "automatic", "challenge"])),
                .optional("setup_future_usage", .enumeration(["none", "off_session", "on_session"])),
                .unsettable("cvc", .secret(max: 8)),
            ]))
    ])

    private static let terms: [Schema.Field] = [
        .optional("customer", .id), .optional("description", .string(max: 1_000)), .optional("metadata", .metadata),
        .optional("payment_method", .id), .optional("payment_method_data", CardParameters.methodData),
        .optional("payment_method_options", cardOptions),
        .optional("payment_method_types", .array(of: .enumeration(["card"]))),
        .unsettable("receipt_email", .email), .unsettable("setup_future_usage", .enumeration(usages)),
        .unsettable("shipping", .shipping), .optional("statement_descriptor", .string(max: 22)),
        .optional("statement_descriptor_suffix", .string(max: 22)), .optional("transfer_group", .string(max: 255)),
        .optional("capture_method", .enumeration(captureMethods)),
    ]

    private static let confirming: [Schema.Field] = [
        .optional("return_url", .url), .optional("off_session", .either(.boolean, Schema(hash: []))),
        .optional("error_on_requires_action", .boolean), .optional("use_stripe_sdk", .boolean),
        .optional("radar_options", .hash([.optional("session", .string)])),
    ]

    static let create = Schema(
        [
            .required("amount", .amount), .required("currency", .currency),
            .optional(
                "automatic_payment_methods",
                .hash([
                    .required("enabled", .boolean), .optional("allow_redirects", .enumeration(["always", "never"])),
                ])),
            .optional("confirm", .boolean), .optional("confirmation_method", .enumeration(["automatic", "manual"])),
        ] + terms + confirming)

    static let update = Schema([.optional("amount", .amount), .optional("currency", .currency)] + terms)

    static let confirm = Schema(
        [
            .optional("client_secret", .nonEmptyString), .optional("payment_method", .id),
            .optional("payment_method_data", CardParameters.methodData),
            .optional("payment_method_options", cardOptions),
            .optional("payment_method_types", .array(of: .enumeration(["card"]))),
            .unsettable("receipt_email", .email), .unsettable("setup_future_usage", .enumeration(usages)),
            .unsettable("shipping", .shipping), .optional("capture_method", .enumeration(captureMethods)),
        ] + confirming)

    static let cancel = Schema([
        .optional(
            "cancellation_reason",
            .enumeration(["abandoned", "duplicate", "fraudulent", "requested_by_customer"]))
    ])

    static let capture = Schema([
        .optional("amount_to_capture", .integer(1...ValueRule.amountMax)), .optional("final_capture", .boolean),
        .optional("metadata", .metadata), .optional("statement_descriptor", .string(max: 22)),
        .optional("statement_descriptor_suffix", .string(max: 22)),
    ])

    static let increment = Schema([
        .required("amount", .amount), .optional("description", .string(max: 1_000)),
        .optional("metadata", .metadata), .optional("statement_descriptor", .string(max: 22)),
    ])

    // MARK: Commands

    static func newIntent(_ parameters: Parameters) throws(APIError) -> NewIntent {
        let currency = try parameters.currency(required: "currency")
        let types = parameters.strings("payment_method_types") ?? []
        var automatic: PaymentIntent.AutomaticPaymentMethods?
        if let given = parameters.hash("automatic_payment_methods") {
            guard types.isEmpty else {
                throw .exclusive("automatic_payment_methods", "payment_method_types")
            }
            if given.boolean("enabled") == true {
                automatic = .init(allowRedirects: given.string("allow_redirects") ?? "always")
            }
        } else if types.isEmpty {
            automatic = .init(allowRedirects: "always")
        }
        var command = NewIntent(
            amount: Money(try parameters.integer(required: "amount"), currency),
            captureMethod: captureMethod(parameters) ?? .automaticAsync,
            paymentMethodTypes: types.isEmpty && automatic == nil ? ["card"] : types,
            automaticPaymentMethods: automatic)
        command.confirmationMethod = parameters.string("confirmation_method") ?? "automatic"
        command.customer = parameters.string("customer").map { CustomerID($0) }
        command.description = parameters.string("description")
        command.metadata = try parameters.metadata(merging: Metadata())
        command.receiptEmail = parameters.string("receipt_email")
        command.setupFutureUsage = parameters.string("setup_future_usage")
        command.shipping = parameters.shipping("shipping")
        command.statementDescriptor = parameters.string("statement_descriptor")
        command.statementDescriptorSuffix = parameters.string("statement_descriptor_suffix")
        command.transferGroup = parameters.string("transfer_group")
        return command
    }

    /// Manual capture may be asked for the intent or for cards alone.
    private static func captureMethod(_ parameters: Parameters) -> PaymentIntent.CaptureMethod? {
        if parameters.hash("payment_method_options")?.hash("card")?.string("capture_method") == "manual" {
            return .manual
        }
        return parameters.choice("capture_method")
    }

    static func checkConfirmOnly(_ parameters: Parameters, isConfirmed: Bool) throws(APIError) {
        guard !isConfirmed else { return }
        for (name, isGiven) in [
            ("return_url", parameters.has("return_url")), ("off_session", parameters.has("off_session")),
            ("error_on_requires_action", parameters.has("error_on_requires_action")),
        ] where isGiven {
            throw .invalid("The parameter `\(name)` can only be passed when `confirm` is true.", param: name)
        }
    }

    static func confirmation(
        _ parameters: Parameters, method: PaymentMethodChoice?
    ) throws(APIError) -> Confirmation {
        var confirmation = Confirmation(method: method)
        confirmation.returnURL = parameters.string("return_url")
        confirmation.setupFutureUsage = parameters.string("setup_future_usage")
        confirmation.receiptEmail = parameters.string("receipt_email")
        confirmation.shipping = parameters.shipping("shipping")
        confirmation.captureMethod = captureMethod(parameters)
        if let card = parameters.hash("payment_method_options")?.hash("card"), card.has("cvc"), !card.isUnset("cvc") {
            let text = card.withSecret("cvc") { String(decoding: $0, as: UTF8.self) } ?? ""
            guard let code = CardVerificationCode(text) else { throw .invalidCard(.cvc) }
            confirmation.cvc = code
        }
        return confirmation
    }

    static func update(_ parameters: Parameters) throws(APIError) -> IntentUpdate {
        var update = IntentUpdate()
        update.amount = parameters.integer("amount")
        update.currency = parameters.currency("currency")
        update.customer = parameters.string("customer").map { .some(CustomerID($0)) }
        update.description = parameters.change("description")
        update.metadata = parameters.metadataUpdate()
        update.paymentMethodTypes = parameters.strings("payment_method_types")
        update.captureMethod = captureMethod(parameters)
        update.receiptEmail = parameters.change("receipt_email")
        update.setupFutureUsage = parameters.change("setup_future_usage")
        if let shipping = parameters.shipping("shipping") {
            update.shipping = .some(shipping)
        } else if parameters.isUnset("shipping") {
            update.shipping = .some(nil)
        }
        update.statementDescriptor = parameters.change("statement_descriptor")
        update.statementDescriptorSuffix = parameters.change("statement_descriptor_suffix")
        update.transferGroup = parameters.change("transfer_group")
        return update
    }
}

extension Parameters {
    /// What was said of a text: nil when nothing, `.some(nil)` when it was unset.
    func change(_ name: StaticString) -> String?? {
        if let value = string(name) { return .some(value) }
        return isUnset(name) ? .some(nil) : nil
    }
}

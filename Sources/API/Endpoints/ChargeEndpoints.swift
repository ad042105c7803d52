import Core
import Money
import Payments
import Platform
import Storage

extension Endpoints {
    var chargeRoutes: [Route] {
        [
            .post("/v1/charges", ChargeSchemas.create, handler: createCharge),
            .get(
                "/v1/charges",
                .list([
                    .optional("customer", .id), .optional("payment_intent", .id),
                    .optional("transfer_group", .nonEmptyString),
                ]), handler: listCharges),
            .get("/v1/charges/search", .search, handler: searchCharges),
            .get("/v1/charges/{charge}", handler: retrieveCharge),
            .post("/v1/charges/{charge}", ChargeSchemas.update, handler: updateCharge),
            .get("/v1/charges/{charge}/refunds", .list(hasCreated: false), handler: listChargeRefunds),
            .post("/v1/charges/{charge}/capture", ChargeSchemas.capture, handler: captureCharge),
        ]
    }

    /// A charge made without an intent runs through one that is not shown.
    @Sendable private func createCharge(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .charge)
        let (command, method) = try ChargeSchemas.newCharge(call.parameters)
        var chosen = method
        if chosen == nil, let customer = command.customer {
            let owner = try await find(Customer.self, customer.text, call, inBodyAs: "customer")
            chosen = owner.defaultPaymentMethod.map { .existing($0, parameter: "customer") }
        }
        guard let chosen else {
            throw APIError.invalid(
                "Must provide source or customer with a default payment method.", param: nil,
                code: "parameter_missing")
        }
        return try await write(call) { call, context in
            try await self.platform.createIntent(
                command, method: chosen, confirmation: Confirmation(method: nil), context,
                reply: self.chargeReply(call))
        }
    }

    func chargeReply(_ call: Call) -> ReplyMaker<IntentOutcome> {
        { outcome in
            if let failure = outcome.failure {
                let error = APIError.refusedCard(failure, intent: nil, self.context(call))
                return IdempotentReply(status: error.status, body: error.body())
            }
            guard let charge = outcome.charge else { preconditionFailure("A charge answers its attempt") }
            return .ok(try await self.body(.charge(charge), call, inHand: self.inHand(outcome)))
        }
    }

    @Sendable private func retrieveCharge(_ call: Call) async throws -> Reply {
        .ok(try await body(.charge(try await find(Charge.self, call.path("charge"), call)), call))
    }

    @Sendable private func updateCharge(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .charge)
        let update = ChargeSchemas.update(call.parameters)
        return try await write(call) { call, context in
            try await self.platform.updateCharge(
                ChargeID(call.path("charge")), update, context, reply: self.ok(call) { .charge($0) })
        }
    }

    @Sendable private func captureCharge(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .charge)
        let charge = try await find(Charge.self, call.path("charge"), call)
        let amount = call.parameters.integer("amount")
        let descriptor = call.parameters.string("statement_descriptor")
        return try await write(call) { call, context in
            if charge.isCaptured { throw PlatformError.refused(.chargeAlreadyCaptured(charge.id)) }
            return try await self.platform.captureIntent(
                charge.paymentIntent, amount: amount, metadata: nil, statementDescriptor: descriptor, context,
                reply: self.chargeReply(call))
        }
    }

    @Sendable private func listCharges(_ call: Call) async throws -> Reply {
        if let id = call.parameters.string("payment_intent") { return try await listCharges(ofIntent: id, call) }
        var filters: [Filter] = []
        if let customer = call.parameters.string("customer") { filters.append(Filter("customer", customer)) }
        if let group = call.parameters.string("transfer_group") { filters.append(Filter("transfer_group", group)) }
        return try await page(Charge.self, prefix: ChargeKind.prefix, call, where: filters, kind: .charge) {
            .charge($0)
        }
    }

    @Sendable private func listChargeRefunds(_ call: Call) async throws -> Reply {
        let charge = try await find(Charge.self, call.path("charge"), call)
        return try await page(
            Refund.self, prefix: RefundKind.prefix, call, where: [Filter("charge", charge.id.text)], hasCreated: false,
            kind: .refund
        ) { .refund($0) }
    }

    /// The intent names its charges, so no index is needed for this list.
    private func listCharges(ofIntent id: String, _ call: Call) async throws -> Reply {
        let query = try ListQuery(call.parameters)
        let merchant = call.merchant.merchant
        let charges = try await platform.read { reader -> [Charge]? in
            guard
                let intent = try await reader.first(PaymentIntent.self, key: [.integer(merchant.value), .text(id)]),
                !intent.isHidden
            else { return nil }
            return try await reader.objects(Charge.self, intent.charges.map(\.text), of: merchant)
        }
        guard let charges else { throw APIError.noSuch(PaymentIntent.kind, id: id, param: "payment_intent") }
        let range = query.identifiers(prefix: ChargeKind.prefix)
        let matching = charges.filter { range?.contains($0.id.text) ?? false }
        let ordered = query.isAscending ? matching : matching.reversed()
        let rows = Array(ordered.prefix(query.fetchCount))
        return try await list(query.page(rows).map { .charge($0) }, call, .charge)
    }

    @Sendable private func searchCharges(_ call: Call) async throws -> Reply {
        try await search(Charge.self, prefix: ChargeKind.prefix, on: .charges, call) { .charge($0) }
    }
}

/// What the charge endpoints take.
enum ChargeSchemas {
    static let create = Schema([
        .required("amount", .amount), .required("currency", .currency), .optional("capture", .boolean),
        .optional("customer", .id), .optional("description", .string(max: 1_000)), .optional("metadata", .metadata),
        .unsettable("receipt_email", .email), .unsettable("shipping", .shipping),
        .optional("source", .either(.id, sourceCard)), .optional("statement_descriptor", .string(max: 22)),
        .optional("statement_descriptor_suffix", .string(max: 22)), .optional("transfer_group", .string(max: 255)),
    ])

    private static let sourceCard = Schema(hash: [
        .optional("object", .enumeration(["card"])), .required("number", .cardNumber),
        .required("exp_month", .integer), .required("exp_year", .integer), .unsettable("cvc", .secret(max: 8)),
        .optional("name", .string),
    ])

    static let update = Schema([
        .optional("customer", .id), .optional("description", .string(max: 1_000)), .optional("metadata", .metadata),
        .unsettable("receipt_email", .email), .unsettable("shipping", .shipping),
        .optional("transfer_group", .string(max: 255)),
        .optional("fraud_details", .hash([.optional("user_report", .enumeration(["fraudulent", "safe"]))])),
    ])

    static let capture = Schema([
        .optional("amount", .amount), .unsettable("receipt_email", .email),
        .optional("statement_descriptor", .string(max: 22)),
        .optional("statement_descriptor_suffix", .string(max: 22)),
    ])

    static func newCharge(_ parameters: Parameters) throws(APIError) -> (NewIntent, PaymentMethodChoice?) {
        var command = NewIntent(
            amount: Money(
                try parameters.integer(required: "amount"), try parameters.currency(required: "currency")),
            captureMethod: parameters.boolean("capture") == false ? .manual : .automatic, paymentMethodTypes: ["card"],
            automaticPaymentMethods: nil)
        command.isHidden = true
        command.customer = parameters.string("customer").map { CustomerID($0) }
        command.description = parameters.string("description")
        command.metadata = try parameters.metadata(merging: Metadata())
        command.receiptEmail = parameters.string("receipt_email")
        command.shipping = parameters.shipping("shipping")
        command.statementDescriptor = parameters.string("statement_descriptor")
        command.statementDescriptorSuffix = parameters.string("statement_descriptor_suffix")
        command.transferGroup = parameters.string("transfer_group")
        return (command, try source(parameters))
    }

    private static func source(_ parameters: Parameters) throws(APIError) -> PaymentMethodChoice? {
        if let card = parameters.hash("source") {
            return .new(
                .raw(try CardParameters.raw(card)), BillingDetails(name: card.string("name")), Metadata(),
                allowRedisplay: "unspecified")
        }
        guard let id = parameters.string("source") else { return nil }
        if id.hasPrefix(TokenKind.prefix + "_") {
            return .new(
                .token(id, parameter: "source"), BillingDetails(), Metadata(), allowRedisplay: "unspecified")
        }
        return CardParameters.choice(id, parameter: "source")
    }

    static func update(_ parameters: Parameters) -> ChargeUpdate {
        var update = ChargeUpdate()
        update.customer = parameters.string("customer").map { CustomerID($0) }
        update.description = parameters.change("description")
        update.metadata = parameters.metadataUpdate()
        update.receiptEmail = parameters.change("receipt_email")
        if let shipping = parameters.shipping("shipping") { update.shipping = .some(shipping) }
        update.transferGroup = parameters.change("transfer_group")
        update.userReport = parameters.hash("fraud_details")?.string("user_report")
        return update
    }
}

import Core
import Money
import Payments
import Platform
import Storage

extension Endpoints {
    var paymentIntentRoutes: [Route] {
        [
            .post("/v1/payment_intents", PaymentIntentSchemas.create, handler: createIntent),
            .get("/v1/payment_intents", .list([.optional("customer", .id)]), handler: listIntents),
            .get("/v1/payment_intents/search", .search, handler: searchIntents),
            .get(
                "/v1/payment_intents/{intent}", Schema([.optional("client_secret", .nonEmptyString)]),
                reach: .publishableKeys, handler: retrieveIntent),
            .post("/v1/payment_intents/{intent}", PaymentIntentSchemas.update, handler: updateIntent),
            .post(
                "/v1/payment_intents/{intent}/confirm", PaymentIntentSchemas.confirm, reach: .publishableKeys,
                handler: confirmIntent),
            .post("/v1/payment_intents/{intent}/cancel", PaymentIntentSchemas.cancel, handler: cancelIntent),
            .post("/v1/payment_intents/{intent}/capture", PaymentIntentSchemas.capture, handler: captureIntent),
            .post(
                "/v1/payment_intents/{intent}/increment_authorization", PaymentIntentSchemas.increment,
                handler: incrementIntent),
        ]
    }

    /// An intent's answer: 200, or 402 when its last attempt was refused.
    func intentReply(_ call: Call) -> ReplyMaker<IntentOutcome> {
        { outcome in
            if let failure = outcome.failure {
                let error = APIError.refusedCard(failure, intent: outcome.intent, self.context(call))
                return IdempotentReply(status: error.status, body: error.body())
            }
            let object = APIObject.paymentIntent(outcome.intent)
            return .ok(try await self.body(object, call, inHand: self.inHand(outcome)))
        }
    }

    @Sendable private func createIntent(_ call: Call) async throws -> Reply {
        let parameters = call.parameters
        _ = try expansion(call, .paymentIntent)
        let command = try PaymentIntentSchemas.newIntent(parameters)
        let isConfirmed = parameters.boolean("confirm") ?? false
        try PaymentIntentSchemas.checkConfirmOnly(parameters, isConfirmed: isConfirmed)
        let method = try CardParameters.method(parameters)
        if isConfirmed, method == nil { throw APIError.missing("payment_method") }
        let confirmation = isConfirmed ? try PaymentIntentSchemas.confirmation(parameters, method: method) : nil
        return try await write(call) { call, context in
            try await self.platform.createIntent(
                command, method: method, confirmation: confirmation, context, reply: self.intentReply(call))
        }
    }

    @Sendable private func confirmIntent(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentIntent)
        try await checkSecret(call)
        let method = try CardParameters.method(call.parameters)
        let confirmation = try PaymentIntentSchemas.confirmation(call.parameters, method: method)
        return try await write(call) { call, context in
            try await self.platform.confirmIntent(
                PaymentIntentID(call.path("intent")), confirmation, context, reply: self.intentReply(call))
        }
    }

    @Sendable private func retrieveIntent(_ call: Call) async throws -> Reply {
        try await checkSecret(call)
        let intent = try await visibleIntent(call)
        return .ok(try await body(.paymentIntent(intent), call))
    }

    private func visibleIntent(_ call: Call) async throws -> PaymentIntent {
        let id = call.path("intent")
        let intent = try await find(PaymentIntent.self, id, call, param: "intent")
        if intent.isHidden { throw APIError.noSuch(PaymentIntent.kind, id: id, inPathAs: "intent") }
        return intent
    }

    /// A publishable key reaches only an intent whose client secret it knows.
    private func checkSecret(_ call: Call) async throws {
        let secret = call.parameters.string("client_secret")
        guard call.key.kind == .publishable || secret != nil else { return }
        guard let secret else { throw APIError.missing("client_secret") }
        let intent = try await visibleIntent(call)
        guard secret == "\(intent.id)_secret_\(intent.clientSecret)" else {
            throw APIError.invalid(
                "The client_secret provided does not match any associated PaymentIntent on this account.",
                param: "client_secret", code: "payment_intent_invalid_parameter")
        }
    }

    @Sendable private func updateIntent(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentIntent)
        let update = try PaymentIntentSchemas.update(call.parameters)
        let method = try CardParameters.method(call.parameters)
        return try await write(call) { call, context in
            try await self.platform.updateIntent(
                PaymentIntentID(call.path("intent")), update, method: method, context, reply: self.intentOnly(call))
        }
    }

    /// The intent as it is, whatever its last attempt came to.
    private func intentOnly(_ call: Call) -> ReplyMaker<IntentOutcome> {
        { outcome in
            var calm = outcome
            calm.failure = nil
            return try await self.intentReply(call)(calm)
        }
    }

    @Sendable private func cancelIntent(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentIntent)
        let reason = call.parameters.string("cancellation_reason")
        return try await write(call) { call, context in
            try await self.platform.cancelIntent(
                PaymentIntentID(call.path("intent")), reason: reason, context, reply: self.intentOnly(call))
        }
    }

    @Sendable private func captureIntent(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentIntent)
        let parameters = call.parameters
        let metadata = parameters.metadataUpdate()
        let descriptor = parameters.string("statement_descriptor")
        let amount = parameters.integer("amount_to_capture")
        return try await write(call) { call, context in
            try await self.platform.captureIntent(
                PaymentIntentID(call.path("intent")), amount: amount, metadata: metadata,
                statementDescriptor: descriptor, context, reply: self.intentOnly(call))
        }
    }

    @Sendable private func incrementIntent(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentIntent)
        let amount = try call.parameters.integer(required: "amount")
        let description = call.parameters.string("description")
        let metadata = call.parameters.metadataUpdate()
        return try await write(call) { call, context in
            try await self.platform.incrementAuthorisation(
                PaymentIntentID(call.path("intent")), amount: amount, description: description, metadata: metadata,
                context, reply: self.intentOnly(call))
        }
    }

    @Sendable private func listIntents(_ call: Call) async throws -> Reply {
        var filters = [Filter("hidden", .integer(0))]
        if let customer = call.parameters.string("customer") { filters.append(Filter("customer", customer)) }
        return try await page(
            PaymentIntent.self, prefix: PaymentIntentKind.prefix, call, where: filters, kind: .paymentIntent
        ) { .paymentIntent($0) }
    }

    @Sendable private func searchIntents(_ call: Call) async throws -> Reply {
        try await search(PaymentIntent.self, prefix: PaymentIntentKind.prefix, on: .paymentIntents, call) { intent in
            intent.isHidden ? nil : .paymentIntent(intent)
        }
    }
}

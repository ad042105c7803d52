import Core
import Payments
import Platform

extension Endpoints {
    var paymentMethodRoutes: [Route] {
        [
            .post(
                "/v1/payment_methods", PaymentMethodSchemas.create, reach: .publishableKeys, handler: createMethod),
            .get(
                "/v1/payment_methods",
                .list(
                    [
                        .optional("customer", .id), .optional("type", .enumeration(["card"])),
                        .optional("allow_redisplay", .enumeration(["always", "limited", "unspecified"])),
                    ], hasCreated: false), handler: listMethods),
            .get("/v1/payment_methods/{payment_method}", handler: retrieveMethod),
            .post("/v1/payment_methods/{payment_method}", PaymentMethodSchemas.update, handler: updateMethod),
            .post(
                "/v1/payment_methods/{payment_method}/attach", Schema([.required("customer", .id)]),
                handler: attachMethod),
            .post("/v1/payment_methods/{payment_method}/detach", handler: detachMethod),
        ]
    }

    var tokenRoutes: [Route] {
        [
            .post("/v1/tokens", PaymentMethodSchemas.token, reach: .publishableKeys, handler: createToken),
            .get("/v1/tokens/{token}", reach: .publishableKeys, handler: retrieveToken),
        ]
    }

    @Sendable private func createMethod(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentMethod)
        let parameters = call.parameters
        let source = try CardParameters.source(parameters)
        let billing = parameters.billingDetails("billing_details") ?? BillingDetails()
        let metadata = try parameters.metadata(merging: Metadata())
        let redisplay = parameters.string("allow_redisplay") ?? "unspecified"
        return try await write(call) { call, context in
            try await self.platform.createMethod(
                source, billing, metadata, allowRedisplay: redisplay, context,
                reply: self.ok(call) { .paymentMethod($0) })
        }
    }

    @Sendable private func listMethods(_ call: Call) async throws -> Reply {
        let filters = call.parameters.string("customer").map { [Filter("customer", $0)] } ?? []
        return try await page(
            PaymentMethod.self, prefix: PaymentMethodKind.prefix, call, where: filters, hasCreated: false,
            kind: .paymentMethod
        ) { .paymentMethod($0) }
    }

    @Sendable private func retrieveMethod(_ call: Call) async throws -> Reply {
        let method = try await find(
            PaymentMethod.self, call.path("payment_method"), call, param: "payment_method")
        return .ok(try await body(.paymentMethod(method), call))
    }

    @Sendable private func updateMethod(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentMethod)
        let update = try PaymentMethodSchemas.update(call.parameters)
        return try await write(call) { call, context in
            try await self.platform.updateMethod(
                PaymentMethodID(call.path("payment_method")), update, context,
                reply: self.ok(call) { .paymentMethod($0) })
        }
    }

    @Sendable private func attachMethod(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentMethod)
        let customer = CustomerID(try call.parameters.string(required: "customer"))
        let choice = CardParameters.choice(call.path("payment_method"), parameter: "payment_method")
        return try await write(call) { call, context in
            try await self.platform.attachMethod(
                choice, to: customer, context, reply: self.ok(call) { .paymentMethod($0) })
        }
    }

    @Sendable private func detachMethod(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .paymentMethod)
        return try await write(call) { call, context in
            try await self.platform.detachMethod(
                PaymentMethodID(call.path("payment_method")), context, reply: self.ok(call) { .paymentMethod($0) })
        }
    }

    // MARK: Tokens

    @Sendable private func createToken(_ call: Call) async throws -> Reply {
        guard let card = call.parameters.hash("card") else { throw APIError.missing("card") }
        let raw = try CardParameters.raw(card)
        let billing = PaymentMethodSchemas.billing(card)
        return try await write(call) { call, context in
            try await self.platform.createToken(raw, billing, context, reply: self.ok(call) { .token($0) })
        }
    }

    @Sendable private func retrieveToken(_ call: Call) async throws -> Reply {
        .ok(try await body(.token(try await find(CardToken.self, call.path("token"), call, param: "token")), call))
    }
}

/// What the payment method and token endpoints take.
enum PaymentMethodSchemas {
    static let create = Schema([
        .required("type", .enumeration(["card"])), .optional("card", CardParameters.cardOrToken),
        .unsettable("billing_details", .billingDetails), .optional("metadata", .metadata),
        .optional("allow_redisplay", .enumeration(["always", "limited", "unspecified"])),
    ])

    static let update = Schema([
        .unsettable("billing_details", .billingDetails), .optional("metadata", .metadata),
        .optional("allow_redisplay", .enumeration(["always", "limited", "unspecified"])),
        .optional(
            "card",
            .hash([
                .optional("exp_month", .integer(1...12)), .optional("exp_year", .integer(2_000...9_999)),
                .optional("networks", .hash([.optional("preferred", .string)])),
            ])),
    ])

    static let token = Schema([
        .optional(
            "card",
            .hash([
                .required("number", .cardNumber), .required("exp_month", .integer), .required("exp_year", .integer),
                .unsettable("cvc", .secret(max: 8)), .optional("name", .string), .optional("address_line1", .string),
                .optional("address_line2", .string), .optional("address_city", .string),
                .optional("address_state", .string), .optional("address_zip", .string),
                .unsettable("address_country", .country), .optional("currency", .currency),
            ]))
    ])

    static func billing(_ card: Parameters) -> BillingDetails {
        BillingDetails(
            address: Address(
                line1: card.string("address_line1"), line2: card.string("address_line2"),
                city: card.string("address_city"), state: card.string("address_state"),
                postalCode: card.string("address_zip"), country: card.string("address_country")),
            name: card.string("name"))
    }

    static func update(_ parameters: Parameters) throws(APIError) -> MethodUpdate {
        var update = MethodUpdate()
        update.billingDetails = parameters.billingDetails("billing_details")
        update.metadata = parameters.metadataUpdate()
        update.allowRedisplay = parameters.string("allow_redisplay")
        update.expiryMonth = parameters.hash("card")?.integer("exp_month").map { Int($0) }
        update.expiryYear = parameters.hash("card")?.integer("exp_year").map { Int($0) }
        return update
    }
}

import Core
import Payments
import Platform
import Storage

extension Endpoints {
    var refundRoutes: [Route] {
        [
            .post("/v1/refunds", RefundSchemas.create, handler: createRefund),
            .get(
                "/v1/refunds", .list([.optional("charge", .id), .optional("payment_intent", .id)]),
                handler: listRefunds),
            .get("/v1/refunds/{refund}", handler: retrieveRefund),
            .post("/v1/refunds/{refund}", Schema([.optional("metadata", .metadata)]), handler: updateRefund),
            .post("/v1/refunds/{refund}/cancel", handler: cancelRefund),
        ]
    }

    @Sendable private func createRefund(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .refund)
        let parameters = call.parameters
        let target: RefundTarget
        switch (parameters.string("charge"), parameters.string("payment_intent")) {
        case (let charge?, nil): target = .charge(ChargeID(charge))
        case (nil, let intent?): target = .intent(PaymentIntentID(intent))
        case (nil, nil):
            throw APIError.invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
                param: nil,
                code: "parameter_missing")
        case (.some(let charge), .some(let intent)):
            let known = try await find(Charge.self, charge, call, inBodyAs: "charge")
            guard known.paymentIntent.text == intent else {
                throw APIError.invalid("Charge \(charge) does not belong to \(intent).", param: "charge")
            }
            target = .charge(known.id)
        }
        let amount = parameters.integer("amount")
        let reason = parameters.string("reason")
        let metadata = try parameters.metadata(merging: Metadata())
        return try await write(call) { call, context in
            try await self.platform.createRefund(
                of: target, amount: amount, reason: reason, metadata: metadata, context,
                reply: self.ok(call) { .refund($0) })
        }
    }

    @Sendable private func retrieveRefund(_ call: Call) async throws -> Reply {
        .ok(try await body(.refund(try await find(Refund.self, call.path("refund"), call)), call))
    }

    @Sendable private func updateRefund(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .refund)
        let metadata = call.parameters.metadataUpdate()
        return try await write(call) { call, context in
            try await self.platform.updateRefund(
                RefundID(call.path("refund")), metadata: metadata, context, reply: self.ok(call) { .refund($0) })
        }
    }

    /// Card refunds are with the network already.
    @Sendable private func cancelRefund(_ call: Call) async throws -> Reply {
        let refund = try await find(Refund.self, call.path("refund"), call)
        return try await write(call) { _, _ in throw PlatformError.refused(.refundNotCancelable(refund.id)) }
    }

    @Sendable private func listRefunds(_ call: Call) async throws -> Reply {
        var filters: [Filter] = []
        if let charge = call.parameters.string("charge") { filters.append(Filter("charge", charge)) }
        if let intent = call.parameters.string("payment_intent") { filters.append(Filter("payment_intent", intent)) }
        return try await page(Refund.self, prefix: RefundKind.prefix, call, where: filters, kind: .refund) {
            .refund($0)
        }
    }
}

/// What the refund endpoints take.
enum RefundSchemas {
    static let create = Schema([
        .optional("charge", .id), .optional("payment_intent", .id), .optional("amount", .amount),
        .optional("currency", .currency), .optional("metadata", .metadata),
        .optional("reason", .enumeration(["duplicate", "fraudulent", "requested_by_customer"])),
    ])
}

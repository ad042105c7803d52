public import Core
public import Payments
public import Storage

/// What a merchant changes of a charge.
public struct ChargeUpdate: Sendable {
    public var customer: CustomerID?
    public var description: String??
    public var metadata: Metadata.Update?
    public var receiptEmail: String??
    public var shipping: Shipping??
    public var transferGroup: String??
    /// `safe` or `fraudulent`.
    public var userReport: String?

    public init() {}
}

extension Platform {
    public func updateCharge(
        _ id: ChargeID, _ update: ChargeUpdate, _ context: RequestContext, reply: @escaping ReplyMaker<Charge>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { decision in
            var charge = try await object(Charge.self, id.text, of: context.merchant.merchant, parameter: "id")
            let before = charge
            charge.customer = update.customer ?? charge.customer
            charge.description = update.description ?? charge.description
            charge = try decided(charge) { charge throws(PaymentRefusal) in
                try charge.metadata.apply(update.metadata)
            }
            charge.receiptEmail = update.receiptEmail ?? charge.receiptEmail
            charge.shipping = update.shipping ?? charge.shipping
            charge.transferGroup = update.transferGroup ?? charge.transferGroup
            if let report = update.userReport { charge.fraudDetails.set("user_report", report) }
            var change = Change()
            change.update(&charge)
            change.events.append(decision.event("charge.updated", charge, previous: before))
            return (charge, change)
        }.1
    }
}

import Core
import Payments
import Platform
import Storage

extension StoredEvent {
    /// Writes the fields of an `event`: the object as it was then, from the document the event keeps.
    func members(into json: inout JSONWriter, pendingWebhooks: Int64, _ context: RenderContext) {
        json.field("id", id)
        json.field("object", "event")
        json.field("api_version", context.eventVersion)
        json.field("created", createdAt.seconds)
        json.object("data") { json in
            json.object("object") { objectMembers(into: &$0, context) }
            if let previousAttributes, let attributes = try? JSONValue(parsing: previousAttributes) {
                json.field("previous_attributes", attributes)
            }
        }
        json.field("livemode", context.isLive)
        json.field("pending_webhooks", pendingWebhooks)
        json.object("request") { json in
            json.field("id", requestID)
            json.field("idempotency_key", idempotencyKey)
        }
        json.field("type", type)
    }

    /// The object told of. A document that this version cannot read leaves its id and kind, so that lists stay whole.
    private func objectMembers(into json: inout JSONWriter, _ context: RenderContext) {
        if let object = try? storedObject() {
            object.members(into: &json, context, .none)
        } else {
            json.field("id", objectID)
            json.field("object", objectKind)
        }
    }

    /// The object as it was then; nil for a kind that is not stored.
    private func storedObject() throws -> APIObject? {
        guard let kind = ObjectKind(rawValue: objectKind) else { return nil }
        let reader = DocumentReader(try JSONValue(parsing: document))
        switch kind {
        case .account: return .account(try Merchant(merchant: merchant, version: 1, document: reader))
        case .balance, .event: return nil
        case .balanceTransaction:
            return .balanceTransaction(try BalanceTransaction(merchant: merchant, version: 1, document: reader))
        case .charge: return .charge(try Charge(merchant: merchant, version: 1, document: reader))
        case .customer:
            var customer = try Customer(merchant: merchant, version: 1, document: reader)
            // `customer.deleted` tells of the whole customer.
            customer.isDeleted = false
            return .customer(customer)
        case .paymentIntent:
            return .paymentIntent(try PaymentIntent(merchant: merchant, version: 1, document: reader))
        case .paymentMethod:
            return .paymentMethod(try PaymentMethod(merchant: merchant, version: 1, document: reader))
        case .refund: return .refund(try Refund(merchant: merchant, version: 1, document: reader))
        case .token: return .token(try CardToken(merchant: merchant, version: 1, document: reader))
        case .webhookEndpoint:
            let endpoint = try WebhookEndpoint(merchant: merchant, version: 1, document: reader)
            return .webhookEndpoint(endpoint, showsSecret: false)
        }
    }
}

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
            if let previous = previousAttributes(context) { json.field("previous_attributes", previous) }
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
        if let object = try? storedObject(document) {
            object.members(into: &json, context, .none)
        } else {
            json.field("id", objectID)
            json.field("object", objectKind)
        }
    }

    /// What the fields that an update changed were before: both documents are rendered, and what differs is kept.
    private func previousAttributes(_ context: RenderContext) -> JSONValue? {
        guard let previousDocument, let before = try? storedObject(previousDocument),
            let after = try? storedObject(document), let old = try? JSONValue(parsing: before.compact(context)),
            let new = try? JSONValue(parsing: after.compact(context))
        else { return nil }
        return Self.difference(from: old, to: new) ?? .object([])
    }

    /// The members of `old` that `new` has otherwise, nil when there are none. Of hashes, their members; a member that
    /// is new was null.
    private static func difference(from old: JSONValue, to new: JSONValue) -> JSONValue? {
        guard case .object(let before) = old, case .object(let after) = new else { return old == new ? nil : old }
        var changed: [JSONValue.Member] = []
        for member in before {
            let now = new[member.key] ?? .null
            guard let value = difference(from: member.value, to: now) else { continue }
            changed.append(JSONValue.Member(key: member.key, value: value))
        }
        for member in after where old[member.key] == nil {
            changed.append(JSONValue.Member(key: member.key, value: .null))
        }
        return changed.isEmpty ? nil : .object(changed)
    }

    /// The object of a document; nil for a kind that is not stored.
    private func storedObject(_ document: String) throws -> APIObject? {
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

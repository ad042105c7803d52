import Core
import Payments
import Platform
import Storage

/// What an answer can hold.
///
/// Rendering writes the fields in the order Stripe answers them: `id` and `object` first, the rest by name. A field
/// without a value is null, and left out only where the schema knows no null. Rendering never waits and never fails:
/// what an expansion needs was loaded before, see ``ExpandedObjects``.
enum APIObject: Sendable {
    case account(Merchant)
    case balance(BalanceSummary)
    case balanceTransaction(BalanceTransaction)
    case charge(Charge)
    case customer(Customer)
    case event(StoredEvent, pendingWebhooks: Int64)
    case paymentIntent(PaymentIntent)
    case paymentMethod(PaymentMethod)
    case refund(Refund)
    case token(CardToken)
    case webhookEndpoint(WebhookEndpoint, showsSecret: Bool)
    /// What is left of a deleted object.
    case deleted(kind: String, id: String)

    /// Its identifier; nil for the balance, which has none.
    var id: String? {
        switch self {
        case .account(let merchant): merchant.account.text
        case .balance: nil
        case .balanceTransaction(let transaction): transaction.id.text
        case .charge(let charge): charge.id.text
        case .customer(let customer): customer.id.text
        case .event(let event, _): event.id
        case .paymentIntent(let intent): intent.id.text
        case .paymentMethod(let method): method.id.text
        case .refund(let refund): refund.id.text
        case .token(let token): token.id.text
        case .webhookEndpoint(let endpoint, _): endpoint.id.text
        case .deleted(_, let id): id
        }
    }
}

extension APIObject {
    /// Writes the object as the next value.
    func render(into json: inout JSONWriter, _ context: RenderContext) {
        json.object { members(into: &$0, context, context.expansion) }
    }

    /// The body of an answer: indented, with a line break at the end.
    func body(_ context: RenderContext) -> [UInt8] {
        var json = JSONWriter(style: .indented)
        render(into: &json, context)
        return json.bodyBytes()
    }

    /// The object on one line, to be put inside other JSON such as an error.
    func compact(_ context: RenderContext) -> [UInt8] {
        var json = JSONWriter(style: .compact)
        render(into: &json, context)
        return json.bytes
    }

    /// Writes the members of the object, which the caller has opened.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        switch self {
        case .account(let merchant): merchant.members(into: &json)
        case .balance(let balance): balance.members(into: &json, context)
        case .balanceTransaction(let transaction): transaction.members(into: &json, context, expansion)
        case .charge(let charge): charge.members(into: &json, context, expansion)
        case .customer(let customer): customer.members(into: &json, context, expansion)
        case .event(let event, let pending): event.members(into: &json, pendingWebhooks: pending, context)
        case .paymentIntent(let intent): intent.members(into: &json, context, expansion)
        case .paymentMethod(let method): method.members(into: &json, context, expansion)
        case .refund(let refund): refund.members(into: &json, context, expansion)
        case .token(let token): token.members(into: &json, context)
        case .webhookEndpoint(let endpoint, let showsSecret):
            endpoint.members(into: &json, showsSecret: showsSecret, context)
        case .deleted(let kind, let id): json.deletedMembers(kind: kind, id: id)
        }
    }
}

extension JSONWriter {
    /// What is answered for a deleted object.
    mutating func deletedMembers(kind: String, id: String) {
        field("id", id)
        field("object", kind)
        field("deleted", true)
    }

    /// Ends the text with a line break and gives its bytes.
    mutating func bodyBytes() -> [UInt8] {
        // At the top level nothing is put before an element, so this appends without a copy of the text.
        rawElement(CollectionOfOne(UInt8(ascii: "\n")))
        return bytes
    }

    /// A reference to another object: its id, or the whole object where the expansion asks for it and it is there.
    mutating func reference(
        _ key: StaticString, _ id: String?, _ expandable: ExpandableField, _ context: RenderContext,
        _ expansion: Expansion
    ) {
        guard !expansion.isEmpty, let id, let below = expansion.below(expandable), let object = context.expanded[id]
        else { return field(key, id) }
        self.object(key) { object.members(into: &$0, context, below) }
    }

    /// Metadata, `{}` when there is none.
    mutating func metadata(_ key: StaticString, _ metadata: Metadata) {
        object(key) { json in
            for entry in metadata.entries { json.dynamicField(entry.key, entry.value) }
        }
    }

    /// A field that is left out when it has no value, because its schema knows no null.
    mutating func fieldIfPresent(_ key: StaticString, _ value: String?) {
        if let value { field(key, value) }
    }

    /// A list inside an object that never holds anything.
    mutating func emptyList(_ key: StaticString, url: String) {
        object(key) { json in
            json.field("object", "list")
            json.array("data") { _ in }
            json.field("has_more", false)
            json.field("url", url)
        }
    }
}

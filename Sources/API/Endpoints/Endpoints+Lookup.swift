import Core
import Payments
import Platform
import Storage

extension Endpoints {
    /// Finds what expansions lead to: among the objects that a command has in hand and has not committed yet, and in
    /// the store.
    func lookup(_ merchant: Merchant, inHand: [APIObject]) -> ObjectLookup {
        let key = merchant.merchant
        return { kind, ids in
            let present = inHand.filter { object in object.id.map(ids.contains) ?? false }
            let missing = ids.filter { id in !present.contains { $0.id == id } }
            if missing.isEmpty { return present }
            if kind == ExpandedObjects.refundsOfCharge { return try await refunds(of: missing, key) }
            guard let kind = ObjectKind(rawValue: kind) else { return present }
            return present + (try await load(kind, missing, merchant))
        }
    }

    private func refunds(of charges: [String], _ merchant: MerchantKey) async throws -> [APIObject] {
        try await platform.read { reader in
            var found: [APIObject] = []
            for charge in charges {
                let refunds = try await reader.select(
                    Refund.self, where: "merchant = ? AND charge = ?", [.integer(merchant.value), .text(charge)],
                    orderBy: "id DESC", limit: ExpandedObjects.refundsLookedUpMax)
                found += refunds.map { .refund($0) }
            }
            return found
        }
    }

    private func load(_ kind: ObjectKind, _ ids: [String], _ merchant: Merchant) async throws -> [APIObject] {
        let key = merchant.merchant
        return try await platform.read { reader in
            func all<E: Entity>(_ type: E.Type, _ wrap: (E) -> APIObject) async throws -> [APIObject] {
                try await reader.objects(type, ids, of: key).map(wrap)
            }
            switch kind {
            case .account: return ids.contains(merchant.account.text) ? [.account(merchant)] : []
            case .balanceTransaction: return try await all(BalanceTransaction.self) { .balanceTransaction($0) }
            case .charge: return try await all(Charge.self) { .charge($0) }
            case .customer:
                return try await all(Customer.self) {
                    $0.isDeleted ? .deleted(kind: Customer.kind, id: $0.id.text) : .customer($0)
                }
            case .paymentIntent: return try await all(PaymentIntent.self) { .paymentIntent($0) }
            case .paymentMethod: return try await all(PaymentMethod.self) { .paymentMethod($0) }
            case .refund: return try await all(Refund.self) { .refund($0) }
            case .balance, .event, .token, .webhookEndpoint: return []
            }
        }
    }
}

extension Reader {
    /// A merchant's objects with these ids, in their order, without those that do not exist.
    func objects<E: Entity>(_ type: E.Type, _ ids: [String], of merchant: MerchantKey) async throws -> [E] {
        var found: [E] = []
        for id in ids {
            guard let object = try await first(type, key: [.integer(merchant.value), .text(id)]) else { continue }
            found.append(object)
        }
        return found
    }
}

extension APIObject {
    /// The kind that expansions of it start from, nil for what has none.
    var kind: ObjectKind? {
        switch self {
        case .account: .account
        case .balance: .balance
        case .balanceTransaction: .balanceTransaction
        case .charge: .charge
        case .customer: .customer
        case .event: .event
        case .paymentIntent: .paymentIntent
        case .paymentMethod: .paymentMethod
        case .refund: .refund
        case .token: .token
        case .webhookEndpoint: .webhookEndpoint
        case .deleted: nil
        }
    }
}

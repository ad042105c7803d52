import Core
import Money
import Payments
import Platform
import Storage

extension Endpoints {
    /// Rows that one search looks at; what lies further back is found by narrowing `created`.
    private static let rowsPerSearchMax = 200_000
    private static let rowsPerRead = 2_000

    /// Walks a kind newest first and keeps what matches. `wrap` says nil of what must not be shown.
    func search<E: Entity & Searchable>(
        _ type: E.Type, prefix: String, on resource: SearchableResource, _ call: Call,
        _ wrap: @escaping @Sendable (E) -> APIObject?
    ) async throws -> Reply {
        let request = try SearchRequest(call.parameters, on: resource)
        let found = try await walk(type, prefix: prefix, request, call.merchant.merchant, wrap)
        let items = Array(found.prefix(request.limit))
        let hasMore = found.count > request.limit
        let next = hasMore ? items.last?.id.map(SearchRequest.nextPage) : nil
        return try await list(
            Page(items: items, hasMore: hasMore), call, E.searchKind, form: .searchResult(nextPage: next))
    }

    private func walk<E: Entity & Searchable>(
        _ type: E.Type, prefix: String, _ request: SearchRequest, _ merchant: MerchantKey,
        _ wrap: @escaping @Sendable (E) -> APIObject?
    ) async throws -> [APIObject] {
        let query = ListQuery(
            limit: 1, cursor: request.after.map { .after($0) }, created: request.query.created)
        guard var range = query.identifiers(prefix: prefix) else { return [] }
        var filters: [Filter] = []
        if let customer = request.query.requiredText(of: .named("customer")) {
            filters = [Filter("customer", customer)]
        }
        var found: [APIObject] = []
        var looked = 0
        while found.count <= request.limit, looked < Self.rowsPerSearchMax {
            let condition = Self.condition(merchant, filters, range)
            let rows = try await platform.read { reader in
                try await reader.select(
                    type, where: condition.sql, condition.arguments, orderBy: "id DESC", limit: Self.rowsPerRead)
            }
            found += rows.filter { row in request.query.matches { row.searchValue($0) } }.compactMap(wrap)
            guard rows.count == Self.rowsPerRead, let last = rows.last else { break }
            looked += rows.count
            range.cutUpper(last.idText)
        }
        return found
    }
}

/// What a search may ask of a kind.
protocol Searchable: Sendable {
    static var searchKind: ObjectKind { get }
    func searchValue(_ field: SearchQuery.Field) -> SearchQuery.Value?
}

extension Metadata {
    fileprivate func searchValue(_ key: String) -> SearchQuery.Value? { self[key].map { .text($0) } }
}

extension PaymentIntent: Searchable {
    static var searchKind: ObjectKind { .paymentIntent }

    func searchValue(_ field: SearchQuery.Field) -> SearchQuery.Value? {
        switch field {
        case .metadata(let key): return metadata.searchValue(key)
        case .named("amount"): return .number(amount.amount)
        case .named("created"): return .number(createdAt.seconds)
        case .named("currency"): return .text(amount.currency.lowercased)
        case .named("customer"): return customer.map { .text($0.text) }
        case .named("status"): return .text(status.rawValue)
        case .named: return nil
        }
    }
}

extension Charge: Searchable {
    static var searchKind: ObjectKind { .charge }

    func searchValue(_ field: SearchQuery.Field) -> SearchQuery.Value? {
        switch field {
        case .metadata(let key): return metadata.searchValue(key)
        case .named("amount"): return .number(amount.amount)
        case .named("billing_details.address.postal_code"):
            return billingDetails.address.postalCode.map { .text($0) }
        case .named("created"): return .number(createdAt.seconds)
        case .named("currency"): return .text(amount.currency.lowercased)
        case .named("customer"): return customer.map { .text($0.text) }
        case .named("disputed"): return .flag(false)
        case .named("payment_method_details.card.brand"): return .text(card.brand)
        case .named("payment_method_details.card.exp_month"): return .number(Int64(card.expiryMonth))
        case .named("payment_method_details.card.exp_year"): return .number(Int64(card.expiryYear))
        case .named("payment_method_details.card.fingerprint"): return .text(card.fingerprint)
        case .named("payment_method_details.card.last4"): return .text(card.last4)
        case .named("refunded"): return .flag(isCaptured && amountRefunded == amountCaptured)
        case .named("status"): return .text(status.rawValue)
        case .named: return nil
        }
    }
}

extension Customer: Searchable {
    static var searchKind: ObjectKind { .customer }

    func searchValue(_ field: SearchQuery.Field) -> SearchQuery.Value? {
        switch field {
        case .metadata(let key): return metadata.searchValue(key)
        case .named("created"): return .number(createdAt.seconds)
        case .named("email"): return email.map { .text($0) }
        case .named("name"): return name.map { .text($0) }
        case .named("phone"): return phone.map { .text($0) }
        case .named: return nil
        }
    }
}

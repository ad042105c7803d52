import Core
import Payments
import Platform
import Storage

/// The resources of the API: each file adds the routes of one.
///
/// A handler reads parameters, has the platform do it, and renders. What they share is here.
struct Endpoints: Sendable {
    let platform: Platform

    /// Every route that is served.
    var routes: [Route] {
        accountRoutes + balanceRoutes + chargeRoutes + customerRoutes + eventRoutes + paymentIntentRoutes
            + paymentMethodRoutes + refundRoutes + tokenRoutes + webhookEndpointRoutes
    }

    /// A column that must equal a value.
    struct Filter: Sendable {
        let column: String
        let value: SQLValue

        init(_ column: String, _ value: SQLValue) {
            self.column = column
            self.value = value
        }

        init(_ column: String, _ value: String) { self.init(column, .text(value)) }
    }

    // MARK: Writing

    /// Runs a command under the call's idempotency key, and maps what it refuses.
    func write(
        _ call: Call, _ run: @escaping @Sendable (Call, RequestContext) async throws -> IdempotentReply
    ) async throws -> Reply {
        try await replayOrRun(call) { claim in
            try await self.stored(claim, call)
        } run: { call in
            let context = RequestContext(
                merchant: call.merchant, requestID: call.requestID, claim: call.claim, clientIP: call.clientAddress)
            do {
                let answer = try await run(call, context)
                return Reply(status: answer.status, body: answer.body)
            } catch let error as PlatformError {
                throw try self.mapped(error, call)
            }
        }
    }

    /// What is known of an idempotency key. A request that a crash cut off is answered now, once its end is known.
    private func stored(_ claim: IdempotencyClaim, _ call: Call) async throws -> EarlierRequest? {
        do {
            let found = try await platform.read { try await $0.idempotency(merchant: claim.merchant, key: claim.key) }
            guard let found else { return nil }
            var reply = found.reply
            if found.claim.requestID != claim.requestID, found.claim.fingerprint == claim.fingerprint {
                if reply != nil {
                    try await platform.confirm()
                } else {
                    reply = try await orphanedReply(found.claim, call)
                }
            }
            return EarlierRequest(
                fingerprint: found.claim.fingerprint, requestID: found.claim.requestID, reply: reply)
        } catch PlatformError.unavailable(let detail) {
            throw APIError.outcomeUnavailable(detail)
        }
    }

    private func orphanedReply(_ claim: IdempotencyClaim, _ call: Call) async throws -> IdempotentReply? {
        var reply: IdempotentReply?
        if let outcome = try await platform.orphanedOutcome(claim) {
            reply = try await (outcome.intent.isHidden ? chargeReply(call) : intentReply(call))(outcome)
        } else if let refund = try await platform.orphanedRefund(claim) {
            reply = .ok(try await body(.refund(refund), call))
        }
        if let reply { try await platform.keep(reply, for: claim) }
        return reply
    }

    // MARK: Rendering

    /// What the paths of the call's `expand` say of an object of a kind; refuses unknown paths.
    func expansion(_ call: Call, _ kind: ObjectKind) throws(APIError) -> Expansion {
        let paths = call.expandPaths
        return paths.isEmpty ? .none : try Expansion(paths: paths, root: .object(kind))
    }

    /// The body that shows an object, with what the call expands.
    ///
    /// `inHand` are objects that a command is about to commit: an expansion may lead to them.
    func body(
        _ object: APIObject, _ call: Call, kind: ObjectKind? = nil, inHand: [APIObject] = []
    ) async throws -> [UInt8] {
        guard !call.expandPaths.isEmpty, let kind = kind ?? object.kind else { return object.body(context(call)) }
        let expansion = try expansion(call, kind)
        let expanded = try await ExpandedObjects.load(
            for: [object], expansion: expansion, lookup: lookup(call.merchant, inHand: inHand))
        return object.body(context(call, expansion, expanded))
    }

    /// What an intent's command is about to commit.
    func inHand(_ outcome: IntentOutcome) -> [APIObject] {
        var objects: [APIObject] = outcome.intent.isHidden ? [] : [.paymentIntent(outcome.intent)]
        if let charge = outcome.charge { objects.append(.charge(charge)) }
        if let line = outcome.line { objects.append(.balanceTransaction(line)) }
        if let method = outcome.method { objects.append(.paymentMethod(method)) }
        return objects
    }

    func context(
        _ call: Call, _ expansion: Expansion = .none, _ expanded: ExpandedObjects = ExpandedObjects()
    ) -> RenderContext {
        RenderContext(
            merchant: call.merchant, now: call.now, apiVersion: call.apiVersion, expansion: expansion,
            expanded: expanded)
    }

    /// A command's answer: the object, 200.
    func ok<Object>(
        _ call: Call, _ wrap: @escaping @Sendable (Object) -> APIObject
    ) -> ReplyMaker<Object> {
        { object in .ok(try await self.body(wrap(object), call)) }
    }

    // MARK: Reading

    /// The object in the path, 404 when the merchant has none of this id.
    func find<E: Entity>(_ type: E.Type, _ id: String, _ call: Call, param: String = "id") async throws -> E {
        let key: [SQLValue] = [.integer(call.merchant.merchant.value), .text(id)]
        guard let object = try await platform.read({ try await $0.first(type, key: key) }) else {
            throw APIError.noSuch(E.kind, id: id, inPathAs: param)
        }
        return object
    }

    /// The object that a parameter names, 400 when the merchant has none of this id.
    func find<E: Entity>(_ type: E.Type, _ id: String, _ call: Call, inBodyAs param: String) async throws -> E {
        let key: [SQLValue] = [.integer(call.merchant.merchant.value), .text(id)]
        guard let object = try await platform.read({ try await $0.first(type, key: key) }) else {
            throw APIError.noSuch(E.kind, id: id, param: param)
        }
        return object
    }

    /// A page of a kind, newest first, narrowed by columns that must equal values.
    func page<E: Entity>(
        _ type: E.Type, prefix: String, _ call: Call, where filters: [Filter] = [],
        hasCreated: Bool = true, kind: ObjectKind, _ wrap: @escaping @Sendable (E) -> APIObject
    ) async throws -> Reply {
        let query = try ListQuery(call.parameters, hasCreated: hasCreated)
        try await checkCursor(type, query, call)
        var rows: [E] = []
        if let range = query.identifiers(prefix: prefix) {
            let condition = Self.condition(call.merchant.merchant, filters, range)
            rows = try await platform.read { reader in
                try await reader.select(
                    type, where: condition.sql, condition.arguments, orderBy: "id \(query.sqlOrder)",
                    limit: query.fetchCount)
            }
        }
        return try await list(query.page(rows).map(wrap), call, kind)
    }

    static func condition(
        _ merchant: MerchantKey, _ filters: [Filter], _ range: IdentifierRange
    ) -> (sql: String, arguments: [SQLValue]) {
        var parts = ["merchant = ?"]
        var arguments: [SQLValue] = [.integer(merchant.value)]
        for filter in filters {
            parts.append("\(filter.column) = ?")
            arguments.append(filter.value)
        }
        let bounds = range.sql(column: "id")
        if !bounds.isEmpty { parts.append(bounds) }
        arguments += range.arguments.map(SQLValue.text)
        return (parts.joined(separator: " AND "), arguments)
    }

    private func checkCursor<E: Entity>(_ type: E.Type, _ query: ListQuery, _ call: Call) async throws {
        guard let cursor = query.cursor else { return }
        let key: [SQLValue] = [.integer(call.merchant.merchant.value), .text(cursor.id)]
        let found = try await platform.read { try await $0.first(type, key: key) }
        if found == nil, let refusal = query.unknownCursor(E.kind) { throw refusal }
    }

    /// The answer that shows a page.
    func list(_ page: Page<APIObject>, _ call: Call, _ kind: ObjectKind, form: ListRendering.Form = .list)
        async throws -> Reply
    {
        let root: ExpansionRoot
        switch form {
        case .list: root = .list(of: kind)
        case .searchResult: root = .searchResult(of: kind)
        }
        let expansion = try Expansion(paths: call.expandPaths, root: root)
        let expanded = try await ExpandedObjects.load(
            for: page.items, expansion: expansion, lookup: lookup(call.merchant, inHand: []))
        let rendering = ListRendering(form: form, objects: page.items, hasMore: page.hasMore, url: call.path)
        return .ok(rendering.body(context(call, expansion, expanded)))
    }
}

extension IdempotentReply {
    static func ok(_ body: [UInt8]) -> IdempotentReply { IdempotentReply(status: 200, body: body) }
}

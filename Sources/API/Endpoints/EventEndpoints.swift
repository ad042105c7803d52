import Core
import Payments
import Platform
import Storage

extension Endpoints {
    var eventRoutes: [Route] {
        [
            .get(
                "/v1/events",
                .list([
                    .optional("type", .nonEmptyString), .optional("types", .array(of: .nonEmptyString)),
                    .optional("delivery_success", .boolean),
                ]), handler: listEvents),
            .get("/v1/events/{event}", handler: retrieveEvent),
        ]
    }

    var webhookEndpointRoutes: [Route] {
        [
            .post("/v1/webhook_endpoints", WebhookSchemas.create, handler: createEndpoint),
            .get("/v1/webhook_endpoints", .list(hasCreated: false), handler: listEndpoints),
            .get("/v1/webhook_endpoints/{webhook_endpoint}", handler: retrieveEndpoint),
            .post("/v1/webhook_endpoints/{webhook_endpoint}", WebhookSchemas.update, handler: updateEndpoint),
            .delete("/v1/webhook_endpoints/{webhook_endpoint}", handler: deleteEndpoint),
        ]
    }

    // MARK: Events

    @Sendable private func retrieveEvent(_ call: Call) async throws -> Reply {
        let id = call.path("event")
        let merchant = call.merchant.merchant
        let found = try await platform.read { reader -> (StoredEvent, Int64)? in
            guard let event = try await Self.event(id, merchant, reader) else { return nil }
            return (event, try await reader.pendingWebhooks(event))
        }
        guard let (event, pending) = found else { throw APIError.noSuch("event", id: id, inPathAs: "id") }
        return .ok(try await body(.event(event, pendingWebhooks: pending), call))
    }

    private static func event(_ id: String, _ merchant: MerchantKey, _ reader: Reader) async throws -> StoredEvent? {
        guard let sequence = StoredEvent.sequence(ofIdentifier: id) else { return nil }
        let event = try await reader.first(StoredEvent.self, key: [.integer(merchant.value), .integer(sequence)])
        return event?.id == id ? event : nil
    }

    private static let rowsPerRead = 500
    private static let rowsPerListMax = 100_000

    /// Walks the numbered log from the cursor; filters are looked at row by row.
    @Sendable private func listEvents(_ call: Call) async throws -> Reply {
        let query = try ListQuery(call.parameters)
        if call.parameters.string("type") != nil, call.parameters.strings("types") != nil {
            throw APIError.exclusive("type", "types")
        }
        let patterns = call.parameters.string("type").map { [$0] } ?? call.parameters.strings("types") ?? []
        let delivered = call.parameters.boolean("delivery_success")
        let merchant = call.merchant.merchant
        let rows = try await platform.read { reader -> [APIObject]? in
            var after: Int64?
            if let cursor = query.cursor {
                guard let event = try await Self.event(cursor.id, merchant, reader) else { return nil }
                after = event.sequence
            }
            var found: [APIObject] = []
            var looked = 0
            while found.count < query.fetchCount, looked < Self.rowsPerListMax {
                let events = try await Self.events(reader, merchant, after: after, isAscending: query.isAscending)
                for event in events where Self.matches(event, patterns, query.created) {
                    let pending = try await reader.pendingWebhooks(event)
                    if let delivered, delivered != (pending == 0) { continue }
                    found.append(.event(event, pendingWebhooks: pending))
                    if found.count == query.fetchCount { break }
                }
                guard events.count == Self.rowsPerRead, let last = events.last else { break }
                looked += events.count
                after = last.sequence
            }
            return found
        }
        guard let rows else { throw query.unknownCursor("event") ?? APIError.internalFault(requestID: call.requestID) }
        return try await list(query.page(rows), call, .event)
    }

    private static func events(
        _ reader: Reader, _ merchant: MerchantKey, after: Int64?, isAscending: Bool
    ) async throws -> [StoredEvent] {
        var condition = "merchant = ?"
        var arguments: [SQLValue] = [.integer(merchant.value)]
        if let after {
            condition += isAscending ? " AND sequence > ?" : " AND sequence < ?"
            arguments.append(.integer(after))
        }
        return try await reader.select(
            StoredEvent.self, where: condition, arguments, orderBy: "sequence \(isAscending ? "ASC" : "DESC")",
            limit: rowsPerRead)
    }

    private static func matches(_ event: StoredEvent, _ patterns: [String], _ created: IntegerBounds?) -> Bool {
        if let created, !created.contains(event.createdAt.seconds) { return false }
        guard !patterns.isEmpty else { return true }
        return patterns.contains { pattern in
            pattern == event.type || (pattern.hasSuffix(".*") && event.type.hasPrefix(pattern.dropLast()))
        }
    }

    // MARK: Webhook endpoints

    @Sendable private func createEndpoint(_ call: Call) async throws -> Reply {
        let url = try call.parameters.string(required: "url")
        let events = call.parameters.strings("enabled_events") ?? []
        if events.isEmpty { throw APIError.missing("enabled_events") }
        var update = try WebhookSchemas.update(call.parameters)
        update.apiVersion = call.parameters.string("api_version")
        return try await write(call) { [update] call, context in
            try await self.platform.createEndpoint(
                url: url, enabledEvents: events, update, context,
                reply: self.ok(call) { .webhookEndpoint($0, showsSecret: true) })
        }
    }

    @Sendable private func updateEndpoint(_ call: Call) async throws -> Reply {
        var update = try WebhookSchemas.update(call.parameters)
        update.isDisabled = call.parameters.boolean("disabled")
        return try await write(call) { [update] call, context in
            try await self.platform.updateEndpoint(
                WebhookEndpointID(call.path("webhook_endpoint")), update, context,
                reply: self.ok(call) { .webhookEndpoint($0, showsSecret: false) })
        }
    }

    @Sendable private func deleteEndpoint(_ call: Call) async throws -> Reply {
        try await write(call) { call, context in
            try await self.platform.deleteEndpoint(
                WebhookEndpointID(call.path("webhook_endpoint")), context,
                reply: self.ok(call) { .deleted(kind: WebhookEndpoint.kind, id: $0.id.text) })
        }
    }

    @Sendable private func retrieveEndpoint(_ call: Call) async throws -> Reply {
        let endpoint = try await find(
            WebhookEndpoint.self, call.path("webhook_endpoint"), call, param: "webhook_endpoint")
        return .ok(try await body(.webhookEndpoint(endpoint, showsSecret: false), call))
    }

    @Sendable private func listEndpoints(_ call: Call) async throws -> Reply {
        try await page(
            WebhookEndpoint.self, prefix: WebhookEndpointKind.prefix, call, hasCreated: false, kind: .webhookEndpoint
        ) { .webhookEndpoint($0, showsSecret: false) }
    }
}

/// What the webhook endpoints take.
enum WebhookSchemas {
    static let create = Schema([
        .required("url", .url), .required("enabled_events", .array(of: .nonEmptyString)),
        .optional("description", .string), .optional("metadata", .metadata), .optional("connect", .boolean),
        .optional("api_version", .nonEmptyString),
    ])

    static let update = Schema([
        .optional("url", .url), .optional("enabled_events", .array(of: .nonEmptyString)),
        .optional("description", .string), .optional("metadata", .metadata), .optional("disabled", .boolean),
    ])

    static func update(_ parameters: Parameters) throws(APIError) -> EndpointUpdate {
        var update = EndpointUpdate()
        update.url = parameters.string("url")
        update.enabledEvents = parameters.strings("enabled_events")
        update.description = parameters.change("description")
        update.metadata = parameters.metadataUpdate()
        for (place, type) in (update.enabledEvents ?? []).enumerated() where !EventTypes.isKnown(type) {
            throw .invalid(
                "Invalid enabled_events[\(place)]: \(APIError.quoted(type)) is no event type. Use one such as "
                    + "payment_intent.succeeded, or * for all.",
                param: "enabled_events[\(place)]")
        }
        return update
    }
}

public import Core
public import Payments
public import Storage

/// What a merchant says of a webhook endpoint; nil leaves a field as it is.
public struct EndpointUpdate: Sendable {
    public var url: String?
    public var enabledEvents: [String]?
    public var description: String??
    public var metadata: Metadata.Update?
    public var isDisabled: Bool?
    public var apiVersion: String?

    public init() {}

    func apply(to endpoint: inout WebhookEndpoint) throws(PaymentRefusal) {
        endpoint.url = url ?? endpoint.url
        endpoint.enabledEvents = enabledEvents ?? endpoint.enabledEvents
        endpoint.description = description ?? endpoint.description
        try endpoint.metadata.apply(metadata)
        if let isDisabled { endpoint.isEnabled = !isDisabled }
        endpoint.apiVersion = apiVersion ?? endpoint.apiVersion
    }
}

extension Platform {
    /// Makes an endpoint that is told of every event from now on.
    public func createEndpoint(
        url: String, enabledEvents: [String], _ update: EndpointUpdate, _ context: RequestContext,
        reply: @escaping ReplyMaker<WebhookEndpoint>
    ) async throws -> IdempotentReply {
        let merchant = context.merchant.merchant
        return try await perform(context, reply: reply) { decision in
            let last = try await read { try await $0.lastEventSequence(of: merchant) }
            var endpoint = WebhookEndpoint(
                merchant: merchant, id: decision.id(), createdAt: decision.now, url: url,
                enabledEvents: enabledEvents,
                secret: "whsec_" + IdentifierText.random(digits: 32, environment), startSequence: last)
            endpoint = try decided(endpoint) { endpoint throws(PaymentRefusal) in try update.apply(to: &endpoint) }
            var change = Change()
            change.insert(endpoint)
            change.insert(WebhookCursor(merchant: merchant, endpoint: endpoint.id, sequence: last))
            return (endpoint, change)
        }.1
    }

    public func updateEndpoint(
        _ id: WebhookEndpointID, _ update: EndpointUpdate, _ context: RequestContext,
        reply: @escaping ReplyMaker<WebhookEndpoint>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { _ in
            var endpoint = try await object(
                WebhookEndpoint.self, id.text, of: context.merchant.merchant, parameter: "webhook_endpoint")
            endpoint = try decided(endpoint) { endpoint throws(PaymentRefusal) in try update.apply(to: &endpoint) }
            var change = Change()
            change.update(&endpoint)
            return (endpoint, change)
        }.1
    }

    /// Failed deliveries that are forgotten with their endpoint; more of them are dropped when they come up.
    private static let retriesForgottenMax = 10_000

    public func deleteEndpoint(
        _ id: WebhookEndpointID, _ context: RequestContext, reply: @escaping ReplyMaker<WebhookEndpoint>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { _ in
            let endpoint = try await object(
                WebhookEndpoint.self, id.text, of: context.merchant.merchant, parameter: "webhook_endpoint")
            var change = Change()
            change.requires.append(.version(WebhookEndpoint.table, key: endpoint.key, is: endpoint.version))
            change.delete(from: WebhookEndpoint.table, key: endpoint.key)
            change.delete(from: WebhookCursor.table, key: endpoint.key)
            let retries = try await read { reader in
                try await reader.select(
                    WebhookRetry.self, where: "merchant = ? AND endpoint = ?", endpoint.key, orderBy: "sequence",
                    limit: Self.retriesForgottenMax)
            }
            for retry in retries { change.delete(from: WebhookRetry.table, key: retry.key) }
            return (endpoint, change)
        }.1
    }
}

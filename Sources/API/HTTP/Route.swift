/// Answers one request. What it throws becomes an error answer; ``APIError`` as it is, anything else by the error
/// table.
typealias Handler = @Sendable (Call) async throws -> Reply

/// One endpoint: where it is, what it takes, who may call it, and what answers.
///
///     Route.post("/v1/payment_intents/{intent}/confirm", confirmSchema, reach: .publishableKeys) { call in
///         let intent = PaymentIntentID(call.path("intent"))
///         …
///     }
struct Route: Sendable {
    enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// Which keys may call it.
    enum Reach: Sendable {
        /// Secret and restricted ones.
        case secretKeys
        /// These, and publishable ones: the handler must ask a client secret where an object is not public.
        case publishableKeys
    }

    let method: Method
    /// `/v1/customers/{customer}`: names in braces stand for one part of a path.
    let template: String
    let schema: Schema
    /// True when an `Idempotency-Key` is honoured.
    let isIdempotent: Bool
    let reach: Reach
    let handler: Handler
    /// The names in braces, in their order.
    let pathNames: [String]

    init(
        _ method: Method, _ template: String, _ schema: Schema, isIdempotent: Bool, reach: Reach,
        handler: @escaping Handler
    ) {
        precondition(template.hasPrefix("/"), "Route: \(template) must begin with a slash")
        self.method = method
        self.template = template
        self.schema = schema
        self.isIdempotent = isIdempotent
        self.reach = reach
        self.handler = handler
        pathNames = Route.parts(of: template).compactMap { Route.pathName($0) }
        precondition(Set(pathNames).count == pathNames.count, "Route: \(template) uses a name twice")
    }

    static func get(
        _ template: String, _ schema: Schema = .none, reach: Reach = .secretKeys, handler: @escaping Handler
    ) -> Route {
        Route(.get, template, schema, isIdempotent: false, reach: reach, handler: handler)
    }

    static func post(
        _ template: String, _ schema: Schema = .none, reach: Reach = .secretKeys, handler: @escaping Handler
    ) -> Route {
        Route(.post, template, schema, isIdempotent: true, reach: reach, handler: handler)
    }

    static func delete(
        _ template: String, _ schema: Schema = .none, reach: Reach = .secretKeys, handler: @escaping Handler
    ) -> Route {
        Route(.delete, template, schema, isIdempotent: false, reach: reach, handler: handler)
    }

    /// What lies between the slashes.
    static func parts(of template: String) -> [String] {
        template.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    /// The name of a part in braces.
    static func pathName(_ part: String) -> String? {
        part.hasPrefix("{") && part.hasSuffix("}") ? String(part.dropFirst().dropLast()) : nil
    }
}

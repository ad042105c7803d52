import Core

/// Which page of which search a request asks for.
struct SearchRequest: Sendable, Hashable {
    let query: SearchQuery
    let limit: Int
    /// The last object of the page before; nil on the first page.
    let after: String?

    /// Reads the parameters of ``Schema/search``.
    init(_ parameters: Parameters, on resource: SearchableResource) throws(APIError) {
        query = try SearchQuery(parsing: parameters.string(required: "query"), on: resource)
        limit = Int(parameters.integer("limit") ?? Int64(ListQuery.limitDefault))
        guard let page = parameters.string("page") else {
            after = nil
            return
        }
        guard let bytes = Hex.decode(page), let id = String(validating: bytes, as: UTF8.self) else {
            throw .invalid("Invalid page: use the next_page of an earlier answer", param: "page")
        }
        after = id
    }

    /// What `page` must say to go on behind this object. Opaque to clients.
    static func nextPage(after id: String) -> String { Hex.encode(id.utf8) }
}

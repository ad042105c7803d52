import Core

/// A page of objects as an answer.
struct ListRendering: Sendable {
    /// What the page belongs to.
    enum Form: Sendable {
        /// A list, paged by ids.
        case list
        /// Results of a search, paged by a token; nil on the last page.
        case searchResult(nextPage: String?)
    }

    var form: Form
    var objects: [APIObject]
    var hasMore: Bool
    /// The path the page came from, such as `/v1/charges`.
    var url: String
    /// How many there are in all; answered only when the request asked for it.
    var totalCount: Int64?

    init(form: Form = .list, objects: [APIObject], hasMore: Bool, url: String, totalCount: Int64? = nil) {
        self.form = form
        self.objects = objects
        self.hasMore = hasMore
        self.url = url
        self.totalCount = totalCount
    }

    /// Writes the page as the next value. The context's expansion is that of its objects.
    func render(into json: inout JSONWriter, _ context: RenderContext) {
        json.object { members(into: &$0, context, context.expansion) }
    }

    /// The body of an answer: indented, with a line break at the end.
    func body(_ context: RenderContext) -> [UInt8] {
        var json = JSONWriter(style: .indented, capacity: 512 + objects.count * 4_096)
        render(into: &json, context)
        return json.bodyBytes()
    }

    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        switch form {
        case .list: json.field("object", "list")
        case .searchResult: json.field("object", "search_result")
        }
        json.array("data") { json in
            for object in objects { json.object { object.members(into: &$0, context, expansion) } }
        }
        json.field("has_more", hasMore)
        if case .searchResult(let nextPage) = form { json.field("next_page", nextPage) }
        if let totalCount { json.field("total_count", totalCount) }
        json.field("url", url)
    }
}

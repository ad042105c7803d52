import Core

/// Which page of a list a request asks for.
///
/// Lists are answered newest first, and identifiers sort by creation, so a page is a run of identifiers: no offsets, no
/// counting, and the same cost on the first page as on the thousandth.
struct ListQuery: Sendable, Hashable {
    static let limitMax = Limits.pageSizeMax
    static let limitDefault = 10

    /// Where the page begins.
    enum Cursor: Sendable, Hashable {
        /// With the first object older than this one.
        case after(String)
        /// With the last object newer than this one.
        case before(String)

        /// The object that the page lies next to.
        var id: String {
            switch self {
            case .after(let id), .before(let id): id
            }
        }

        /// The parameter that named it.
        var param: String {
            switch self {
            case .after: "starting_after"
            case .before: "ending_before"
            }
        }
    }

    /// How many objects the page may hold.
    var limit: Int
    var cursor: Cursor?
    /// Seconds within which the objects were created; nil when nothing was said.
    var created: IntegerBounds?

    init(limit: Int = ListQuery.limitDefault, cursor: Cursor? = nil, created: IntegerBounds? = nil) {
        precondition(
            (1...ListQuery.limitMax).contains(limit), "ListQuery: a page has 1 to \(ListQuery.limitMax) objects")
        self.limit = limit
        self.cursor = cursor
        self.created = created
    }

    /// Reads the parameters of a schema made by ``Schema/list(_:hasCreated:)``.
    ///
    /// Refuses both cursors at once. That the cursor exists is for the handler to check, see ``unknownCursor(_:)``.
    init(_ parameters: Parameters, hasCreated: Bool = true) throws(APIError) {
        let after = parameters.string("starting_after")
        let before = parameters.string("ending_before")
        if after != nil, before != nil { throw .exclusive("starting_after", "ending_before") }
        self.init(
            limit: Int(parameters.integer("limit") ?? Int64(ListQuery.limitDefault)),
            cursor: after.map(Cursor.after) ?? before.map(Cursor.before),
            created: hasCreated ? parameters.range("created") : nil)
    }

    /// How many rows to read: one more than the page holds tells whether there are more.
    var fetchCount: Int { limit + 1 }

    /// True when rows must be read oldest first: the page next to an `ending_before` cursor is the oldest of the newer.
    var isAscending: Bool {
        if case .before = cursor { return true }
        return false
    }

    /// `DESC` or `ASC`.
    var sqlOrder: String { isAscending ? "ASC" : "DESC" }

    /// The refusal of a cursor that leads nowhere; `object` as messages name it.
    func unknownCursor(_ object: String) -> APIError? {
        cursor.map { .noSuch(object, id: $0.id, param: $0.param) }
    }

    /// The identifiers among which the page lies, nil when no object can be among them.
    ///
    /// `prefix` is that of the kind, without the underscore.
    func identifiers(prefix: String) -> IdentifierRange? {
        var range = IdentifierRange()
        if let created {
            if let lower = created.lower { range.raiseLower(IdentifierRange.first(prefix: prefix, second: lower)) }
            if let upper = created.upper {
                guard upper >= 0, upper >= created.lower ?? 0 else { return nil }
                range.cutUpper(IdentifierRange.first(prefix: prefix, second: upper + 1))
            }
        }
        switch cursor {
        case .after(let id): range.cutUpper(id)
        case .before(let id): range.raiseLower(above: id)
        case nil: break
        }
        return range.isEmpty ? nil : range
    }

    /// The page out of the rows that were read in ``sqlOrder``, at most ``fetchCount`` of them.
    func page<Item>(_ rows: [Item]) -> Page<Item> {
        let kept = rows.prefix(limit)
        return Page(items: isAscending ? kept.reversed() : Array(kept), hasMore: rows.count > limit)
    }
}

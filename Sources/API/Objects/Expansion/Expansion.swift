/// Which references an answer shows as whole objects: the `expand[]` paths of a request as a tree.
///
/// The paths of a list start at its objects' `data`, and the tree of a list is that of one of its objects.
struct Expansion: Hashable, Sendable {
    /// Fields in one path, `data` of a list included.
    static let levelsMax = 4
    /// Nothing is expanded.
    static let none = Expansion()

    /// A field and what is expanded below it.
    struct Branch: Hashable, Sendable {
        let field: ExpandableField
        var below: Expansion
    }

    private(set) var branches: [Branch] = []
    /// Whether a search was asked for the number of its results, by the path `total_count`.
    private(set) var includesTotalCount = false

    private init() {}

    /// Whether every reference stays an id.
    var isEmpty: Bool { branches.isEmpty }

    /// What is expanded below a field; nil when the field itself is not expanded.
    func below(_ field: ExpandableField) -> Expansion? {
        for branch in branches where branch.field == field { return branch.below }
        return nil
    }
}

/// What the paths of an expansion start from.
enum ExpansionRoot: Hashable, Sendable {
    /// One object.
    case object(ObjectKind)
    /// A list of objects.
    case list(of: ObjectKind)
    /// Results of a search.
    case searchResult(of: ObjectKind)
}

extension Expansion {
    /// Reads the paths of a request. The same path may come twice.
    ///
    /// Refused with status 400 and neither code nor parameter, as Stripe does: a path with a field that cannot be
    /// expanded. With code `property_expansion_max_depth`: a path of more than four fields.
    init(paths: [String], root: ExpansionRoot) throws(APIError) {
        for path in paths {
            let fields = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard fields.count <= Self.levelsMax else { throw Self.tooDeep(path) }
            switch root {
            case .object(let kind):
                try add(fields[...], of: .embedded(kind), path: fields)
            case .searchResult where path == "total_count":
                includesTotalCount = true
            case .list(let kind), .searchResult(let kind):
                guard fields.first == "data" else { throw Self.outsideData(fields[0]) }
                try add(fields.dropFirst(), of: .embedded(kind), path: fields)
            }
        }
    }

    /// Adds the rest of a path below `target`.
    private mutating func add(
        _ rest: ArraySlice<String>, of target: ExpansionTarget, path: [String]
    ) throws(APIError) {
        guard let name = rest.first else { return }
        guard let next = target.field(name) else {
            throw Self.notExpandable(path[...rest.startIndex].joined(separator: "."))
        }
        var below = Expansion.none
        let index = ExpandableField(rawValue: name).map { branchIndex($0) }
        if let index { below = branches[index].below }
        try below.add(rest.dropFirst(), of: next, path: path)
        if let index { branches[index].below = below }
    }

    /// The place of a field's branch, which is made if it is not there.
    private mutating func branchIndex(_ field: ExpandableField) -> Int {
        if let index = branches.firstIndex(where: { $0.field == field }) { return index }
        branches.append(Branch(field: field, below: .none))
        return branches.count - 1
    }

    private static func notExpandable(_ path: String) -> APIError {
        refusal("This property cannot be expanded (\(APIError.quoted(path))).", code: nil)
    }

    private static func outsideData(_ field: String) -> APIError {
        let field = APIError.quoted(field)
        return refusal(
            "This property cannot be expanded (\(field)). You may want to try expanding 'data.\(field)' instead.",
            code: nil)
    }

    private static func tooDeep(_ path: String) -> APIError {
        refusal(
            "You cannot expand more than \(levelsMax) levels of a property. Property: \(APIError.quoted(path))",
            code: "property_expansion_max_depth")
    }

    private static func refusal(_ message: String, code: String?) -> APIError {
        APIError(status: 400, type: .invalidRequest, code: code, message: message)
    }
}

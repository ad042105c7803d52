/// Finds the route of a method and a path: a tree of path parts, in which a literal part goes before a name in braces,
/// so `/v1/charges/search` is never taken for the charge `search`.
struct RouteTable: Sendable {
    /// Longer paths, and longer parts, are no path of ours.
    private static let partsMax = 12
    private static let partBytesMax = 255

    /// A route, and what its names stand for, in the order of the template.
    struct Match: Sendable {
        let route: Route
        let values: [String]
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var named: Int?
        var get: Int?
        var post: Int?
        var delete: Int?

        subscript(method: Route.Method) -> Int? {
            get {
                switch method {
                case .get: get
                case .post: post
                case .delete: delete
                }
            }
            set {
                switch method {
                case .get: get = newValue
                case .post: post = newValue
                case .delete: delete = newValue
                }
            }
        }
    }

    /// All routes, in the order they were given.
    let routes: [Route]
    private var nodes = [Node()]

    init(_ routes: [Route]) {
        self.routes = routes
        for (place, route) in routes.enumerated() {
            var node = 0
            for part in Route.parts(of: route.template) { node = step(from: node, part: part) }
            precondition(nodes[node][route.method] == nil, "Route: \(route.method) \(route.template) exists twice")
            nodes[node][route.method] = place
        }
    }

    private mutating func step(from node: Int, part: String) -> Int {
        if Route.pathName(part) != nil {
            if let next = nodes[node].named { return next }
            nodes[node].named = nodes.count
        } else {
            if let next = nodes[node].literals[part] { return next }
            nodes[node].literals[part] = nodes.count
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    /// The route for a path without its query, nil when there is none.
    func match(_ method: Route.Method, _ path: Substring) -> Match? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = path.dropFirst().split(
            separator: "/", maxSplits: RouteTable.partsMax, omittingEmptySubsequences: false)
        guard parts.count <= RouteTable.partsMax, parts.allSatisfy({ $0.utf8.count <= RouteTable.partBytesMax }) else {
            return nil
        }
        var values: [String] = []
        guard let place = find(method, parts[...], from: 0, &values) else { return nil }
        return Match(route: routes[place], values: values)
    }

    private func find(
        _ method: Route.Method, _ parts: ArraySlice<Substring>, from node: Int, _ values: inout [String]
    ) -> Int? {
        guard let part = parts.first else { return nodes[node][method] }
        if let next = nodes[node].literals[String(part)],
            let place = find(method, parts.dropFirst(), from: next, &values)
        {
            return place
        }
        guard let next = nodes[node].named, let value = RouteTable.decoded(part), !value.isEmpty else { return nil }
        values.append(value)
        if let place = find(method, parts.dropFirst(), from: next, &values) { return place }
        values.removeLast()
        return nil
    }

    /// A part with its percent signs decoded, nil when they are broken.
    private static func decoded(_ part: Substring) -> String? {
        guard part.utf8.contains(UInt8(ascii: "%")) else { return String(part) }
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                return nil
            }
            // No name has it, and PostgreSQL takes no text with it.
            guard value != 0 else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

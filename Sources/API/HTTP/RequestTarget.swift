/// What a request line asks for: the path as it was sent, and the query behind the question mark.
struct RequestTarget: Sendable {
    let path: Substring
    let query: String

    init(_ target: String) {
        let utf8 = target.utf8
        let end = utf8.firstIndex(of: UInt8(ascii: "?")) ?? utf8.endIndex
        path = target[..<end]
        query = end == utf8.endIndex ? "" : String(target[utf8.index(after: end)...])
    }
}

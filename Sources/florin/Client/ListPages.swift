internal import Core

/// Why what a server says of itself cannot be taken.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String

    init(_ request: String, _ answer: APIAnswer) { description = "\(request) answered \(answer.errorText)" }
    init(_ description: String) { self.description = description }
}

extension APIClient {
    /// Reads a list page by page, newest first, and hands each of its objects on.
    func forEach(_ path: String, _ query: Form, _ body: (JSONValue) throws -> Void) async throws {
        var cursor: String?
        while true {
            var parameters = query
            parameters.add("limit", Int64(Limits.pageSizeMax))
            if let cursor { parameters.add("starting_after", cursor) }
            let answer = try await get(path, parameters)
            guard answer.isSuccess, let objects = answer.body["data"]?.elements else {
                throw UnexpectedAnswer("GET \(path)", answer)
            }
            for object in objects { try body(object) }
            guard answer.body["has_more"]?.bool == true else { return }
            guard let last = objects.last?["id"]?.string, last != cursor else {
                throw UnexpectedAnswer("GET \(path) has more, but no object to go on from")
            }
            cursor = last
        }
    }

    /// Sends a POST that must succeed.
    func mustPost(_ path: String, _ form: Form, idempotencyKey: String? = nil) async throws -> JSONValue {
        let answer = try await post(path, form, idempotencyKey: idempotencyKey)
        guard answer.isSuccess else { throw UnexpectedAnswer("POST \(path)", answer) }
        return answer.body
    }

    /// Sends a GET that must succeed.
    func mustGet(_ path: String, _ query: Form = Form()) async throws -> JSONValue {
        let answer = try await get(path, query)
        guard answer.isSuccess else { throw UnexpectedAnswer("GET \(path)", answer) }
        return answer.body
    }
}

import Core

/// Holds a JSON value against a schema of Stripe's OpenAPI document: types, null, enums, required and unknown fields.
struct SchemaValidator {
    let schemas: [String: JSONValue]

    /// What is wrong with a value, each with the path to it; empty when it fits the schema of this name.
    func problems(of value: JSONValue, schema name: String) -> [String] {
        guard let schema = schemas[name] else { return ["no schema \(name)"] }
        return problems(of: value, schema, path: name)
    }

    private func problems(of value: JSONValue, _ schema: JSONValue, path: String) -> [String] {
        if let reference = schema["$ref"]?.string {
            guard let target = schemas[reference] else { return ["\(path): no schema \(reference)"] }
            return problems(of: value, target, path: path)
        }
        if value.isNull { return schema["nullable"]?.bool == true ? [] : ["\(path): null is not allowed"] }
        if let choices = schema["anyOf"]?.elements {
            let attempts = choices.map { problems(of: value, $0, path: path) }
            return attempts.min { $0.count < $1.count } ?? []
        }
        if let allowed = schema["enum"]?.elements, !allowed.contains(value) {
            return ["\(path): \(value) is no choice"]
        }
        switch schema["type"]?.string {
        case "object": return objectProblems(of: value, schema, path: path)
        case "array": return arrayProblems(of: value, schema, path: path)
        case "string": return value.string == nil ? ["\(path): no string"] : []
        case "boolean": return value.bool == nil ? ["\(path): no boolean"] : []
        case "integer": return value.integer == nil ? ["\(path): no integer"] : []
        case let type: return ["\(path): type \(type ?? "none") is not checked"]
        }
    }

    private func arrayProblems(of value: JSONValue, _ schema: JSONValue, path: String) -> [String] {
        guard let elements = value.elements else { return ["\(path): no array"] }
        guard let items = schema["items"] else { return ["\(path): array without items"] }
        return elements.enumerated().flatMap { problems(of: $1, items, path: "\(path)[\($0)]") }
    }

    private func objectProblems(of value: JSONValue, _ schema: JSONValue, path: String) -> [String] {
        guard let members = value.members else { return ["\(path): no object"] }
        var problems: [String] = []
        for name in schema["required"]?.elements?.compactMap(\.string) ?? [] where value[name] == nil {
            problems.append("\(path).\(name): missing")
        }
        guard Set(members.map(\.key)).count == members.count else { return problems + ["\(path): a field twice"] }
        let properties = schema["properties"]
        for member in members {
            if let property = properties?[member.key] {
                problems += self.problems(of: member.value, property, path: "\(path).\(member.key)")
            } else if let other = schema["additionalProperties"], other.members != nil {
                problems += self.problems(of: member.value, other, path: "\(path).\(member.key)")
            } else if properties != nil {
                problems.append("\(path).\(member.key): not in the schema")
            }
        }
        return problems
    }
}

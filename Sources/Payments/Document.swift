public import Core

/// Reads a stored document field by field. A field that was not written reads as nil, so a document may gain fields.
public struct DocumentReader: Sendable {
    private let value: JSONValue

    public init(_ value: JSONValue) { self.value = value }

    public init(text: String) throws { value = try JSONValue(parsing: text) }

    public func optionalText(_ key: String) -> String? { value[key]?.string }
    public func optionalInteger(_ key: String) -> Int64? { value[key]?.integer }
    public func bool(_ key: String) -> Bool { value[key]?.bool ?? false }
    public func integer(_ key: String) -> Int64 { value[key]?.integer ?? 0 }
    public func texts(_ key: String) -> [String] { value[key]?.elements?.compactMap(\.string) ?? [] }

    public func text(_ key: String) throws(DocumentError) -> String {
        guard let text = value[key]?.string else { throw DocumentError(field: key) }
        return text
    }

    /// The object under `key`, nil when it was not written.
    public func part(_ key: String) -> DocumentReader? {
        guard let part = value[key], case .object = part else { return nil }
        return DocumentReader(part)
    }

    /// The objects of the array under `key`.
    public func parts(_ key: String) -> [DocumentReader] {
        value[key]?.elements?.map { DocumentReader($0) } ?? []
    }

    /// Members of the object under `key`, in order.
    public func members(_ key: String) -> [JSONValue.Member] { value[key]?.members ?? [] }

    /// A value of a closed set.
    public func choice<T: RawRepresentable>(_ key: String) throws(DocumentError) -> T where T.RawValue == String {
        guard let choice = optionalChoice(key) as T? else { throw DocumentError(field: key) }
        return choice
    }

    public func optionalChoice<T: RawRepresentable>(_ key: String) -> T? where T.RawValue == String {
        value[key]?.string.flatMap { T(rawValue: $0) }
    }
}

/// A stored document lacks a field it must have: written by a newer version, or damaged.
public struct DocumentError: Error, Hashable, Sendable {
    public let field: String
}

extension JSONWriter {
    /// Writes the field only when there is a value, which keeps stored documents short.
    mutating func some(_ key: StaticString, _ value: String?) {
        if let value { field(key, value) }
    }

    mutating func some(_ key: StaticString, _ value: Int64?) {
        if let value { field(key, value) }
    }

    mutating func some(_ key: StaticString, _ value: Bool) {
        if value { field(key, value) }
    }

    mutating func someTexts(_ key: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        array(key) { json in for value in values { json.element(value) } }
    }
}

extension SearchQuery {
    /// Reads a query on one kind of object.
    ///
    /// Refuses, always naming the parameter `query`: a text too long, what is no clause, more than ten clauses, AND and
    /// OR in one query, fields that the kind cannot be searched by, and comparisons that a field does not know.
    init(parsing text: String, on resource: SearchableResource) throws(APIError) {
        guard text.unicodeScalars.count <= SearchQuery.charactersMax else {
            throw .invalidSearch("The query has more than \(SearchQuery.charactersMax) characters.")
        }
        var parser = SearchParser(text: Array(text.utf8), resource: resource)
        self = try parser.query()
    }
}

/// Reads the language byte by byte, each byte once.
private struct SearchParser {
    let text: [UInt8]
    let resource: SearchableResource
    var position = 0

    init(text: [UInt8], resource: SearchableResource) {
        self.text = text
        self.resource = resource
    }

    /// What stands between two clauses.
    private enum Joint { case space, and, or }

    mutating func query() throws(APIError) -> SearchQuery {
        skipBlanks()
        var clauses = [try clause()]
        var combination: SearchQuery.Combination?
        while true {
            guard skipBlanks() || position == text.count else { throw failure("expected a blank after a clause") }
            guard position < text.count else { break }
            let joint = joint()
            let joined: SearchQuery.Combination = joint == .or ? .any : .all
            guard combination == nil || combination == joined else {
                throw .invalidSearch("AND and OR cannot be combined in one query.")
            }
            combination = joined
            guard clauses.count < SearchQuery.clausesMax else {
                throw .invalidSearch("A query can have up to \(SearchQuery.clausesMax) clauses.")
            }
            clauses.append(try clause())
        }
        return SearchQuery(combination: combination ?? .all, clauses: clauses)
    }

    /// Takes AND or OR, of either case, when one stands here as a word.
    private mutating func joint() -> Joint {
        for (word, joint) in [("and", Joint.and), ("or", Joint.or)] {
            let end = position + word.utf8.count
            guard end < text.count, isBlank(text[end]) else { continue }
            let isWord = zip(text[position..<end], word.utf8).allSatisfy { $0 | 0x20 == $1 }
            if isWord {
                position = end
                skipBlanks()
                return joint
            }
        }
        return .space
    }

    private mutating func clause() throws(APIError) -> SearchQuery.Clause {
        let isNegated = take("-")
        let field = try field()
        let condition = try condition(on: field)
        return SearchQuery.Clause(field: field, condition: condition, isNegated: isNegated)
    }

    // MARK: Fields

    private mutating func field() throws(APIError) -> SearchQuery.Field {
        let start = position
        while position < text.count, isNamePart(text[position]) { position += 1 }
        guard position > start else { throw failure("expected a field") }
        let name = String(decoding: text[start..<position], as: UTF8.self)
        guard name == "metadata" else {
            guard isOperator else { throw failure("expected one of : ~ > < >= <= after a field") }
            guard resource.fields[name] != nil else { throw .unsearchableField(name, of: resource) }
            return .named(name)
        }
        guard take("[") else { throw failure("expected a key in brackets after metadata") }
        let key = try quoted()
        guard take("]") else { throw failure("expected a closing bracket") }
        return .metadata(key)
    }

    private func kind(of field: SearchQuery.Field) -> SearchableResource.FieldKind {
        guard case .named(let name) = field else { return .token }
        return resource.fields[name] ?? .token
    }

    // MARK: Conditions

    private mutating func condition(on field: SearchQuery.Field) throws(APIError) -> SearchQuery.Condition {
        let kind = kind(of: field)
        if take(":") || take("=") {
            if takeNull() { return .isAbsent }
            return try equality(kind)
        }
        if take("~") {
            guard kind == .string else { throw failure("this field does not support substring matches") }
            let part = try quoted()
            guard part.unicodeScalars.count >= SearchQuery.substringMin else {
                throw .invalidSearch("A substring must have at least \(SearchQuery.substringMin) characters.")
            }
            return .contains(part.lowercased())
        }
        let isGreater = take(">")
        guard isGreater || take("<") else { throw failure("expected one of : ~ > < >= <= after a field") }
        let isIncluded = take("=")
        guard kind == .number else { throw failure("this field does not support numeric comparisons") }
        let bound = try number()
        // The bounds are inclusive; a number next to the end of its range has no neighbour and excludes everything.
        if isIncluded { return .within(isGreater ? bounds(lower: bound) : bounds(upper: bound)) }
        let (next, overflow) = isGreater ? bound.addingReportingOverflow(1) : bound.subtractingReportingOverflow(1)
        guard !overflow else { return .within(IntegerBounds(lower: 1, upper: 0)) }
        return .within(isGreater ? bounds(lower: next) : bounds(upper: next))
    }

    private func bounds(lower: Int64) -> IntegerBounds { IntegerBounds(lower: lower, upper: nil) }
    private func bounds(upper: Int64) -> IntegerBounds { IntegerBounds(lower: nil, upper: upper) }

    private mutating func equality(_ kind: SearchableResource.FieldKind) throws(APIError) -> SearchQuery.Condition {
        switch kind {
        case .number:
            let value = try number()
            return .within(IntegerBounds(lower: value, upper: value))
        case .flag:
            let word = isQuote ? try quoted() : bareWord()
            guard ["true", "false"].contains(word.lowercased()) else { throw failure("expected 'true' or 'false'") }
            return .isText(word.lowercased(), isCaseSensitive: false)
        case .string, .token: return .isText(try quoted(), isCaseSensitive: false)
        case .identifier: return .isText(try quoted(), isCaseSensitive: true)
        }
    }

    private var isOperator: Bool { position < text.count && ":~><=".utf8.contains(text[position]) }

    private mutating func takeNull() -> Bool {
        let end = position + 4
        guard end <= text.count, end == text.count || isBlank(text[end]) else { return false }
        guard zip(text[position..<end], "null".utf8).allSatisfy({ $0 | 0x20 == $1 }) else { return false }
        position = end
        return true
    }

    // MARK: Values

    private var isQuote: Bool {
        position < text.count && (text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "\""))
    }

    /// A text in single or double quotes; a backslash takes the character behind it as it is.
    private mutating func quoted() throws(APIError) -> String {
        guard isQuote else { throw failure("expected a value in quotes") }
        let quote = text[position]
        position += 1
        var value: [UInt8] = []
        while position < text.count {
            var byte = text[position]
            if byte == quote {
                position += 1
                return String(decoding: value, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\") {
                position += 1
                guard position < text.count else { break }
                byte = text[position]
            }
            value.append(byte)
            position += 1
        }
        throw failure("expected a closing quote")
    }

    private mutating func number() throws(APIError) -> Int64 {
        let word = isQuote ? try quoted() : bareWord()
        guard let value = Array(word.utf8).withUnsafeBufferPointer({ DecimalInput.integer($0) }) else {
            throw failure("expected a whole number")
        }
        return value
    }

    private mutating func bareWord() -> String {
        let start = position
        while position < text.count, !isBlank(text[position]) { position += 1 }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    // MARK: Bytes

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    @discardableResult
    private mutating func skipBlanks() -> Bool {
        let start = position
        while position < text.count, isBlank(text[position]) { position += 1 }
        return position > start
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }

    private func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private func failure(_ reason: String) -> APIError {
        .invalidSearch(
            "We were unable to parse your search query: \(reason) at character \(position + 1). Try using the format "
                + "`metadata[\"key\"]:\"value\"` to query for metadata or key:\"value\" to query for other fields.")
    }
}

extension APIError {
    /// 400: a query that does not parse, or asks too much.
    static func invalidSearch(_ message: String) -> APIError { invalid(message, param: "query") }

    /// 400: a field that this kind of object cannot be searched by.
    static func unsearchableField(_ field: String, of resource: SearchableResource) -> APIError {
        invalidSearch(
            "Field `\(quoted(field))` is an unsupported search field for resource `\(resource.name)`. See "
                + "http://stripe.com/docs/search#query-fields-for-"
                + String(resource.name.map { $0 == "_" ? "-" : $0 }) + " for a list of supported fields.")
    }
}

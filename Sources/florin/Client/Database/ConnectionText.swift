/// A connection string as libpq reads it, with a schema and an application name of one's own put in.
///
/// Both of its forms stay what they are, and so does every other parameter (PostgreSQL 15, section 34.1.1).
struct ConnectionText: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    /// The same database, where the tables of `schema` are the only ones that are found without a schema's name.
    func with(schema: String, applicationName: String) -> ConnectionText {
        let path = "-csearch_path=\(schema)"
        if isURL { return ConnectionText(url(path: path, applicationName: applicationName)) }
        var fields = fields
        let options = fields.last { $0.name == "options" }?.value
        fields.removeAll { $0.name == "options" || $0.name == "application_name" }
        fields.append(("options", [options, path].compactMap { $0 }.joined(separator: " ")))
        fields.append(("application_name", applicationName))
        return ConnectionText(fields.map { "\($0.name)=\(Self.quoted($0.value))" }.joined(separator: " "))
    }

    var isURL: Bool { text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") }

    // MARK: The URL

    private func url(path: String, applicationName: String) -> String {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var parameters = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
        let options = parameters.last { $0.hasPrefix("options=") }.map { String($0.dropFirst("options=".count)) }
        parameters.removeAll { $0.hasPrefix("options=") || $0.hasPrefix("application_name=") }
        parameters.append("options=" + [options, Self.escaped(path)].compactMap { $0 }.joined(separator: "%20"))
        parameters.append("application_name=" + Self.escaped(applicationName))
        return parts[0] + "?" + parameters.joined(separator: "&")
    }

    /// As a URL's parameter: bytes that are no letters, digits or `-._~` become `%XX`.
    private static func escaped(_ value: String) -> String {
        var form = Form()
        form.add("", value)
        return String(String(decoding: form.encoded, as: UTF8.self).dropFirst())
    }

    // MARK: name=value

    /// The parameters of the form `name=value name='va lue'`, where a backslash takes the next character as it is.
    private var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        var rest = Substring(text)
        func skipSpaces() { rest = rest.drop(while: \.isWhitespace) }
        while true {
            skipSpaces()
            let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest = rest.dropFirst(name.count)
            skipSpaces()
            guard !name.isEmpty, rest.popFirst() == "=" else { return fields }
            skipSpaces()
            let isQuoted = rest.first == "'"
            if isQuoted { rest.removeFirst() }
            var value = ""
            while let character = rest.first, isQuoted ? character != "'" : !character.isWhitespace {
                rest.removeFirst()
                if character == "\\" {
                    if let escaped = rest.popFirst() { value.append(escaped) }
                } else {
                    value.append(character)
                }
            }
            if isQuoted, !rest.isEmpty { rest.removeFirst() }
            fields.append((String(name), value))
        }
    }

    private static func quoted(_ value: String) -> String {
        var text = "'"
        for character in value {
            if character == "'" || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return text + "'"
    }
}

import CLibpq

extension PostgresAddress {
    /// What PostgreSQL's own programs are told, so that they go where this address leads.
    public struct ForTools: Sendable {
        /// A connection string without the password: arguments of a program are seen by everybody.
        public let connection: String
        /// For `PGPASSWORD` in the program's environment.
        public let password: String?
        /// The database and the user that the address names.
        public let database: String?
        public let user: String?
    }

    public var forTools: ForTools {
        var parts: [String] = []
        var values: [String: String] = [:]
        // The address was parsed when it was made, so it is understood.
        if let options = PQconninfoParse(text, nil) {
            defer { PQconninfoFree(options) }
            var option = options
            while let keyword = option.pointee.keyword {
                if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
                option += 1
            }
        }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where name != "password" {
            let escaped = value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            parts.append("\(name)='\(escaped)'")
        }
        return ForTools(
            connection: parts.joined(separator: " "), password: values["password"], database: values["dbname"],
            user: values["user"])
    }
}

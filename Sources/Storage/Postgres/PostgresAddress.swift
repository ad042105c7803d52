import CLibpq
import Glibc

/// Where a PostgreSQL database is: a connection string as libpq reads it.
///
/// `postgres://user@host1,host2/name?sslmode=verify-full` or `host=… dbname=…`, with all of its parameters (PostgreSQL
/// 15, section 34.1.2). A password is better kept in `~/.pgpass` or `PGPASSWORD` than in it.
public struct PostgresAddress: Sendable, Hashable, CustomStringConvertible {
    /// As it was given, a password included: it goes to libpq and nowhere else.
    let text: String
    /// Where it leads, for people to read; without a password.
    public let description: String

    /// - throws: ``StoreError/badAddress(_:)`` when libpq does not understand the text.
    public init(_ text: String) throws(StoreError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            let detail = message.map { PostgresFailure.oneLine(String(cString: $0)) } ?? "it cannot be parsed"
            throw .badAddress(Self.withoutPassword(detail, text))
        }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let host = values["host"] ?? values["hostaddr"] ?? values["service"].map { "service \($0)" } ?? "local socket"
        let port = values["port"].map { ":\($0)" } ?? ""
        let user = values["user"].map { "\($0)@" } ?? ""
        self.text = text
        description = "\(user)\(host)\(port)/\(values["dbname"] ?? values["user"] ?? "")"
    }

    /// libpq quotes what it does not understand, and that may be a password.
    private static func withoutPassword(_ detail: String, _ text: String) -> String {
        text.contains("password") || text.contains("@") ? "libpq does not understand it" : detail
    }

    /// What is said to libpq unless the address says otherwise: to notice a dead server in seconds, and to take the
    /// primary where several hosts are named.
    static let defaults: [(String, String)] = [
        ("connect_timeout", "3"), ("tcp_user_timeout", "5000"), ("keepalives_idle", "5"),
        ("keepalives_interval", "2"), ("keepalives_count", "3"), ("target_session_attrs", "read-write"),
        ("client_encoding", "UTF8"), ("fallback_application_name", "florin"),
    ]
}

import CLibpq

/// What PostgreSQL, or the way to it, said.
struct PostgresFailure: Error, Hashable {
    /// The SQLSTATE (PostgreSQL 15, appendix A); ``lost`` when the connection broke.
    let state: String
    let message: String

    /// Connection failure (08006).
    static let lost = "08006"
    /// The database behind a connection is not the one that it was.
    static let changed = "08F01"

    init(state: String, message: String) {
        self.state = state
        self.message = message
    }

    init(result: OpaquePointer?) {
        let field = { (code: Int32) in PQresultErrorField(result, code).map { String(cString: $0) } }
        state = field(Self.sqlstate) ?? Self.lost
        // The primary message alone: detail and context can quote values of rows.
        message = field(Self.primaryMessage) ?? Self.oneLine(String(cString: PQresultErrorMessage(result)))
    }

    /// A connection that could not be made, or broke: libpq's words for it.
    init(connection: OpaquePointer?) {
        state = Self.lost
        message = Self.oneLine(String(cString: PQerrorMessage(connection)))
    }

    // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY, which Swift does not import.
    private static let sqlstate = Int32(UInt8(ascii: "C"))
    private static let primaryMessage = Int32(UInt8(ascii: "M"))

    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "; ").trimmingSpaces
    }

    /// The connection is of no more use: it broke, the server ends, or it does not take writes any more.
    var endsConnection: Bool {
        state.hasPrefix("08") || state.hasPrefix("57P") || state == "25006" || state == "26000"
    }

    /// Another transaction came between; doing the same again may work (40001, 40P01, CR000).
    var invitesRetry: Bool { state.hasPrefix("40") || state.hasPrefix("CR") || state == "55P03" }

    /// Somebody else has written the same key meanwhile (23505).
    var isDuplicateKey: Bool { state == "23505" }

    /// For whoever waits for an answer: without the addresses that libpq names when it cannot connect.
    var publicSentence: String { state == Self.lost ? "the database server cannot be reached" : sentence }

    /// For whom has to mend it.
    var sentence: String {
        switch state {
        case "53100": "the database server's disk is full"
        case "53300": "the database server takes no more connections: \(message)"
        case "57014": "the database server canceled a statement: \(message)"
        case "25006": "the database server is read-only: it is no primary any more"
        case Self.lost, Self.changed: message
        default: "\(message) (SQLSTATE \(state))"
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text.drop { $0 == " " })
    }
}

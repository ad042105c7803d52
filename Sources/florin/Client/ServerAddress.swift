/// Where a server listens: plain HTTP, a host and a port.
struct ServerAddress: Hashable, Sendable {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `http://127.0.0.1:4242`, with or without a slash behind it; nil if it is anything else.
    init?(url: String) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else { return nil }
        var authority = url.dropFirst(scheme.count)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.isEmpty, !authority.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let port = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(port) else {
                return nil
            }
            self.port = port
            authority = authority[..<colon]
        } else {
            port = 80
        }
        if authority.hasPrefix("["), authority.hasSuffix("]") { authority = authority.dropFirst().dropLast() }
        guard !authority.isEmpty else { return nil }
        host = String(authority)
    }

    /// The value of the `Host` header: host and port.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// The URL without a slash at its end.
    var url: String { "http://" + authority }
}

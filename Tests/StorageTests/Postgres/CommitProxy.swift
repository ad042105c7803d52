import Foundation
import Glibc
import Synchronization

/// Stands between a store and its server, and knows when the COMMIT of a group commit passes.
///
/// It takes the client's bytes apart as messages of the protocol (PostgreSQL 15, section 55.7): a COMMIT is the binding
/// of a statement with that text on a connection that has written a row of `group_commit` before.
final class CommitProxy: Sendable {
    /// What becomes of the next COMMIT.
    enum Cut: Sendable {
        /// The server commits, and its answer is swallowed.
        case answerLost
        /// The server sees the connection end before the COMMIT.
        case neverSent
        /// The client sees the connection end; the COMMIT goes on its way when ``release()`` is called.
        case late
    }

    private struct State {
        var cut: Cut?
        /// COMMITs that pass before.
        var passing = 0
        var cuts = 0
        var held: (@Sendable () -> Void)?
        var connections: [Connection] = []
        var isGone = false
    }

    private let state = Mutex(State())
    private let listener: Int32
    private let server: UInt16
    let port: UInt16

    /// Listens on a port of its own, and leads to a server on this machine.
    init(server: UInt16) throws {
        self.server = server
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try Self.listen(on: listener)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    // The thread that accepts keeps it until ``close()``.
    deinit { Glibc.close(listener) }

    /// Cuts the next COMMIT off, or a later one.
    func arm(_ cut: Cut, after passing: Int = 0) {
        state.withLock { state in
            state.cut = cut
            state.passing = passing
        }
    }

    /// How many COMMITs were cut off.
    var cuts: Int { state.withLock { $0.cuts } }

    /// Sends a COMMIT that is late on its way.
    func release() {
        let held = state.withLock { state in
            defer { state.held = nil }
            return state.held
        }
        held?()
    }

    /// Whether the way to the server is closed: all connections end, and new ones end at once.
    func block(_ isGone: Bool) {
        let ended = state.withLock { state -> [Connection] in
            state.isGone = isGone
            return isGone ? state.connections : []
        }
        for connection in ended { connection.end() }
    }

    /// Ends, and lets go of all connections.
    func close() {
        block(true)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    // MARK: Connections

    private static func listen(on listener: Int32) throws -> UInt16 {
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            let upstream = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(port: server)
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(upstream, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let connection = Connection(client: client, server: upstream)
            let isGone = state.withLock { state in
                state.connections.append(connection)
                return state.isGone
            }
            guard isConnected, !isGone else {
                connection.end()
                continue
            }
            Thread.detachNewThread { [self] in forward(connection) }
            Thread.detachNewThread { connection.answer() }
        }
    }

    private func forward(_ connection: Connection) {
        var stream = ClientStream()
        while let bytes = Connection.receive(from: connection.client) {
            guard let commit = stream.add(bytes) else {
                connection.toServer(stream.take())
                continue
            }
            let cut = state.withLock { state -> Cut? in
                guard let cut = state.cut else { return nil }
                guard state.passing == 0 else {
                    state.passing -= 1
                    return nil
                }
                state.cut = nil
                state.cuts += 1
                return cut
            }
            switch cut {
            case nil: connection.toServer(stream.take())
            case .answerLost:
                connection.swallow()
                connection.toServer(stream.take())
            case .neverSent:
                connection.toServer(stream.take(upTo: commit))
                connection.end()
            case .late:
                connection.toServer(stream.take(upTo: commit))
                let rest = stream.take()
                // Kept before the client can ask what came of it.
                state.withLock { $0.held = { connection.toServer(rest) } }
                connection.endClient()
                return
            }
        }
        connection.end()
    }
}

/// Two sockets that belong together.
private final class Connection: Sendable {
    let client: Int32
    private let server: Int32
    private let isSwallowing = Atomic<Bool>(false)

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    deinit {
        close(client)
        close(server)
    }

    func end() {
        endClient()
        shutdown(server, Int32(SHUT_RDWR))
    }

    func endClient() { shutdown(client, Int32(SHUT_RDWR)) }

    func swallow() { isSwallowing.store(true, ordering: .sequentiallyConsistent) }

    func toServer(_ bytes: [UInt8]) { Self.send(bytes, to: server) }

    /// Carries the server's answers. Those that are swallowed end the connection once the server has committed.
    func answer() {
        var swallowed: [UInt8] = []
        while let bytes = Self.receive(from: server) {
            guard isSwallowing.load(ordering: .sequentiallyConsistent) else {
                Self.send(bytes, to: client)
                continue
            }
            swallowed += bytes
            // The server is ready for the next query: the last message of its answer.
            if swallowed.suffix(6).starts(with: [UInt8(ascii: "Z"), 0, 0, 0, 5]) { end() }
        }
        endClient()
    }

    static func receive(from socket: Int32) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, recv(socket, buffer.baseAddress, buffer.count, 0))
        }
        return bytes.isEmpty ? nil : bytes
    }

    private static func send(_ bytes: [UInt8], to socket: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// What a client has sent and was not yet passed on, taken apart as far as messages are whole.
private struct ClientStream {
    private var bytes: [UInt8] = []
    /// How much of ``bytes`` was looked at.
    private var position = 0
    private var isStarted = false
    private var texts: [String: String] = [:]
    private var writesGroups = false

    /// Adds bytes; where the COMMIT of a group commit begins, when it is among them.
    mutating func add(_ more: [UInt8]) -> Int? {
        bytes += more
        var commit: Int?
        while let (kind, message, next) = nextMessage() {
            if kind == UInt8(ascii: "P") {
                let fields = message.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
                texts[String(decoding: fields[0], as: UTF8.self)] = String(decoding: fields[1], as: UTF8.self)
            } else if kind == UInt8(ascii: "B") {
                let fields = message.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
                let text = texts[String(decoding: fields[1], as: UTF8.self)] ?? ""
                if text.hasPrefix("INSERT INTO group_commit"), text.contains("unnest") { writesGroups = true }
                if text == "COMMIT", writesGroups { commit = commit ?? position }
            }
            position = next
        }
        return commit
    }

    /// The next whole message: its kind, its contents, and where it ends.
    private mutating func nextMessage() -> (UInt8, ArraySlice<UInt8>, Int)? {
        // The first message has no kind.
        let head = isStarted ? 5 : 4
        guard bytes.count - position >= head else { return nil }
        let length = bytes[(position + head - 4)..<(position + head)].reduce(0) { $0 << 8 | Int($1) }
        let end = position + head - 4 + length
        guard bytes.count >= end else { return nil }
        let kind = isStarted ? bytes[position] : 0
        isStarted = true
        return (kind, bytes[(position + head)..<end], end)
    }

    /// What is to be passed on, all or up to a place.
    mutating func take(upTo end: Int? = nil) -> [UInt8] {
        let count = end ?? bytes.count
        defer {
            bytes.removeFirst(count)
            position = max(0, position - count)
        }
        return Array(bytes.prefix(count))
    }
}

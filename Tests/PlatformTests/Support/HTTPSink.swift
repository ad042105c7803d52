import Dispatch
import Glibc
import Synchronization

/// A server on a port of its own that keeps what it is sent, and answers with the next status of a list, then 200.
///
/// In place of a status 0 it hangs up.
final class HTTPSink: Sendable {
    struct Request: Sendable {
        let head: String
        let body: String

        func header(_ name: String) -> String? {
            let prefix = name.lowercased() + ": "
            return head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count)) }
        }
    }

    private let socket: Int32
    private let port: UInt16
    private let state: Mutex<(statuses: [Int], requests: [Request])>
    /// The bodies as they arrive.
    let arrivals: AsyncStream<String>
    private let arrival: AsyncStream<String>.Continuation

    init(_ statuses: Int...) throws {
        state = Mutex((statuses, []))
        (arrivals, arrival) = AsyncStream.makeStream(of: String.self)
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard isListening else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detach { [self] in acceptAll() }
    }

    struct Failure: Error {}

    var url: String { "http://127.0.0.1:\(port)/hooks" }
    var requests: [Request] { state.withLock { $0.requests } }
    var bodies: [String] { requests.map(\.body) }

    func close() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func acceptAll() {
        while true {
            let connection = accept(socket, nil, nil)
            guard connection >= 0 else { break }
            serve(connection)
            Glibc.close(connection)
        }
        Glibc.close(socket)
    }

    private func serve(_ connection: Int32) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while Self.parse(bytes) == nil {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
        guard let request = Self.parse(bytes) else { return }
        let status = state.withLock { state in
            state.requests.append(request)
            return state.statuses.isEmpty ? 200 : state.statuses.removeFirst()
        }
        arrival.yield(request.body)
        guard status != 0 else { return }
        let answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
    }

    /// The request, nil while a part of it is missing.
    private static func parse(_ bytes: [UInt8]) -> Request? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let request = Request(head: String(text[..<end.lowerBound]), body: String(text[end.upperBound...]))
        guard let length = request.header("Content-Length").flatMap(Int.init) else { return request }
        return request.body.utf8.count >= length ? request : nil
    }
}

/// A thread for what blocks.
private enum Thread {
    static func detach(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue(label: "http-sink").async(execute: body)
    }
}

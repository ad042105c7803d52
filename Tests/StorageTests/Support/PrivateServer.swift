import Dispatch
import Foundation

/// A PostgreSQL server of one test's own, whose settings it may change.
final class PrivateServer: Sendable {
    let url: String
    private let input: Pipe

    struct NoServer: Error {}

    /// Starts one; that takes seconds, and is waited for on a thread that may wait.
    static func start() async throws -> PrivateServer {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try PrivateServer() }) }
        }
    }

    private init() throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../with-postgres")
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // It says where the server is, and waits for the end of its input.
        process.arguments = ["bash", script.path, "sh", "-c", #"echo "$FLORIN_TEST_DATABASE"; cat"#]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard let more = try output.fileHandleForReading.read(upToCount: 1), let byte = more.first else {
                throw NoServer()
            }
            line.append(byte)
        }
        url = String(decoding: line.dropLast(), as: UTF8.self)
        self.input = input
    }

    /// Has it stop, and remove its data.
    func stop() { try? input.fileHandleForWriting.close() }
}

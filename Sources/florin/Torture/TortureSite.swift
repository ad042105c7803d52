internal import Core
import Synchronization

/// The server under torture: the one that runs now, or none while it is down.
final class TortureSite: Sendable {
    private static let waitNanoseconds: UInt64 = 5_000_000

    private struct State {
        var process: ServerProcess?
        var client: APIClient?
        var kills = 0
    }

    let folder: String
    private let issuerAddress: String
    private let state = Mutex(State())

    init(folder: String, issuerAddress: String) {
        self.folder = folder
        self.issuerAddress = issuerAddress
    }

    /// How often the server was killed.
    var kills: Int { state.withLock { $0.kills } }

    /// A short time limit at the network, so that lost answers are found out in seconds.
    private var arguments: [String] { ["--issuer", issuerAddress, "--network-timeout-ms", "1500"] }

    /// A client of the server that runs now; waits while there is none, nil when `deadline` is over.
    func client(until deadline: Deadline) async -> APIClient? {
        while !deadline.isOver && !Task.isCancelled {
            if let client = state.withLock({ $0.client }) { return client }
            try? await Task.sleep(nanoseconds: Self.waitNanoseconds)
        }
        return nil
    }

    /// Takes a server that was started elsewhere.
    func use(_ client: APIClient) { state.withLock { $0.client = client } }

    func start() async throws {
        let process = try await ServerProcess.start(folder: folder, arguments: arguments)
        let client = APIClient(process.address, key: process.secretKey, timeoutSeconds: 60)
        state.withLock {
            $0.process = process
            $0.client = client
        }
    }

    /// Kills the server without a word, `again` kills it that many times more while it starts, and starts it on the
    /// same folder.
    func crash(again: Int, random: SeededGenerator) async throws {
        let (process, client) = state.withLock { state in
            defer { (state.process, state.client) = (nil, nil) }
            return (state.process, state.client)
        }
        await process?.kill()
        client?.close()
        state.withLock { $0.kills += 1 }
        for _ in 0..<again {
            let launch = try ServerProcess.launch(folder: folder, arguments: arguments)
            try await Task.sleep(nanoseconds: UInt64(random.below(400)) * 1_000_000)
            await launch.child.killHard()
            state.withLock { $0.kills += 1 }
        }
        try await start()
    }

    /// Ends the server in order.
    func stop() async {
        let (process, client) = state.withLock { state in
            defer { (state.process, state.client) = (nil, nil) }
            return (state.process, state.client)
        }
        client?.close()
        await process?.terminate()
    }

    /// Checks the folder of a server that does not run: nil if all is well, else what `florin verify` said.
    func verify() async throws -> String? {
        let log = folder + "/verify.log"
        let said = FileText.read(log)?.utf8.count ?? 0
        let child = try ChildProcess(arguments: ["verify", "--data", folder], log: log)
        Interruption.register(child)
        let end = await child.waitForEnd(seconds: 600)
        if end == .exited(0) { return nil }
        await child.killHard()
        let text = String(decoding: (FileText.read(log) ?? "").utf8.dropFirst(said), as: UTF8.self)
        return "\(end?.description ?? "no end after 10 minutes")\n" + text
    }
}

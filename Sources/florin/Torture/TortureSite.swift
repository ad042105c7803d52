internal import Core
import Synchronization

/// The servers under torture: those that run now. On a data folder it is one; on PostgreSQL there may be several.
final class TortureSite: Sendable {
    private static let waitNanoseconds: UInt64 = 5_000_000
    /// How long a server waits before it takes over from one that was killed, in milliseconds.
    private static let leaseMs = 1_000
    /// How often a server is started that gives up while it starts.
    private static let startsMax = 5

    private struct Node {
        var process: ServerProcess?
        /// Nil while it is down.
        var client: APIClient?
        var hasFolder = false
    }

    private struct State {
        var nodes: [Node]
        var kills = 0
        var cuts = 0
        var failedStarts = 0
        var turn = 0
    }

    let folder: String
    /// Where the servers work, if not in the folder.
    let schema: OwnSchema?
    /// How many servers there are.
    let count: Int
    private let issuerAddress: String
    private let state: Mutex<State>

    init(folder: String, issuerAddress: String, schema: OwnSchema? = nil, count: Int = 1) {
        precondition(count == 1 || (count > 1 && schema != nil), "Servers share a database, and no folder")
        self.folder = folder
        self.issuerAddress = issuerAddress
        self.schema = schema
        self.count = count
        state = Mutex(State(nodes: Array(repeating: Node(), count: count)))
    }

    /// How often a server was killed.
    var kills: Int { state.withLock { $0.kills } }

    /// How many sessions of the database were cut off.
    var cuts: Int { state.withLock { $0.cuts } }

    /// How often a server gave up while it started.
    var failedStarts: Int { state.withLock { $0.failedStarts } }

    /// A short time limit at the network, so that lost answers are found out in seconds.
    private var arguments: [String] {
        let database = schema.map { ["--database", $0.address, "--lease-ms", "\(Self.leaseMs)"] } ?? []
        return ["--issuer", issuerAddress, "--network-timeout-ms", "1500"] + database
    }

    private func folder(of node: Int) -> String {
        schema == nil ? folder : NodeFolders(parent: folder).path(node)
    }

    /// A client of a server that runs now, of each in turn; waits while there is none, nil when `deadline` is over.
    func client(until deadline: Deadline) async -> APIClient? {
        while !deadline.isOver && !Task.isCancelled {
            if let client = nextClient() { return client }
            try? await Task.sleep(nanoseconds: Self.waitNanoseconds)
        }
        return nil
    }

    private func nextClient() -> APIClient? {
        state.withLock { state in
            let clients = state.nodes.compactMap(\.client)
            guard !clients.isEmpty else { return nil }
            state.turn &+= 1
            return clients[state.turn % clients.count]
        }
    }

    /// Takes a server that was started elsewhere.
    func use(_ client: APIClient) { state.withLock { $0.nodes[0].client = client } }

    /// Starts all servers.
    func start() async throws { for node in 0..<count { try await start(node) } }

    private func start(_ node: Int) async throws {
        if schema != nil, !state.withLock({ $0.nodes[node].hasFolder }) {
            try NodeFolders(parent: folder).make(node)
            state.withLock { $0.nodes[node].hasFolder = true }
        }
        let process = try await launch(node)
        let client = APIClient(process.address, key: process.secretKey, timeoutSeconds: 60)
        state.withLock {
            $0.nodes[node].process = process
            $0.nodes[node].client = client
        }
    }

    /// Starts a server. One whose session is cut off while it starts gives up, and is started again, as the system that
    /// supervises it would.
    private func launch(_ node: Int) async throws -> ServerProcess {
        for _ in 1..<Self.startsMax where schema != nil {
            do {
                return try await ServerProcess.start(folder: folder(of: node), arguments: arguments)
            } catch let error as ChildProcessError where error.end == .exited(1) {
                state.withLock { $0.failedStarts += 1 }
            }
        }
        return try await ServerProcess.start(folder: folder(of: node), arguments: arguments)
    }

    private func take(_ node: Int) -> (ServerProcess?, APIClient?) {
        state.withLock { state in
            defer { (state.nodes[node].process, state.nodes[node].client) = (nil, nil) }
            return (state.nodes[node].process, state.nodes[node].client)
        }
    }

    /// Kills a server without a word, `again` kills it that many times more while it starts, and starts it on the
    /// same folder.
    func crash(_ node: Int, again: Int, random: SeededGenerator) async throws {
        let (process, client) = take(node)
        await process?.kill()
        client?.close()
        state.withLock { $0.kills += 1 }
        for _ in 0..<again {
            let launch = try ServerProcess.launch(folder: folder(of: node), arguments: arguments)
            try await Task.sleep(nanoseconds: UInt64(random.below(400)) * 1_000_000)
            await launch.child.killHard()
            state.withLock { $0.kills += 1 }
        }
        try await start(node)
    }

    /// Cuts off some sessions of the servers with their database.
    func cutSessions(_ count: Int) async throws {
        guard let cut = try await schema?.cutOff(count) else { return }
        state.withLock { $0.cuts += cut }
    }

    /// Ends the servers in order.
    func stop() async {
        for node in 0..<count {
            let (process, client) = take(node)
            client?.close()
            await process?.terminate()
        }
    }

    /// Checks what servers have left that do not run: nil if all is well, else what `florin verify` said.
    func verify() async throws -> String? {
        let log = folder + "/verify.log"
        let said = FileText.read(log)?.utf8.count ?? 0
        let place = schema.map { ["--database", $0.address] } ?? ["--data", folder]
        let child = try ChildProcess(arguments: ["verify"] + place, log: log)
        Interruption.register(child)
        let end = await child.waitForEnd(seconds: 600)
        if end == .exited(0) { return nil }
        await child.killHard()
        let text = String(decoding: (FileText.read(log) ?? "").utf8.dropFirst(said), as: UTF8.self)
        return "\(end?.description ?? "no end after 10 minutes")\n" + text
    }
}

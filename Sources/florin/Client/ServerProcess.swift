internal import Core

/// A server of this same executable, on a data folder, as a process of its own.
///
/// It is ready when it has written `sandbox.json` (its keys) into the folder, has said `ready` with its URL on standard
/// output, and answers `GET /healthz`. The URL is taken from that line: the file may be one of an earlier start, when
/// the server had another port.
final class ServerProcess: Sendable {
    /// How long a start may take, in seconds: a restart after a crash reads the log first.
    static let startSecondsMax = 60.0
    /// How long an orderly end may take, in seconds, before the process is killed.
    static let endSecondsMax = 30.0

    let child: ChildProcess
    let folder: String
    let address: ServerAddress
    let sandbox: SandboxFile

    private init(child: ChildProcess, folder: String, address: ServerAddress, sandbox: SandboxFile) {
        self.child = child
        self.folder = folder
        self.address = address
        self.sandbox = sandbox
    }

    /// Where the server's output goes.
    static func log(in folder: String) -> String { folder + "/server.log" }

    /// Starts a server and waits until it answers.
    static func start(folder: String, arguments: [String] = []) async throws -> ServerProcess {
        let launch = try launch(folder: folder, arguments: arguments)
        return try await launch.ready()
    }

    /// Starts a server and does not wait: for those who mean to kill it while it starts.
    static func launch(folder: String, arguments: [String]) throws -> Launch {
        let said = FileText.read(log(in: folder))?.utf8.count ?? 0
        let child = try ChildProcess(
            arguments: ["serve", "--data", folder, "--port", "0"] + arguments, log: log(in: folder))
        Interruption.register(child)
        return Launch(child: child, folder: folder, said: said)
    }

    /// A server that has been started and is perhaps not ready yet.
    struct Launch: Sendable {
        private static let pollNanoseconds: UInt64 = 5_000_000

        let child: ChildProcess
        let folder: String
        /// Bytes of the log from before.
        fileprivate let said: Int

        /// Waits until the server answers.
        func ready() async throws -> ServerProcess {
            let deadline = Deadline(seconds: ServerProcess.startSecondsMax)
            while !deadline.isOver {
                if let end = child.ended { throw failure("The server ended with \(end) while starting", end) }
                if let address = announced(), let sandbox = SandboxFile.read(folder: folder) {
                    let client = APIClient(address, key: sandbox.secretKey, timeoutSeconds: 5)
                    defer { client.close() }
                    if let answer = try? await client.getBytes("/healthz"), answer.status == 200 {
                        return ServerProcess(child: child, folder: folder, address: address, sandbox: sandbox)
                    }
                }
                try? await Task.sleep(nanoseconds: Self.pollNanoseconds)
            }
            await child.killHard()
            throw failure("The server was not ready after \(Int(ServerProcess.startSecondsMax)) s")
        }

        /// The address in the line that says that the server is ready.
        private func announced() -> ServerAddress? { ReadyLine.address(in: words) }

        /// What it has said since it was started.
        private var words: String {
            let log = FileText.read(ServerProcess.log(in: folder)) ?? ""
            return String(decoding: log.utf8.dropFirst(said), as: UTF8.self)
        }

        private func failure(_ reason: String, _ end: ProcessEnd? = nil) -> ChildProcessError {
            let tail = words.split(separator: "\n").suffix(12).joined(separator: "\n")
            return ChildProcessError(
                description: reason + (tail.isEmpty ? "." : ". Its last words:\n" + tail), end: end)
        }
    }

    var secretKey: String { sandbox.secretKey }

    /// What the kernel counts of it.
    var figures: ProcessFigures? { ProcessFigures.read(child.processID) }

    /// Ends it in order; the folder can be used again afterwards.
    @discardableResult
    func terminate() async -> ProcessEnd? { await child.terminate(seconds: Self.endSecondsMax) }

    /// Ends it as a power cut would.
    func kill() async { await child.killHard() }
}

/// The line with which a server says that it takes requests.
enum ReadyLine {
    /// The URL in a line that holds the word `ready`, the last one if there are several.
    static func address(in log: String) -> ServerAddress? {
        for line in log.split(separator: "\n").reversed() where line.lowercased().contains("ready") {
            guard let start = line.firstRange(of: "http://")?.lowerBound else { continue }
            let url = line[start...].prefix { !" \"',;)\t\r\u{1b}".contains($0) }
            if let address = ServerAddress(url: String(url)) { return address }
        }
        return nil
    }
}

/// The file that a server in test mode writes into its folder: the keys to use it with.
struct SandboxFile: Hashable, Sendable {
    let secretKey: String
    let publishableKey: String?

    /// Reads `sandbox.json`; nil while it is not there, or not whole.
    static func read(folder: String) -> SandboxFile? {
        FileText.read(folder + "/sandbox.json").flatMap { SandboxFile(json: $0) }
    }

    init?(json: String) {
        guard let value = try? JSONValue(parsing: json), let key = value["secret_key"]?.string else { return nil }
        secretKey = key
        publishableKey = value["publishable_key"]?.string
    }
}

/// The sandbox's card network as a process of its own, for several servers.
struct IssuerProcess: Sendable {
    /// How long its start and its end may take, in seconds.
    private static let secondsMax = 30.0
    private static let pollNanoseconds: UInt64 = 5_000_000

    let child: ChildProcess
    /// Where it listens, `host:port`, for `florin serve --issuer`.
    let place: String

    static func start(in folder: String) async throws(ChildProcessError) -> IssuerProcess {
        let log = folder + "/issuer.log"
        let child = try ChildProcess(arguments: ["issuer", "--port", "0"], log: log)
        Interruption.register(child)
        let deadline = Deadline(seconds: secondsMax)
        while child.ended == nil, !deadline.isOver {
            if let place = FileText.read(log).flatMap({ IssuerAnnouncement.place(in: $0) }) {
                return IssuerProcess(child: child, place: place)
            }
            try? await Task.sleep(nanoseconds: pollNanoseconds)
        }
        await child.killHard()
        throw ChildProcessError(
            description: "The card network did not start. Its last words:\n" + FileText.tail(log, lines: 6))
    }

    var figures: ProcessFigures? { ProcessFigures.read(child.processID) }

    func terminate() async { await child.terminate(seconds: Self.secondsMax) }
}

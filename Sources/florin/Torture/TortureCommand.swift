internal import ArgumentParser
internal import Core

/// `florin torture`
struct TortureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture",
        abstract: "Kill a loaded server at random, start it again, and prove that no cent went wrong.",
        discussion: """
            Rounds on one data folder. In each, a server takes payments, captures, cancellations and refunds, from \
            cards some of which make the issuer misbehave, and is killed without warning one to three times, \
            sometimes again while it starts. Requests whose answers were lost are sent again under their idempotency \
            keys. The issuer runs in this process, so its book survives every crash.

            When all is quiet, every acknowledged payment must be there exactly once, in a legal state and with its \
            amount; every request must have one outcome; nobody may be charged twice; the issuer's book must agree \
            to the cent; repeated requests must get the same bytes again; and `florin verify` must find nothing.

            With --database the servers work on a schema of their own in that PostgreSQL database, and their sessions \
            with it are cut off at random, too, those first that are just committing.

            The load comes from the seed, and so do the moments of the kills; what a kill meets is up to the \
            machine.

            \(CommandExit.discussion)
            """)

    @Option(help: ArgumentHelp("How long to go on, whole rounds.", valueName: "n"))
    var minutes: Double = 10

    @Option(help: ArgumentHelp("Stop after this many rounds.", valueName: "n"))
    var rounds: Int?

    @Option(help: ArgumentHelp("What the run is drawn from; random if not given.", valueName: "s"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Payments under way at once.", valueName: "n"))
    var connections: Int = 16

    @Option(
        help: ArgumentHelp(
            "The data folder; else a fresh one, which is kept only if something is wrong.", valueName: "dir"))
    var data: String?

    @OptionGroup
    var database: DatabaseOption

    @Option(help: ArgumentHelp("Servers on one database, each killed on its own.", valueName: "n"))
    var processes: Int = 1

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    /// A server that was killed keeps its place among ten for a while.
    private static let processesMax = 4

    func validate() throws {
        guard minutes > 0, minutes <= 100_000 else { throw ValidationError("--minutes must be above 0.") }
        guard (1...512).contains(connections) else { throw ValidationError("--connections must be 1 to 512.") }
        guard (1...Self.processesMax).contains(processes) else {
            throw ValidationError("--processes must be 1 to \(Self.processesMax).")
        }
        guard processes == 1 || database.database != nil else {
            throw ValidationError("--processes goes with --database: a data folder has one server.")
        }
        if let rounds, rounds < 1 { throw ValidationError("--rounds must be at least 1.") }
    }

    func run() async throws {
        let console = Console(isJSON: json)
        try await CommandExit.guarding(console) {
            let temporary = data == nil ? try TemporaryFolder(named: "torture") : nil
            let folder = data ?? temporary?.path ?? "."
            try FolderMaker.make(folder)
            // Whatever happens from here on, a folder that something went wrong in is there to be looked at.
            temporary?.keep()
            let schema =
                if let database = database.database {
                    try await OwnSchema.make(for: "torture", SQLClient(database, scratch: folder))
                } else {
                    nil as OwnSchema?
                }
            let run = TortureRun(
                seed: seed ?? Environment.live.randomWord() >> 32, minutes: minutes, roundsMax: rounds ?? .max,
                connections: connections, folder: folder, schema: schema, servers: processes, console: console)
            let summary: TortureSummary
            do {
                summary = try await run.run()
            } catch {
                await schema?.drop()
                throw error
            }
            TortureReport.end(summary, on: console)
            guard summary.isGood else {
                schema?.keep()
                throw CommandExit.checkFailed
            }
            await schema?.drop()
            temporary?.remove()
        }
    }
}

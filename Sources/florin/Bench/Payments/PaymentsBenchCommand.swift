internal import ArgumentParser
internal import Platform

/// `florin bench payments`
struct PaymentsBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments",
        abstract: "Card payments a second through the whole server, and a proof that each one is there.",
        discussion: """
            Creates and confirms card payments in one request each, every one with a card number that was never seen \
            before, as Stripe's SDKs would, over connections that each wait for an answer before the next request. \
            Client and server share this machine. Without --url a server of its own is started, on --data or on a \
            fresh folder under TMPDIR or /var/tmp that is removed afterwards.

            With --database the servers work on a schema of their own in that PostgreSQL database, and share one card \
            network. Before and after, `pgbench` measures the same database server with transactions like TPC-B, \
            16 at once, to compare with; it is left out where there is no `pgbench`.

            Afterwards every payment that the server acknowledged is looked up: it must be there, succeeded, with \
            its amount, and the balance must have grown by exactly the sum of the nets.

            \(CommandExit.discussion)
            """)

    @OptionGroup
    var server: ServerOptions

    @OptionGroup
    var database: DatabaseOption

    @Option(help: ArgumentHelp("Servers that share the load, on one database.", valueName: "n"))
    var processes: Int = 1

    @Option(help: ArgumentHelp("How long to measure.", valueName: "n"))
    var seconds: Double = 10

    @Option(help: ArgumentHelp("How long to run before measuring.", valueName: "n"))
    var warmup: Double = 2

    @Option(help: ArgumentHelp("Connections, each with one request under way.", valueName: "n"))
    var connections: Int = 64

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func validate() throws {
        guard database.database == nil || (server.url == nil && server.data == nil) else {
            throw ValidationError("--database is for servers of the command's own: not with --url or --data.")
        }
        guard (1...Seat.seatsMax).contains(processes) else {
            throw ValidationError("--processes must be 1 to \(Seat.seatsMax).")
        }
        guard processes == 1 || database.database != nil else {
            throw ValidationError("--processes goes with --database: a data folder has one server.")
        }
        guard seconds > 0, seconds <= 86_400, (0...3_600).contains(warmup) else {
            throw ValidationError("--seconds must be above 0, and --warmup 0 to 3600.")
        }
        guard (1...4_096).contains(connections) else { throw ValidationError("--connections must be 1 to 4096.") }
    }

    func run() async throws {
        let console = Console(isJSON: json)
        try await CommandExit.guarding(console) {
            let bench = PaymentsBench(
                seconds: seconds, warmupSeconds: warmup, connections: connections, console: console)
            let figures =
                if let database = database.database {
                    try await bench.run(database: database, processes: processes)
                } else {
                    try await bench.run(server)
                }
            PaymentsReport(figures).show(on: console)
            guard figures.isProven else { throw CommandExit.checkFailed }
        }
    }
}

internal import ArgumentParser

/// `florin demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "A shop's day in a minute: payments, declines, captures, refunds, and books that balance.",
        discussion: """
            Sends a realistic stream of card payments in several currencies, from many customers, through the API: \
            most are approved, some declined for one reason or another, some captured later or in part, some given \
            back. Then it reads the books and shows where every cent is. The same seed sends the same stream.

            Without --url a server of its own is started, on --data or on a fresh folder that is kept, so that you \
            can look around in it afterwards.

            \(CommandExit.discussion)
            """)

    @OptionGroup
    var server: ServerOptions

    @Option(help: ArgumentHelp("How many payments to send.", valueName: "n"))
    var payments: Int = 500

    @Option(help: ArgumentHelp("Stop after this long, even if fewer were sent.", valueName: "n"))
    var seconds: Double?

    @Option(help: ArgumentHelp("What the stream is drawn from.", valueName: "s"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Payments under way at once.", valueName: "n"))
    var connections: Int = 8

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(payments) else { throw ValidationError("--payments must be 1 to 1000000.") }
        guard (1...256).contains(connections) else { throw ValidationError("--connections must be 1 to 256.") }
        if let seconds, seconds <= 0 || seconds > 86_400 { throw ValidationError("--seconds must be above 0.") }
    }

    func run() async throws {
        let console = Console(isJSON: json)
        try await CommandExit.guarding(console) {
            console.live.show("  starting …")
            let lease = try await ServerLease.take(server, purpose: "demo")
            do {
                let demo = Demo(
                    client: APIClient(lease.address, key: lease.key), seed: seed, payments: payments,
                    seconds: seconds ?? .greatestFiniteMagnitude, connections: connections, console: console)
                let outcome = try await demo.run()
                DemoReport(outcome, lease: lease, seed: seed).show(on: console)
                await lease.end(keepsFolder: true)
                guard outcome.isGood else { throw CommandExit.checkFailed }
            } catch {
                await lease.end(keepsFolder: true)
                throw error
            }
        }
    }
}

internal import ArgumentParser

/// `florin bench ledger`
struct LedgerBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Postings a second of the ledger, with and without durable commits.",
        discussion: """
            Books transactions of two postings each (a charge and its fee) in four ways: many at once, which commit \
            together, or one after the other; over many books, or all in one hot account. The pure engine runs \
            beside them, without a database. Afterwards each database is checked: every posting is there, and all \
            balances sum to zero.

            With --database the durable ways are measured in schemas of their own in that PostgreSQL database.

            \(CommandExit.discussion)
            """)

    @Option(help: ArgumentHelp("How long each way is measured.", valueName: "n"))
    var seconds: Double = 3

    @Option(help: ArgumentHelp("The folder to make the databases in.", valueName: "dir"))
    var data: String?

    @OptionGroup
    var database: DatabaseOption

    @Option(help: ArgumentHelp("Transactions under way at once where many are.", valueName: "n"))
    var inflight: Int = 1_024

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func validate() throws {
        guard database.database == nil || data == nil else {
            throw ValidationError("--data is for databases in a folder: not with --database.")
        }
        guard seconds > 0, seconds <= 3_600 else { throw ValidationError("--seconds must be above 0, up to 3600.") }
        guard (2...8_000).contains(inflight) else { throw ValidationError("--inflight must be 2 to 8000.") }
    }

    func run() async throws {
        let console = Console(isJSON: json)
        try await CommandExit.guarding(console) {
            let bench = LedgerBench(
                seconds: seconds, inflight: inflight, parent: data, database: database.database, console: console)
            let outcome = try await bench.run()
            LedgerReport(outcome).show(on: console)
            guard outcome.rows.allSatisfy(\.isProven) else { throw CommandExit.checkFailed }
        }
    }
}

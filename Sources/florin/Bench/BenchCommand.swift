internal import ArgumentParser

/// `florin bench`
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this machine: card payments through the whole server, or the ledger alone.",
        subcommands: [PaymentsBenchCommand.self, LedgerBenchCommand.self])
}

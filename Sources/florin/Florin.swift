internal import ArgumentParser

/// `florin`
@main
struct Florin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "florin",
        abstract: "A payment platform in one program, behind the API that Stripe SDKs speak.",
        discussion: """
            Start with `florin serve --data DIR`: it makes an account in test mode and prints a request that works. \
            Then point the Stripe SDK you have at the address it prints.
            """,
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, DemoCommand.self, BenchCommand.self, VerifyCommand.self, TortureCommand.self,
            CardsCommand.self, IssuerCommand.self, MigrateCommand.self,
            BackupCommand.self, RestoreCommand.self, BackupsCommand.self, ArchiveLogCommand.self, FetchLogCommand.self,
        ])
}

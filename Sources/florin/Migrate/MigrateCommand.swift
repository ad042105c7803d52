internal import ArgumentParser
internal import Core
internal import Glibc
internal import Storage

/// `florin migrate`
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move the installation of a data folder to PostgreSQL: every row, compared on both sides.",
        discussion: """
            The server must not be running on the folder, and the database must be empty. All rows are copied, read \
            again on both sides and compared, and the books are checked on both. Only then the folder is marked as \
            moved, and the database may be used; until then the folder is as it was. Cut off at any moment, the same \
            command goes on where it stopped.

            Afterwards: florin serve --data DIR --database URL. The folder keeps vault.key, which is still needed; \
            without --database, florin serve refuses it and says how to go back.

            Exit codes: 0 when all has moved, 1 when it has not (run it again), 64 for bad options.
            """)

    @Option(help: ArgumentHelp("The data folder to move.", valueName: "dir"))
    var from: String

    @Option(help: ArgumentHelp("The PostgreSQL database to move to: postgres://USER@HOST:PORT/NAME.", valueName: "url"))
    var to: String

    @Option(
        help: ArgumentHelp("Another database for the vault, so that the first holds no card numbers.", valueName: "url")
    )
    var vaultTo: String?

    func validate() throws {
        for (name, text) in [("--to", to), ("--vault-to", vaultTo ?? to)] {
            do {
                _ = try PostgresAddress(text)
            } catch {
                throw ValidationError("\(name) must be like postgres://USER@HOST:PORT/NAME.")
            }
        }
    }

    func run() async throws {
        let console = Console(isJSON: false)
        umask(0o077)
        do {
            let main = try PostgresAddress(to)
            let vault = try vaultTo.map { text throws(StoreError) in try PostgresAddress(text) } ?? main
            try await HouseMove(folder: from, main: main, vault: vault, console: console).run()
        } catch {
            console.note(Terminal.standardError.paint.red("florin: ") + Self.sentence(error, folder: from))
            throw ExitCode(1)
        }
    }

    private static func sentence(_ error: any Error, folder: String) -> String {
        switch error {
        case let error as StoreError: error.description
        case let error as ImportError: error.description
        case let error as MoveFailure: error.description
        default: "The folder \(folder) could not be moved: \(error)"
        }
    }
}

/// What both sides hold is not the same, or not right.
struct MoveFailure: Error, CustomStringConvertible {
    let description: String
}

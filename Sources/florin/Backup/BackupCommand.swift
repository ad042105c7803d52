internal import ArgumentParser
internal import Core
internal import Glibc
internal import Storage

/// `florin backup`
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Make an encrypted backup of a data folder, or of a PostgreSQL server, while payments go on.",
        discussion: """
            One file is made, read back, and only then given its name. It is encrypted under the key in FILE, which is \
            made when it is not there. Keep the key apart from the backups: whoever has both has everything in them, \
            and without the key nothing can be restored.

            Of a data folder, vault.key is left out unless --with-vault-key is given. Of a PostgreSQL server all files \
            are copied, by pg_basebackup: its user needs the right to replicate. With the log archived too (florin \
            archive-wal), any later moment can be restored.

            Exit codes: 0 when the backup is there, 1 when it is not, 64 when the command line is wrong.
            """)

    @Option(help: ArgumentHelp("The data folder to back up.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The PostgreSQL server to back up: postgres://USER@HOST:PORT/NAME.", valueName: "url"))
    var database: String?

    @Option(help: ArgumentHelp("The folder that backups are kept in.", valueName: "dir"))
    var to: String

    @Option(help: ArgumentHelp("The file with the key that backups are encrypted under.", valueName: "file"))
    var key: String

    @Flag(help: "Put the vault's key into the backup: whoever opens it can then read the card numbers.")
    var withVaultKey = false

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func validate() throws {
        guard (data == nil) != (database == nil) else { throw ValidationError("Give either --data or --database.") }
        guard data != nil || !withVaultKey else { throw ValidationError("--with-vault-key goes with --data.") }
    }

    func run() throws {
        let console = Console(isJSON: json)
        try BackupExit.guarding(console) {
            let repository = try BackupRepository(making: to)
            try repository.refuseKeyInside(key)
            let (key, isNew) = try BackupKey.readOrMake(self.key, .live)
            if isNew { warnOfNewKey(console) }
            let stopwatch = Stopwatch()
            let writing = BackupWriting(repository: repository, key: key, console: console, environment: .live)
            let result: BackupWriting.Result
            var parts: [FolderBackup.Part] = []
            if let data {
                (result, parts) = try FolderBackup(
                    folder: data, includesVaultKey: withVaultKey, writing: writing
                ).run()
            } else {
                result = try ServerBackup(address: try PostgresAddress(database ?? ""), writing: writing).run()
            }
            report(result, parts, key: key, isNewKey: isNew, seconds: stopwatch.seconds, on: console)
        }
    }

    private func warnOfNewKey(_ console: Console) {
        let paint = Terminal.standardError.paint
        console.note(paint.bold(paint.yellow("A NEW BACKUP KEY WAS MADE: \(key)")))
        console.note(
            """
            Copy it now to a place apart from the backups, and from this machine.
            Whoever has it and a backup has everything in it.
            Without it NOTHING can be restored: it is stored nowhere else.
            """)
    }

    private func report(
        _ result: BackupWriting.Result, _ parts: [FolderBackup.Part], key: BackupKey, isNewKey: Bool, seconds: Double,
        on console: Console
    ) {
        if !parts.isEmpty {
            var table = TextTable([.left("file"), .right("size")])
            for part in parts { table.add([part.name, NumberText.bytes(Double(part.bytes))]) }
            console.report(table)
            console.report()
        }
        console.report(
            BackupReport.facts([
                ("backup", result.path), ("size", NumberText.bytes(Double(result.sealedBytes))),
                ("took", NumberText.duration(nanoseconds: UInt64(seconds * 1_000_000_000))),
                ("key", "\(key.id) in \(self.key)"),
            ]))
        console.report()
        if data != nil && !withVaultKey {
            console.report("vault.key is not in it. Keep a copy of it in another place than the backups.")
        }
        console.report("The backup was read back and is whole.")
        console.result { json in
            json.field("path", result.path)
            json.field("bytes", result.sealedBytes)
            json.field("clear_bytes", result.clearBytes)
            json.field("milliseconds", Int64(seconds * 1_000))
            json.field("key", key.id)
            json.field("key_is_new", isNewKey)
        }
    }
}

/// How backups are told of.
enum BackupReport {
    /// Names with their values, never cut: a path has to be whole.
    static func facts(_ facts: [(name: String, value: String)]) -> [String] {
        let width = facts.reduce(0) { max($0, TextWidth.of($1.name)) } + 2
        return facts.map { "  " + TextWidth.padRight($0.name, to: width) + $0.value }
    }
}

/// The exit codes of the commands that make backups, keep them and restore them.
enum BackupExit {
    /// It could not be done.
    static let failed = ExitCode(1)
    /// What was restored does not hold.
    static let notGood = ExitCode(2)
    /// Tells PostgreSQL to give up a recovery: from 126 on it does not take a failure for the end of the log.
    static let abortsRecovery = ExitCode(200)

    /// Runs the work of a command; what it throws is said on standard error and becomes an exit code.
    static func guarding(_ console: Console, code: ExitCode = failed, _ work: () throws -> Void) throws {
        prepare()
        do { try work() } catch { throw exit(for: error, console, code) }
    }

    /// The same, for work that waits.
    static func guardingAsync(_ console: Console, _ work: () async throws -> Void) async throws {
        prepare()
        do { try await work() } catch { throw exit(for: error, console, failed) }
    }

    private static func prepare() {
        umask(0o077)
        // A program that ends early is told of by what it says, not by a signal.
        signal(SIGPIPE, SIG_IGN)
    }

    private static func exit(for error: any Error, _ console: Console, _ code: ExitCode) -> ExitCode {
        if let code = error as? ExitCode { return code }
        console.note(Terminal.standardError.paint.red("florin: ") + String(describing: error))
        return code
    }
}

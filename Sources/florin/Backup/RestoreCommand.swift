internal import ArgumentParser
internal import Core
internal import Platform

/// `florin restore`
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a backup, verify it, and only then put it in place.",
        discussion: """
            --from FILE restores a data folder from that backup. --from DIR restores a PostgreSQL server from the \
            newest base backup in DIR that suits, and replays its archived log up to --at, or to its end.

            What is restored lies in the folder "unverified" within --to until everything was verified, as florin \
            verify does it. If something does not hold, it stays there.

            Exit codes: 0 when it is good, 2 when something does not hold, 1 when it cannot be restored (nothing is \
            left then), 64 when the command line is wrong.
            """)

    @Option(help: ArgumentHelp("A data folder's backup, or the folder with a server's backups.", valueName: "path"))
    var from: String

    @Option(help: ArgumentHelp("The folder to restore to, which is empty or not there.", valueName: "dir"))
    var to: String

    @Option(help: ArgumentHelp("The file with the key that the backups are encrypted under.", valueName: "file"))
    var key: String

    @Option(help: ArgumentHelp("The vault's key file, to be put into the data folder.", valueName: "file"))
    var vaultKey: String?

    @Option(help: ArgumentHelp("The moment to restore a server to, such as 2026-11-24 12:00:00+00.", valueName: "time"))
    var at: String?

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func validate() throws {
        guard at.map({ BackupTime.time($0) != nil }) ?? true else {
            throw ValidationError("--at must be a moment with its difference from UTC, such as 2026-11-24 12:00:00+00.")
        }
        guard at == nil || vaultKey == nil else {
            throw ValidationError("--at is for a server, --vault-key for a data folder.")
        }
    }

    func run() async throws {
        let console = Console(isJSON: json)
        try await BackupExit.guardingAsync(console) {
            let stopwatch = Stopwatch()
            let key = try BackupKey.read(self.key)
            let outcome: RestoreOutcome
            if Files.isFolder(from) {
                guard vaultKey == nil else { throw BackupError("--vault-key goes with the backup of a data folder.") }
                outcome = try await ServerRestore(
                    repository: BackupRepository(existing: from), folder: to, key: key, at: at,
                    console: console
                ).run()
            } else {
                guard at == nil else {
                    throw BackupError("\(from) is one backup. For --at give the folder with the server's backups.")
                }
                outcome = try await FolderRestore(
                    file: from, folder: to, key: key, vaultKey: vaultKey, console: console
                ).run()
            }
            report(outcome, seconds: stopwatch.seconds, on: console)
            if !outcome.isGood { throw BackupExit.notGood }
        }
    }

    private func report(_ outcome: RestoreOutcome, seconds: Double, on console: Console) {
        if let report = outcome.report { console.report([VerifyReport.text(report), ""]) }
        for problem in outcome.problems { console.report(console.paint.red("does not hold: ") + problem) }
        console.report(
            BackupReport.facts([
                ("backup of", BackupTime.text(outcome.madeAt)), ("size", NumberText.bytes(Double(outcome.bytes))),
                ("took", NumberText.duration(nanoseconds: UInt64(seconds * 1_000_000_000))),
                ("restored to", outcome.place),
            ]))
        console.report([""] + outcome.notes)
        console.report(
            outcome.isGood
                ? console.paint.green("The restored data are good.")
                : console.paint.red("DO NOT USE what was restored: it was left in \(outcome.place) to be looked at."))
        console.result { json in
            json.field("good", outcome.isGood)
            json.field("place", outcome.place)
            json.field("made_at", outcome.madeAt.milliseconds)
            json.field("bytes", outcome.bytes)
            json.field("milliseconds", Int64(seconds * 1_000))
            json.field("intents", outcome.report.map { Int64($0.intents) })
            json.field("charges", outcome.report.map { Int64($0.charges) })
            json.array("findings") { json in
                for finding in outcome.report?.findings ?? [] { json.element("\(finding.check): \(finding.sentence)") }
                for problem in outcome.problems { json.element(problem) }
            }
            json.array("notes") { json in for note in outcome.notes { json.element(note) } }
        }
    }
}

internal import ArgumentParser
internal import Core

/// `florin backups`
struct BackupsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backups",
        abstract: "List the backups in a folder.",
        discussion: """
            The beginning of each is opened; with --check all of each is read, and of the archived log as well.

            Exit codes: 0 when all can be opened, 2 when one cannot, 1 when the folder or the key cannot be read.
            """)

    @Option(name: .customLong("in"), help: ArgumentHelp("The folder that backups are kept in.", valueName: "dir"))
    var folder: String

    @Option(help: ArgumentHelp("The file with the key that the backups are encrypted under.", valueName: "file"))
    var key: String

    @Flag(help: "Read every backup to its end.")
    var check = false

    func run() throws {
        let console = Console(isJSON: false)
        try BackupExit.guarding(console) {
            let key = try BackupKey.read(self.key)
            let repository = try BackupRepository(existing: folder)
            var table = TextTable([.left("backup"), .left("made"), .left("of"), .right("size"), .left("state")])
            var faults: [String] = []
            for entry in try repository.entries() {
                let fault = problem(entry.path, key: key, console)
                faults += fault.map { [$0] } ?? []
                table.add([
                    Files.name(of: entry.path), BackupTime.text(entry.time),
                    entry.kind == .base ? "PostgreSQL server" : "data folder", NumberText.bytes(Double(entry.bytes)),
                    fault == nil ? (check ? "whole" : "opens") : "DAMAGED",
                ])
            }
            let log = repository.log()
            if let first = log.names.first, let last = log.names.last {
                let places = check ? log.names.map { repository.place(ofLog: $0) } : []
                let found = places.compactMap { problem($0, key: key, console) }
                faults += found
                table.add([
                    "wal/", "–", "\(log.names.count) files of the log",
                    NumberText.bytes(Double(log.bytes)), check ? (found.isEmpty ? "whole" : "DAMAGED") : "–",
                ])
                console.report(table)
                console.report(["", "The log reaches from \(first) to \(last)."])
            } else {
                console.report(table)
            }
            for fault in faults { console.report(console.paint.red(fault)) }
            if !faults.isEmpty { throw BackupExit.notGood }
        }
    }

    /// What is wrong with a file; nil when it opens, or with --check is whole.
    private func problem(_ path: String, key: BackupKey, _ console: Console) -> String? {
        do {
            if check {
                var meter = ByteMeter("reading \(Files.name(of: path))", on: console.live)
                try SealedFile.open(path, key: key) { meter.add($0.count) }
            } else {
                _ = try SealedFile.header(path, key: key)
            }
            return nil
        } catch {
            return "\(error)"
        }
    }
}

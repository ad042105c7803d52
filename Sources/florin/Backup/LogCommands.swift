internal import ArgumentParser
internal import Core

/// `florin archive-wal`
struct ArchiveLogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive-wal",
        abstract: "For PostgreSQL's archive_command: put a file of its log into the backups, encrypted.",
        discussion: """
            archive_command = 'florin archive-wal %p --to DIR --key FILE'

            Ends with 0 when the file is on the disk, or was there already with the same content.
            """)

    @Argument(help: ArgumentHelp("The file: %p.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("The folder that backups are kept in.", valueName: "dir"))
    var to: String

    @Option(help: ArgumentHelp("The file with the key that backups are encrypted under.", valueName: "file"))
    var key: String

    func run() throws {
        try BackupExit.guarding(Console(isJSON: false)) {
            let key = try BackupKey.read(self.key)
            try LogArchive(repository: BackupRepository(existing: to), key: key).store(path, .live)
        }
    }
}

/// `florin fetch-wal`
struct FetchLogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch-wal",
        abstract: "For PostgreSQL's restore_command: get a file of its log from the backups.",
        discussion: """
            restore_command = 'florin fetch-wal %f %p --from DIR --key FILE'

            Ends with 0 when the file is there, 1 when the backups do not have it, and 200 when it cannot be opened: \
            PostgreSQL then gives up, where it would take 1 for the end of the log.
            """)

    @Argument(help: ArgumentHelp("The file's name: %f.", valueName: "name"))
    var name: String

    @Argument(help: ArgumentHelp("Where to put it: %p.", valueName: "path"))
    var path: String

    @Option(help: ArgumentHelp("The folder that backups are kept in.", valueName: "dir"))
    var from: String

    @Option(help: ArgumentHelp("The file with the key that the backups are encrypted under.", valueName: "file"))
    var key: String

    func run() throws {
        try BackupExit.guarding(Console(isJSON: false), code: BackupExit.abortsRecovery) {
            let key = try BackupKey.read(self.key)
            let archive = LogArchive(repository: try BackupRepository(existing: from), key: key)
            guard try archive.fetch(name, to: path) else { throw BackupExit.failed }
        }
    }
}

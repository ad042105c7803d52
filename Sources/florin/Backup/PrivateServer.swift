internal import Glibc

/// A PostgreSQL server for this process alone: it recovers what was restored, is asked whether it is right, and stops.
///
/// It listens on a socket in a folder of its own, which only its user can enter, and on no network. Its settings are on
/// its command line, which goes before any file in what was restored: so it archives nothing, waits for no standby and
/// follows nobody.
final class PrivateServer {
    /// What is there to be replayed.
    struct Recovery {
        /// The command that fetches files of the log.
        let restoreCommand: String
        /// The moment to stop at; nil for the end of the log.
        let until: String?
    }

    private static let port = 5432
    private static let pollNanoseconds: UInt64 = 100_000_000
    /// How long nothing may happen.
    private static let patienceSeconds: Double = 600
    private static let stopSeconds: Double = 300

    /// Where it listens, and where its own files are.
    let folder: TemporaryFolder
    private let process: ChildProcess
    private var log: String { Self.log(in: folder) }

    private static func log(in folder: TemporaryFolder) -> String { folder.path + "/log" }

    /// Starts it on `data`.
    init(
        _ data: String, tools: PostgresTools, user: ServerUser, folder: TemporaryFolder, recovery: Recovery
    ) throws {
        self.folder = folder
        for (name, text) in [
            ("postgresql.conf", ""), ("pg_ident.conf", ""), ("pg_hba.conf", "local all all trust\n"),
        ] {
            try Files.write(Array(text.utf8), to: folder.path + "/" + name, owner: user.id)
        }
        // A backup of a standby says that it is one.
        unlink(data + "/standby.signal")
        try Files.write([], to: data + "/recovery.signal", owner: user.id)
        var settings: [(String, String)] = [
            ("config_file", folder.path + "/postgresql.conf"), ("hba_file", folder.path + "/pg_hba.conf"),
            ("ident_file", folder.path + "/pg_ident.conf"), ("external_pid_file", ""), ("listen_addresses", ""),
            ("unix_socket_directories", folder.path), ("port", String(Self.port)), ("ssl", "off"),
            ("archive_mode", "off"), ("primary_conninfo", ""), ("primary_slot_name", ""),
            ("synchronous_standby_names", ""), ("shared_preload_libraries", ""), ("hot_standby", "off"),
            ("log_destination", "stderr"), ("logging_collector", "off"), ("lc_messages", "C"),
            ("log_min_messages", "warning"), ("restore_command", recovery.restoreCommand),
            ("recovery_target_timeline", "latest"), ("recovery_target_action", "promote"),
        ]
        if let until = recovery.until { settings.append(("recovery_target_time", until)) }
        let command = user.prefix + [try tools.path("postgres"), "-D", data]
        process = try ChildProcess(
            arguments: Array(command.dropFirst()) + settings.flatMap { ["-c", "\($0.0)=\($0.1)"] },
            log: Self.log(in: folder), executable: command[0])
        Interruption.register(process)
    }

    /// An address of it, for a database and a user of it.
    func address(database: String, user: String) -> String {
        "host='\(folder.path)' port=\(Self.port) dbname='\(Self.quoted(database))' user='\(Self.quoted(user))'"
    }

    private static func quoted(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    }

    /// Waits until it has recovered and takes writes.
    func waitUntilPromoted(_ console: Console) async throws {
        var deadline = Deadline(seconds: Self.patienceSeconds)
        var known = -1
        while true {
            let hasEnded = process.ended
            let lines = (FileText.read(log) ?? "").split(separator: "\n")
            if lines.contains(where: { $0.contains("database system is ready to accept connections") }) { return }
            if let hasEnded {
                throw BackupError("PostgreSQL gave up the recovery (\(hasEnded)): \(Self.reason(lines))")
            }
            if lines.count != known {
                known = lines.count
                deadline = Deadline(seconds: Self.patienceSeconds)
            }
            guard !deadline.isOver else {
                throw BackupError(
                    "PostgreSQL has not gone on for \(Int(Self.patienceSeconds)) s. It said last: "
                        + Self.reason(lines))
            }
            let files = lines.filter { $0.contains("restored log file") }
            let last = files.last?.split(separator: "\"").dropFirst().first ?? "the backup's own log"
            console.live.show("  replaying \(last), \(NumberText.grouped(files.count)) files of the log")
            try await Task.sleep(nanoseconds: Self.pollNanoseconds)
        }
    }

    /// Up to when it has recovered, in its own words; nil when there was nothing to replay.
    var lastTransaction: String? {
        let mark = "last completed transaction was at log time "
        for line in (FileText.read(log) ?? "").split(separator: "\n").reversed() {
            if let range = line.firstRange(of: mark) { return String(line[range.upperBound...]) }
        }
        return nil
    }

    private static func reason(_ lines: [Substring]) -> String {
        let serious = lines.filter { line in
            ["FATAL:", "PANIC:", "ERROR:", "florin:", "DETAIL:"].contains { line.contains($0) }
        }
        return (serious.isEmpty ? lines : serious).suffix(4).joined(separator: "; ")
    }

    /// Stops it in order: everything is on the disk when this returns.
    func stop() async throws {
        // To PostgreSQL this means: let nobody finish, but write a checkpoint.
        process.send(signal: SIGINT)
        guard let end = await process.waitForEnd(seconds: Self.stopSeconds) else {
            throw BackupError("PostgreSQL did not stop within \(Int(Self.stopSeconds)) s.")
        }
        guard end == .exited(0) else { throw BackupError("PostgreSQL did not stop in order: \(end).") }
    }

    /// Ends it without a word, if it runs.
    func kill() async { await process.killHard() }
}

internal import Core
internal import Glibc
internal import Storage

/// Restores a PostgreSQL server's files from a base backup and the archive of its log, and verifies what they hold.
struct ServerRestore {
    let repository: BackupRepository
    let folder: String
    let key: BackupKey
    /// The moment to restore to, as it was given; nil for the last that the archive has.
    let at: String?
    let console: Console

    /// Restores into a folder that is empty or not there. When it throws, nothing is left in it; when something does
    /// not hold, all is left in its folder `unverified`.
    func run() async throws -> RestoreOutcome {
        let base = try choose()
        let user = try ServerUser()
        let staged = try StagedFolder(folder, owner: user.id)
        do {
            let (header, bytes) = try unpack(base, into: staged.path, user)
            let tools = try toolsFitting(staged.path)
            try verifyFiles(staged.path, tools, user)
            let (outcome, place) = try await recover(staged, header: header, bytes: bytes, tools, user)
            if outcome.isGood { try staged.publish() }
            return RestoreOutcome(
                madeAt: outcome.madeAt, bytes: bytes, report: outcome.report, problems: outcome.problems,
                notes: outcome.notes + notes(in: place), place: outcome.isGood ? staged.target : staged.path)
        } catch {
            staged.discard()
            throw error
        }
    }

    /// The newest base backup that ended before the moment.
    private func choose() throws -> BackupRepository.Entry {
        let bases = try repository.entries().filter { $0.kind == .base }
        guard !bases.isEmpty else { throw BackupError("\(repository.path) has no base backup of a PostgreSQL server.") }
        guard let at else { return bases[bases.count - 1] }
        guard let time = BackupTime.time(at) else {
            throw BackupError("\(at) is no moment. Write it like 2026-11-24 12:00:00+00.")
        }
        guard let base = bases.last(where: { $0.time <= time }) else {
            throw BackupError(
                "The oldest base backup ended at \(BackupTime.text(bases[0].time)): nothing before it can be restored.")
        }
        return base
    }

    private func unpack(
        _ base: BackupRepository.Entry, into path: String, _ user: ServerUser
    ) throws -> (SealedHeader, bytes: Int64) {
        umask(0o077)
        let tar = try ToolProcess(
            [try ToolProcess.find("tar"), "-x", "-f", "-", "-C", path, "--no-same-owner"], prefix: user.prefix,
            pipe: .toTool)
        var meter = ByteMeter("restoring", on: console.live, expected: base.bytes)
        let header = try Unpacking.unseal(base.path, kind: .base, key: key, into: tar, meter: &meter)
        return (header, meter.bytes)
    }

    private func toolsFitting(_ path: String) throws -> PostgresTools {
        guard let version = FileText.read(path + "/PG_VERSION") else {
            throw BackupError("The backup has no file PG_VERSION: it is no PostgreSQL server's.")
        }
        return try PostgresTools(version: version.filter { !$0.isWhitespace })
    }

    /// Compares every file with the checksums that the server wrote down while it was copied.
    private func verifyFiles(_ path: String, _ tools: PostgresTools, _ user: ServerUser) throws {
        console.live.show("  checking every file …")
        try ToolProcess(
            [try tools.path("pg_verifybackup"), "--quiet", path], prefix: user.prefix, pipe: .none
        ).finish()
    }

    private func recover(
        _ staged: StagedFolder, header: SealedHeader, bytes: Int64, _ tools: PostgresTools, _ user: ServerUser
    ) async throws -> (RestoreOutcome, place: String) {
        let temporary = try TemporaryFolder(named: "restore")
        defer { temporary.remove() }
        try user.own(temporary.path)
        let server = try PrivateServer(
            staged.path, tools: tools, user: user, folder: temporary,
            recovery: PrivateServer.Recovery(restoreCommand: try fetchCommand(temporary, user), until: at))
        do {
            try await server.waitUntilPromoted(console)
            let address = try PostgresAddress(
                server.address(
                    database: header.facts["database"] ?? ServerUser.name,
                    user: header.facts["user"] ?? ServerUser.name))
            let (report, problem) = try await RestoredStore.verify(.postgres(address), console)
            var notes: [String] = []
            if let last = server.lastTransaction { notes.append("The last transaction in it is of \(last).") }
            try await server.stop()
            try Files.synchroniseAll(below: staged.path)
            let outcome = RestoreOutcome(
                madeAt: header.madeAt, bytes: bytes, report: report, problems: [problem].compactMap { $0 },
                notes: notes, place: staged.path)
            return (outcome, staged.path)
        } catch {
            await server.kill()
            throw error
        }
    }

    /// The command by which the recovering server fetches files of the log: this program.
    ///
    /// The server's user may not be the one who owns the key, so it gets a copy of it, as long as the recovery takes.
    private func fetchCommand(_ temporary: TemporaryFolder, _ user: ServerUser) throws -> String {
        guard let program = Files.real("/proc/self/exe") else { throw BackupError.system("/proc/self/exe") }
        let copy = temporary.path + "/backup.key"
        var text = key.fileText
        defer { BackupKey.erase(&text) }
        try Files.write(text, to: copy, owner: user.id)
        for path in [program, repository.path] + (Files.isFolder(repository.logFolder) ? [repository.logFolder] : [])
        where !user.canRead(path) {
            throw BackupError(
                "The user \(ServerUser.name) cannot read \(path), and PostgreSQL fetches its log as that user. Let it, "
                    + "or run this as that user.")
        }
        let words = [program, "fetch-wal", "%f", "%p", "--from", repository.path, "--key", copy]
        return words.map { word in
            let text = word.hasPrefix("%") ? word : word.replacing("%", with: "%%")
            return "'" + text.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }

    private func notes(in path: String) -> [String] {
        guard !FileText.exists(path + "/postgresql.conf"), !FileText.exists(folder + "/postgresql.conf") else {
            return []
        }
        return ["It has no postgresql.conf: as on Debian, that is kept in another place. Bring it before the start."]
    }
}

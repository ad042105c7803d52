internal import Core
internal import Glibc
internal import Storage

/// Backs up the files of a PostgreSQL server while it works, with its own `pg_basebackup`.
///
/// Its output goes through the encryption into the repository; nothing of it lies anywhere in clear. The part of the
/// write-ahead log that makes it whole is in it, so it can be restored by itself to the moment of its end, and with the
/// archive of the log to any moment after that.
struct ServerBackup {
    let address: PostgresAddress
    let writing: BackupWriting

    func run() throws -> BackupWriting.Result {
        let tools = try PostgresTools()
        let target = address.forTools
        var facts: [String: String] = [:]
        facts["database"] = target.database ?? target.user
        facts["user"] = target.user
        return try writing.write(.base, prefix: BackupRepository.basePrefix, facts: facts) { stream in
            let tool = try ToolProcess(
                [
                    try tools.path("pg_basebackup"), "--dbname", target.connection, "--pgdata", "-", "--format", "tar",
                    "--wal-method", "fetch", "--checkpoint", "fast", "--no-password", "--label", "florin",
                ], pipe: .fromTool, variables: target.password.map { ["PGPASSWORD": $0] } ?? [:])
            var bytes: Int64 = 0
            try Files.forEachPiece(of: tool.descriptor, path: tool.name) { piece in
                bytes += Int64(piece.count)
                try stream.write(piece)
            }
            do {
                try tool.finish()
            } catch {
                throw BackupError(Self.advice(for: tool.words, address) ?? "\(error)")
            }
            guard bytes > 0 else { throw BackupError("pg_basebackup gave nothing.") }
        }
    }

    /// What to do about the usual refusals.
    private static func advice(for words: String, _ address: PostgresAddress) -> String? {
        if words.contains("no pg_hba.conf entry for replication") || words.contains("replication connection") {
            return "\(address) lets nobody copy it from here: pg_hba.conf needs a line for `replication` with this "
                + "user and address. (\(words))"
        }
        if words.contains("must be superuser or replication role") || words.contains("REPLICATION") {
            return "The user may not copy \(address). Run there: ALTER ROLE … REPLICATION. (\(words))"
        }
        if words.contains("max_wal_senders") {
            return "\(address) has no connection left for a copy: raise max_wal_senders. (\(words))"
        }
        return nil
    }
}

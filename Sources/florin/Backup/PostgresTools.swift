internal import Glibc

/// PostgreSQL's own programs, as Debian installs them or as they are on the machine.
struct PostgresTools {
    private static let installations = "/usr/lib/postgresql"

    /// The folder that they are in.
    let folder: String

    /// Programs of a major version, such as `15`; of the newest when none is named.
    init(version: String? = nil) throws {
        let names = (try? Files.names(in: Self.installations)) ?? []
        let versions = names.compactMap { Double($0) != nil ? $0 : nil }.filter { version == nil || $0 == version }
        let newest = versions.max { (Double($0) ?? 0) < (Double($1) ?? 0) }
        if let newest, access("\(Self.installations)/\(newest)/bin/pg_basebackup", X_OK) == 0 {
            folder = "\(Self.installations)/\(newest)/bin"
        } else if let found = ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"].first(where: {
            access($0 + "/pg_basebackup", X_OK) == 0
        }) {
            folder = found
        } else {
            throw BackupError(
                "PostgreSQL's programs\(version.map { " of version \($0)" } ?? "") are not there. Install the packages "
                    + "postgresql\(version.map { "-\($0)" } ?? "") and postgresql-client.")
        }
    }

    func path(_ name: String) throws -> String { try ToolProcess.find(name, in: [folder]) }
}

/// The user that PostgreSQL's server runs as: it refuses to be root.
struct ServerUser {
    static let name = "postgres"

    /// Whom files have to belong to; nil when this process's user will do.
    let id: uid_t?
    /// What has to stand before a command so that it runs as this user.
    let prefix: [String]

    init() throws {
        guard geteuid() == 0 else {
            id = nil
            prefix = [try ToolProcess.find("env")]
            return
        }
        guard let entry = getpwnam(Self.name) else {
            throw BackupError("There is no user \(Self.name). PostgreSQL does not run as root: run this as its user.")
        }
        id = entry.pointee.pw_uid
        prefix = [
            try ToolProcess.find("setpriv"), "--reuid", String(entry.pointee.pw_uid), "--regid",
            String(entry.pointee.pw_gid), "--init-groups",
        ]
    }

    /// Whether the user can read a file, or enter a folder and read it.
    func canRead(_ path: String) -> Bool {
        guard let test = try? ToolProcess.find("test"),
            let process = try? ToolProcess([test, "-r", path], prefix: prefix, pipe: .none)
        else { return false }
        return (try? process.finish()) != nil
    }

    /// Gives a file or folder to the user.
    func own(_ path: String) throws {
        if let id, chown(path, id, gid_t.max) != 0 { throw BackupError.system(path) }
    }
}

internal import Core
import Glibc
import Synchronization

/// A program of PostgreSQL's that a command needs: `psql` or `pgbench`.
struct PostgresProgram: Sendable {
    /// Debian keeps each version's programs here, and wrappers that are slow to start in `/usr/bin`.
    private static let debianParent = "/usr/lib/postgresql"
    private static let otherFolders = ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"]

    let name: String
    let path: String

    /// Looks for a program; nil when this machine does not have it.
    static func find(_ name: String) -> PostgresProgram? {
        let versions = FileText.names(in: debianParent).compactMap { Int($0) }.sorted(by: >)
        let folders = versions.map { "\(debianParent)/\($0)/bin" } + otherFolders
        let paths = folders.map { folder -> String in folder + "/" + name }
        return paths.first { access($0, X_OK) == 0 }.map { PostgresProgram(name: name, path: $0) }
    }

    /// Runs it to its end and gives what it wrote.
    ///
    /// - throws: when it cannot be started, fails, or takes longer than `seconds`; with its last words.
    func run(_ arguments: [String], scratch: String, seconds: Double) async throws(ChildProcessError) -> String {
        let log = "\(scratch)/\(name)-\(IdentifierText.random(digits: 12, .live)).log"
        defer { unlink(log) }
        let child = try ChildProcess(arguments: arguments, log: log, executable: path, name: name)
        Interruption.register(child)
        let end = await child.waitForEnd(seconds: seconds)
        if end == nil { await child.killHard() }
        let output = FileText.read(log) ?? ""
        guard end == .exited(0) else {
            let reason = end.map { "ended with \($0)" } ?? "did not end in \(Int(seconds)) s"
            throw ChildProcessError(description: "\(name) \(reason). Its last words:\n" + Self.lastLines(output))
        }
        return output
    }

    private static func lastLines(_ text: String) -> String {
        text.split(separator: "\n").suffix(6).joined(separator: "\n")
    }
}

/// Sends SQL to a database through `psql`: for what is none of Florin's own business there, such as making a schema.
struct SQLClient: Sendable {
    /// How long a statement may take, in seconds.
    private static let secondsMax = 120.0

    let database: ConnectionText
    /// A folder for what `psql` writes.
    let scratch: String
    private let psql: PostgresProgram

    /// - throws: when this machine has no `psql`.
    init(_ database: String, scratch: String) throws(ChildProcessError) {
        guard let psql = PostgresProgram.find("psql") else {
            throw ChildProcessError(
                description: "psql is not on this machine, and --database needs it. On Debian: "
                    + "apt-get install postgresql-client")
        }
        self.database = ConnectionText(database)
        self.scratch = scratch
        self.psql = psql
    }

    /// Carries out statements, each in a transaction of its own, and gives the rows of all.
    @discardableResult
    func rows(_ statements: String...) async throws(ChildProcessError) -> [[String]] {
        let output = try await psql.run(arguments(statements), scratch: scratch, seconds: Self.secondsMax)
        return output.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// The same on the thread that asks, for when there is no time for more: what comes of it is not known.
    func attempt(_ statements: String...) {
        guard
            let child = try? ChildProcess(
                arguments: arguments(statements), log: "/dev/null", executable: psql.path, name: psql.name)
        else { return }
        let deadline = Deadline(seconds: 15)
        while child.ended == nil, !deadline.isOver { usleep(2_000) }
        child.send(signal: SIGKILL)
    }

    private func arguments(_ statements: [String]) -> [String] {
        let quiet = ["--no-psqlrc", "--quiet", "--no-password", "--tuples-only", "--no-align", "--field-separator=\t"]
        return quiet + ["--set=ON_ERROR_STOP=1", "--dbname=\(database.text)"] + statements.map { "--command=\($0)" }
    }
}

/// The yardstick of a database server: `pgbench` with its transactions like TPC-B, in a schema of its own.
///
/// A transaction is three updates, an insert and a select, with one wait for the disk: what a very small payment takes.
struct TPCBench: Sendable {
    /// Branches; a hundred thousand accounts each.
    private static let scale = 10
    private static let clients = 16
    private static let threads = 2
    /// How long making the tables may take, in seconds.
    private static let secondsMax = 300.0

    private let pgbench: PostgresProgram
    private let schema: OwnSchema

    /// Makes the tables; nil when this machine has no `pgbench`.
    static func prepare(_ sql: SQLClient) async throws(ChildProcessError) -> TPCBench? {
        guard let pgbench = PostgresProgram.find("pgbench") else { return nil }
        let bench = TPCBench(pgbench: pgbench, schema: try await OwnSchema.make(for: "tpcb", sql))
        do throws(ChildProcessError) {
            try await bench.run(["--initialize", "--quiet", "--scale=\(scale)"], seconds: secondsMax)
            // So that what was just loaded is not written during the measurement; not every user may ask for it.
            _ = try? await sql.rows("CHECKPOINT")
            return bench
        } catch {
            await bench.end()
            throw error
        }
    }

    /// Transactions a second.
    func measure(seconds: Int) async throws(ChildProcessError) -> Double {
        let output = try await run(
            [
                "--client=\(Self.clients)", "--jobs=\(Self.threads)", "--protocol=prepared", "--time=\(seconds)",
            ], seconds: Double(seconds) + 60)
        guard let rate = Self.rate(in: output) else {
            throw ChildProcessError(description: "pgbench tells no tps. Its words:\n" + output)
        }
        return rate
    }

    /// Drops the tables.
    func end() async { await schema.drop() }

    @discardableResult
    private func run(_ arguments: [String], seconds: Double) async throws(ChildProcessError) -> String {
        try await pgbench.run(arguments + [schema.address], scratch: schema.sql.scratch, seconds: seconds)
    }

    /// The rate in what `pgbench` writes, the time to connect left out where it tells two (before PostgreSQL 14).
    static func rate(in output: String) -> Double? {
        let lines = output.split(separator: "\n").filter { $0.hasPrefix("tps = ") }
        let line = lines.first { !$0.contains("including") } ?? lines.first
        return line.flatMap { Double($0.dropFirst("tps = ".count).prefix { $0 != " " }) }
    }
}

/// What `pgbench` did a second before the payments and after them.
struct TPCRates: Hashable, Sendable {
    var before: Double
    var after: Double

    var mean: Double { (before + after) / 2 }
}

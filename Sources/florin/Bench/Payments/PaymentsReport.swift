internal import Core

/// The words and the JSON of `florin bench payments`.
struct PaymentsReport {
    private let figures: PaymentsFigures

    init(_ figures: PaymentsFigures) { self.figures = figures }

    func show(on console: Console) {
        console.result { encode(into: &$0) }
        let load = figures.load
        let seconds = NumberText.fixed(Double(load.elapsedNanoseconds) / 1_000_000_000, digits: 1)
        console.heading("Card payments: created, confirmed, durable, answered")
        console.report(
            "  \(figures.connections) connections\(place), \(seconds) s after "
                + "\(NumberText.fixed(figures.warmupSeconds, digits: 1)) s of warm-up"
        )
        console.report()
        console.report(.facts(summary(paint: console.paint, width: console.width)))
        console.report()
        console.report(latencies)
        console.heading("What a payment costs")
        console.report(.facts(costs))
        if !load.errors.isEmpty {
            console.heading("Errors")
            let rows = load.errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
            console.report(Bars.chart(rows, width: console.width, paint: console.paint))
        }
        console.heading("Proof")
        console.report(proof(paint: console.paint))
    }

    private var place: String {
        guard figures.isOnPostgres else { return ", client and server on one machine" }
        return " to " + (figures.processes == 1 ? "one server" : "\(figures.processes) servers") + " on PostgreSQL"
    }

    private func summary(paint: Paint, width: Int) -> [(name: String, value: String)] {
        let load = figures.load
        let curve = Bars.curve(load.curve, width: max(10, width - 40))
        return [
            ("payments", NumberText.grouped(load.completed)),
            ("payments/s", paint.bold(NumberText.fixed(load.rate, digits: 0)) + "  " + paint.cyan(curve)),
            ("errors", load.failed == 0 ? "none" : paint.red(NumberText.grouped(load.failed))),
        ]
    }

    private var latencies: TextTable {
        let points = figures.load.latency.points
        var table = TextTable([.left("latency")] + points.map { .right($0.name) })
        table.add([""] + points.map { NumberText.duration(nanoseconds: $0.nanoseconds) })
        return table
    }

    private var costs: [(name: String, value: String)] {
        let cost = figures.cost
        func time(_ nanoseconds: Double?) -> String {
            nanoseconds.map { NumberText.duration(nanoseconds: UInt64($0)) } ?? Self.unknown
        }
        func number(_ value: Double?, _ digits: Int) -> String {
            value.map { NumberText.fixed($0, digits: digits) } ?? Self.unknown
        }
        var rows: [(name: String, value: String)] = [
            (figures.processes == 1 ? "server CPU" : "servers' CPU", time(cost?.cpuNanoseconds)),
            ("generator CPU", time(figures.generatorCPUNanoseconds)),
        ]
        if figures.isOnPostgres {
            rows.insert(("database CPU", time(cost?.databaseCPUNanoseconds)), at: 1)
            rows.insert(("card network CPU", time(cost?.issuerCPUNanoseconds)), at: 2)
            rows.append(("log of the database", cost?.loggedBytes.map { NumberText.bytes($0) } ?? Self.unknown))
        } else {
            rows.append(("written to disk", cost?.writtenBytes.map { NumberText.bytes($0) } ?? Self.unknown))
        }
        rows.append(("changes", number(cost?.changes, 2)))
        rows.append(("group commits", number(cost?.commits, 4)))
        if !figures.isOnPostgres {
            rows.append(("waits for the disk", number(cost?.diskWaits, 4) + "  (commits, and two a checkpoint)"))
        }
        if let memory = figures.memory {
            let text = NumberText.bytes(Double(memory.start)) + " → " + NumberText.bytes(Double(memory.end))
            rows.append((figures.processes == 1 ? "server memory" : "servers' memory", text))
        }
        return rows + yardsticks
    }

    private static let unknown = "–"

    /// What the same machine does of simpler things.
    private var yardsticks: [(name: String, value: String)] {
        let ratio = figures.load.rate > 0 ? figures.healthRate / figures.load.rate : 0
        let health = NumberText.fixed(figures.healthRate, digits: 0)
        var rows = [("GET /healthz", "\(health)/s, \(NumberText.fixed(ratio, digits: 1)) a payment")]
        if let disk = figures.diskRate {
            let perWait = NumberText.fixed(figures.load.rate / disk, digits: 1)
            let memory = figures.isFolderInMemory ? "; the folder is in memory, so this says nothing" : ""
            let rate = NumberText.fixed(disk, digits: 0)
            rows.append(("fdatasync of 4 KiB", "\(rate)/s here: \(perWait) payments a wait\(memory)"))
        }
        if let tpc = figures.tpc, let ratio = figures.tpcRatio {
            let before = NumberText.fixed(tpc.before, digits: 0)
            let after = NumberText.fixed(tpc.after, digits: 0)
            rows.append(
                (
                    "pgbench TPC-B",
                    "\(before)/s before, \(after)/s after: \(NumberText.fixed(ratio, digits: 2)) payments a transaction"
                ))
        } else if figures.isOnPostgres {
            rows.append(("pgbench TPC-B", "not measured: there is no pgbench here (Debian: postgresql-contrib)"))
        }
        return rows
    }

    private func proof(paint: Paint) -> [String] {
        let proof = figures.proof
        let good = paint.green("✓")
        let bad = paint.red("✗")
        var lines: [String] = []
        let proven = "\(NumberText.grouped(proof.proven)) of \(NumberText.grouped(proof.acknowledged)) acknowledged"
        let isComplete = proof.wrongCount == 0 && proof.acknowledged > 0
        lines.append("  \(isComplete ? good : bad) \(proven) payments are there, succeeded, with their amounts")
        lines += proof.wrong.map { "      \($0)" }
        if proof.wrongCount > proof.wrong.count { lines.append("      … \(proof.wrongCount) in all") }
        let expected = NumberText.grouped(figures.balance.expected)
        let found = NumberText.grouped(figures.balance.found)
        if figures.balance.found == figures.balance.expected {
            lines.append("  \(good) the balance grew by the sum of the nets: \(found) cents")
        } else {
            lines.append("  \(bad) the balance grew by \(found) cents; the nets add up to \(expected)")
        }
        if figures.resolved + figures.unresolved > 0 {
            lines.append(
                "  \(figures.unresolved == 0 ? good : bad) \(figures.resolved) lost answers were heard asking again, "
                    + "\(figures.unresolved) never")
        }
        return lines
    }

    private func encode(into json: inout JSONWriter) {
        let load = figures.load
        json.field("connections", Int64(figures.connections))
        json.field("processes", Int64(figures.processes))
        json.field("engine", figures.isOnPostgres ? "postgres" : "sqlite")
        json.field("seconds", decimal: Double(load.elapsedNanoseconds) / 1_000_000_000, digits: 3)
        json.field("payments", Int64(load.completed))
        json.field("payments_per_second", decimal: load.rate, digits: 1)
        json.array("per_second") { json in for value in load.curve { json.element(Int64(value)) } }
        load.latency.encode("latency", into: &json)
        json.object("errors") { json in
            for (kind, count) in load.errors.sorted(by: { $0.key < $1.key }) {
                json.dynamicField(kind, .integer(Int64(count)))
            }
        }
        encodeCost(into: &json)
        json.field("server_memory_start_bytes", figures.memory.map { Int64($0.start) })
        json.field("server_memory_end_bytes", figures.memory.map { Int64($0.end) })
        json.field("healthz_per_second", decimal: figures.healthRate, digits: 1)
        json.field("fdatasync_per_second", decimal: figures.diskRate, digits: 1)
        if let tpc = figures.tpc {
            json.object("pgbench_tpc_b") { json in
                json.field("before_per_second", decimal: tpc.before, digits: 1)
                json.field("after_per_second", decimal: tpc.after, digits: 1)
                json.field("payments_per_transaction", decimal: figures.tpcRatio, digits: 4)
            }
        }
        json.object("proof") { json in
            json.field("ok", figures.isProven)
            json.field("acknowledged", Int64(figures.proof.acknowledged))
            json.field("proven", Int64(figures.proof.proven))
            json.field("faults", Int64(figures.proof.wrongCount))
            json.array("named") { json in for text in figures.proof.wrong { json.element(text) } }
            json.field("balance_growth", figures.balance.found)
            json.field("balance_growth_expected", figures.balance.expected)
            json.field("asked_again", Int64(figures.resolved))
            json.field("never_heard", Int64(figures.unresolved))
        }
    }

    private func encodeCost(into json: inout JSONWriter) {
        let cost = figures.cost
        json.object("per_payment") { json in
            json.field("server_cpu_us", decimal: cost.map { $0.cpuNanoseconds / 1_000 }, digits: 2)
            json.field("generator_cpu_us", decimal: figures.generatorCPUNanoseconds.map { $0 / 1_000 }, digits: 2)
            json.field("written_bytes", decimal: cost?.writtenBytes, digits: 1)
            json.field("changes", decimal: cost?.changes, digits: 4)
            json.field("commits", decimal: cost?.commits, digits: 6)
            json.field("disk_waits", decimal: cost?.diskWaits, digits: 6)
            guard figures.isOnPostgres else { return }
            json.field("database_cpu_us", decimal: cost?.databaseCPUNanoseconds.map { $0 / 1_000 }, digits: 2)
            json.field("issuer_cpu_us", decimal: cost?.issuerCPUNanoseconds.map { $0 / 1_000 }, digits: 2)
            json.field("logged_bytes", decimal: cost?.loggedBytes, digits: 1)
        }
    }
}

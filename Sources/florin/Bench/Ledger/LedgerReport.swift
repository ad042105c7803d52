internal import Core

/// The words and the JSON of `florin bench ledger`.
struct LedgerReport {
    private let outcome: LedgerBench.Outcome

    init(_ outcome: LedgerBench.Outcome) { self.outcome = outcome }

    func show(on console: Console) {
        console.result { encode(into: &$0) }
        console.heading("The ledger: transactions of two postings each")
        console.report()
        var table = TextTable([
            .left("way"), .left("accounts"), .right("postings/s"), .right("CPU"), .right("written"),
            .right("per commit"), .right("p50"), .right("p99"), .left("proof"),
        ])
        for row in outcome.rows {
            table.add([
                row.name, row.spread.rawValue, NumberText.fixed(row.postingsPerSecond, digits: 0),
                NumberText.duration(nanoseconds: UInt64(row.cpuPerTransaction)),
                row.bytesPerTransaction.map { NumberText.bytes($0) } ?? "",
                row.transactionsPerCommit.map { NumberText.fixed($0, digits: 1) } ?? "",
                row.latency.map { NumberText.duration(nanoseconds: $0.p50) } ?? "",
                row.latency.map { NumberText.duration(nanoseconds: $0.p99) } ?? "",
                row.isProven ? console.paint.green("✓") : console.paint.red("✗ postings or balances are not right"),
            ])
        }
        console.report(table)
        console.report()
        if outcome.isOnPostgres {
            console.report("  CPU is Florin's own for a transaction; written is the log of the database server.")
        } else {
            console.report("  CPU and bytes written are for a transaction; a commit waits for the disk once.")
        }
        if let diskRate = outcome.diskRate {
            let memory = outcome.isInMemory ? ", but the folder is in memory: the durable figures say nothing" : ""
            console.report("  fdatasync of 4 KiB: \(NumberText.fixed(diskRate, digits: 0))/s here\(memory).")
        }
    }

    private func encode(into json: inout JSONWriter) {
        json.field("fdatasync_per_second", decimal: outcome.diskRate, digits: 1)
        json.array("ways") { json in
            for row in outcome.rows {
                json.object { json in
                    json.field("way", row.name)
                    json.field("accounts", row.spread.rawValue)
                    json.field("transactions", Int64(row.transactions))
                    json.field("seconds", decimal: row.seconds, digits: 3)
                    json.field("postings_per_second", decimal: row.postingsPerSecond, digits: 1)
                    json.field("cpu_us_per_transaction", decimal: row.cpuPerTransaction / 1_000, digits: 2)
                    json.field("written_bytes_per_transaction", decimal: row.bytesPerTransaction, digits: 1)
                    json.field("transactions_per_commit", decimal: row.transactionsPerCommit, digits: 2)
                    row.latency?.encode("latency", into: &json)
                    json.field("ok", row.isProven)
                }
            }
        }
    }
}

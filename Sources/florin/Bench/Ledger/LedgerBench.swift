internal import Core
internal import Histogram
internal import Ledger
internal import Storage

/// Measures the ledger: the pure engine, and with durable commits through the store.
struct LedgerBench: Sendable {
    private static let diskSeconds = 0.5
    /// Transactions of the pure engine between two looks at the clock.
    private static let engineBatch = 512

    let seconds: Double
    let inflight: Int
    let parent: String?
    /// A PostgreSQL database for the durable part, in schemas of its own; nil for databases in folders.
    var database: String?
    let console: Console

    struct Outcome: Sendable {
        var rows: [LedgerBenchRow]
        var diskRate: Double?
        var isInMemory: Bool
        var isOnPostgres: Bool
    }

    func run() async throws -> Outcome {
        let temporary = parent == nil ? try TemporaryFolder(named: "bench-ledger") : nil
        defer { temporary?.remove() }
        let folder = parent ?? temporary?.path ?? "."
        try FolderMaker.make(folder)
        let sql = try database.map { try SQLClient($0, scratch: folder) }
        var rows: [LedgerBenchRow] = []
        if sql == nil {
            for spread in LedgerSpread.allCases {
                console.live.show("  engine alone, \(spread.rawValue) …")
                rows.append(engine(spread))
            }
        }
        let diskRate = sql == nil ? DiskBaseline.measure(folder: folder, seconds: Self.diskSeconds) : nil
        for (name, concurrency) in [("many at once", inflight), ("one at a time", 1)] {
            for spread in LedgerSpread.allCases {
                console.live.show("  \(name), \(spread.rawValue) …")
                let way = Way(name: name, spread: spread, concurrency: concurrency)
                let row =
                    if let sql { try await durable(way, sql: sql) } else { try await durable(way, folder: folder) }
                rows.append(row)
            }
        }
        return Outcome(
            rows: rows, diskRate: diskRate, isInMemory: sql == nil && TemporaryFolder.isInMemory(folder),
            isOnPostgres: sql != nil)
    }

    // MARK: The engine alone

    private func engine(_ spread: LedgerSpread) -> LedgerBenchRow {
        var ledger = LedgerState()
        let now = Environment.live.now()
        let cpu = ProcessFigures.own
        let watch = Stopwatch()
        var count = 0
        var refused = 0
        while watch.seconds < seconds {
            for _ in 0..<Self.engineBatch {
                let transaction = spread.transaction(count, now: now)
                for key in transaction.accountKeys where !ledger.knows(key) { ledger.loadAbsent(key) }
                if !ledger.knows(transaction.book) { ledger.load(BookHead(emptyBook: transaction.book)) }
                do throws(LedgerRefusal) {
                    _ = try ledger.apply(transaction, recordedAt: now)
                } catch {
                    refused += 1
                }
                count += 1
            }
            _ = ledger.takeChanged()
        }
        let elapsed = watch.seconds
        return LedgerBenchRow(
            name: "engine alone", spread: spread, transactions: count, seconds: elapsed,
            cpuNanoseconds: Self.cpu(since: cpu), writtenBytes: nil, commits: nil, latency: nil, isProven: refused == 0)
    }

    private static func cpu(since start: ProcessFigures?) -> UInt64 {
        guard let start, let end = ProcessFigures.own else { return 0 }
        return end.cpuNanoseconds - start.cpuNanoseconds
    }

    // MARK: Durable commits

    /// One way of committing.
    private struct Way {
        let name: String
        let spread: LedgerSpread
        let concurrency: Int
    }

    private func durable(_ way: Way, folder: String) async throws -> LedgerBenchRow {
        let own = "\(folder)/ledger-\(way.concurrency)-\(way.spread)"
        TemporaryFolder.remove(own)
        try FolderMaker.make(own)
        defer { TemporaryFolder.remove(own) }
        return try await durable(way, .file(path: own + "/ledger.sqlite", cacheMiB: 128))
    }

    private func durable(_ way: Way, sql: SQLClient) async throws -> LedgerBenchRow {
        let schema = try await OwnSchema.make(for: "ledger", sql)
        do {
            let before = await schema.reading()?.loggedBytes
            var row = try await durable(way, .postgres(try PostgresAddress(schema.address)))
            let after = await schema.reading()?.loggedBytes
            row.writtenBytes = before.flatMap { before in after.map { $0 - min(before, $0) } }
            await schema.drop()
            return row
        } catch {
            await schema.drop()
            throw error
        }
    }

    private func durable(_ way: Way, _ location: StoreConfiguration.Location) async throws -> LedgerBenchRow {
        let store = try await Store.open(
            StoreConfiguration.server(location), schema: Schema([Migration("1", tables: Schema.storeTables)]),
            environment: .live)
        let start = ProcessFigures.own
        let watch = Stopwatch()
        let lanes = try await load(store, way.spread, concurrency: way.concurrency)
        let elapsed = watch.seconds
        let cpu = Self.cpu(since: start)
        let written = ProcessFigures.own?.writtenBytes.flatMap { end in start?.writtenBytes.map { end - $0 } }
        let commits = store.statistics.commits
        let isProven = try await prove(store, transactions: lanes.count)
        await store.close()
        return LedgerBenchRow(
            name: way.name, spread: way.spread, transactions: lanes.count, seconds: elapsed, cpuNanoseconds: cpu,
            writtenBytes: written, commits: commits, latency: LatencySummary(lanes.histogram), isProven: isProven)
    }

    /// What one worker did.
    private struct Lane: Sendable {
        var count = 0
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: 1_000, highestTrackableValue: LoadRecord.durationMax,
            numberOfSignificantValueDigits: .two)
    }

    private func load(_ store: Store, _ spread: LedgerSpread, concurrency: Int) async throws -> Lane {
        let deadline = Deadline(seconds: seconds)
        return try await withThrowingTaskGroup(of: Lane.self) { group in
            for lane in 0..<concurrency {
                group.addTask {
                    var number = lane
                    var lane = Lane()
                    repeat {
                        let watch = Stopwatch()
                        let transaction = spread.transaction(number, now: Environment.live.now())
                        _ = try await store.commit(Change(transactions: [transaction]))
                        lane.histogram.record(min(watch.nanoseconds, LoadRecord.durationMax))
                        lane.count += 1
                        number += concurrency
                    } while !deadline.isOver
                    return lane
                }
            }
            var total = Lane()
            for try await lane in group {
                total.count += lane.count
                total.histogram.add(lane.histogram)
            }
            return total
        }
    }

    /// Whether the database holds every posting, and all balances sum to zero.
    private func prove(_ store: Store, transactions: Int) async throws -> Bool {
        try await store.read { reader in
            let counted = try await reader.rows("SELECT COUNT(*) FROM ledger_posting", [])
            let sums = try await reader.rows(
                "SELECT currency, CAST(SUM(balance) AS BIGINT) FROM ledger_account GROUP BY currency", [])
            let expected = Int64(transactions * LedgerSpread.postingsPerTransaction)
            return counted == [[.integer(expected)]] && sums.allSatisfy { $0.last == .integer(0) }
        }
    }
}

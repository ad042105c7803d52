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
    let console: Console

    struct Outcome: Sendable {
        var rows: [LedgerBenchRow]
        var diskRate: Double?
        var isInMemory: Bool
    }

    func run() async throws -> Outcome {
        let temporary = parent == nil ? try TemporaryFolder(named: "bench-ledger") : nil
        defer { temporary?.remove() }
        let folder = parent ?? temporary?.path ?? "."
        try FolderMaker.make(folder)
        let diskRate = DiskBaseline.measure(folder: folder, seconds: Self.diskSeconds)
        var rows: [LedgerBenchRow] = []
        for spread in LedgerSpread.allCases {
            console.live.show("  engine alone, \(spread.rawValue) …")
            rows.append(engine(spread))
        }
        for (name, concurrency) in [("many at once", inflight), ("one at a time", 1)] {
            for spread in LedgerSpread.allCases {
                console.live.show("  \(name), \(spread.rawValue) …")
                rows.append(try await durable(name, spread, concurrency: concurrency, folder: folder))
            }
        }
        return Outcome(rows: rows, diskRate: diskRate, isInMemory: TemporaryFolder.isInMemory(folder))
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

    private func durable(
        _ name: String, _ spread: LedgerSpread, concurrency: Int, folder: String
    ) async throws -> LedgerBenchRow {
        let own = "\(folder)/ledger-\(concurrency)-\(spread)"
        TemporaryFolder.remove(own)
        try FolderMaker.make(own)
        defer { TemporaryFolder.remove(own) }
        let store = try await Store.open(
            StoreConfiguration.server(.file(path: own + "/ledger.sqlite", cacheMiB: 128)),
            schema: Schema([Migration("1", tables: Schema.storeTables)]), environment: .live)
        let start = ProcessFigures.own
        let watch = Stopwatch()
        let lanes = try await load(store, spread, concurrency: concurrency)
        let elapsed = watch.seconds
        let cpu = Self.cpu(since: start)
        let written = ProcessFigures.own?.writtenBytes.flatMap { end in start?.writtenBytes.map { end - $0 } }
        let commits = store.statistics.commits
        let isProven = try await prove(store, transactions: lanes.count)
        await store.close()
        return LedgerBenchRow(
            name: name, spread: spread, transactions: lanes.count, seconds: elapsed, cpuNanoseconds: cpu,
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

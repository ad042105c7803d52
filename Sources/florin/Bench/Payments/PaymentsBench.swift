internal import Core
internal import NIOCore

/// Measures card payments through a whole server, and then checks what it was told.
struct PaymentsBench: Sendable {
    /// The plain requests that payments are compared with run for this long.
    private static let healthSeconds = 1.5
    private static let diskSeconds = 0.5
    private static let tpcSecondsMax = 5
    /// How long lost requests are tried again, and the balance may take to follow.
    private static let settleSeconds = 60.0
    private static let retryNanoseconds: UInt64 = 100_000_000

    let seconds: Double
    let warmupSeconds: Double
    let connections: Int
    let console: Console

    /// Measures a server that the options name, or one of the bench's own on a folder.
    func run(_ options: ServerOptions) async throws -> PaymentsFigures {
        console.live.show("  starting …")
        var diskRate: Double?
        let lease = try await ServerLease.take(options, purpose: "bench") { folder in
            diskRate = DiskBaseline.measure(folder: folder, seconds: Self.diskSeconds)
        }
        return try await ending(lease) {
            var figures = try await measure(lease)
            figures.diskRate = diskRate
            figures.isFolderInMemory = lease.folder.map { TemporaryFolder.isInMemory($0) } ?? false
            return figures
        }
    }

    /// Measures `processes` servers of the bench's own on a PostgreSQL database, and the database itself beside them.
    func run(database: String, processes: Int) async throws -> PaymentsFigures {
        console.live.show("  starting \(processes == 1 ? "a server" : "\(processes) servers") …")
        let lease = try await ServerLease.take(database: database, processes: processes, purpose: "bench")
        return try await ending(lease) {
            guard let sql = lease.cluster?.schema.sql else { return try await measure(lease) }
            console.live.show("  pgbench makes its tables …")
            guard let yardstick = try await TPCBench.prepare(sql) else { return try await measure(lease) }
            do {
                let length = max(1, min(Self.tpcSecondsMax, Int(seconds)))
                console.live.show("  pgbench TPC-B, \(length) s …")
                let before = try await yardstick.measure(seconds: length)
                var figures = try await measure(lease)
                console.live.show("  pgbench TPC-B again, \(length) s …")
                figures.tpc = TPCRates(before: before, after: try await yardstick.measure(seconds: length))
                await yardstick.end()
                return figures
            } catch {
                await yardstick.end()
                throw error
            }
        }
    }

    private func ending(
        _ lease: ServerLease, _ work: () async throws -> PaymentsFigures
    ) async throws -> PaymentsFigures {
        do {
            let figures = try await work()
            await lease.end(keepsFolder: false)
            return figures
        } catch {
            await lease.end(keepsFolder: false)
            throw error
        }
    }

    private func measure(_ lease: ServerLease) async throws -> PaymentsFigures {
        let client = APIClient(lease.address, key: lease.key, timeoutSeconds: 60)
        let generator = LoadClient(lease.addresses, connections: connections)
        defer { client.close() }
        let now = Environment.live.now()
        let expiryYear = now.utc.year + 3
        let before = BalanceReading(try await client.mustGet("/v1/balance")).total("usd")
        let memoryAtStart = ProcessFigures.sum(lease.processes.map(\.figures))?.residentBytes

        let health = try await generator.run(
            HealthLoad(address: lease.address, key: lease.key), seconds: min(Self.healthSeconds, seconds)
        ) { console.live.show(Self.line("GET /healthz", $0, paint: console.live.paint)) }
        let load = PaymentsLoad(
            template: PaymentTemplate(address: lease.address, key: lease.key, expiryYear: expiryYear),
            connections: connections, seed: Environment.live.randomWord())
        let warm = try await generator.run(load, seconds: warmupSeconds) {
            console.live.show(Self.line("warm-up", $0, paint: console.live.paint))
        }
        let (start, ownStart) = (await ServerReading.read(lease), ProcessFigures.own)
        let main = try await generator.run(warm.script, seconds: seconds) {
            console.live.show(Self.line("payments", $0, paint: console.live.paint))
        }
        let (ownEnd, end) = (ProcessFigures.own, await ServerReading.read(lease))
        await generator.close()

        var memory = main.script.memory
        let (resolved, unresolved) = await settle(&memory, main.script.template, client, expiryYear: expiryYear)
        let proof = try await prove(memory, client, since: now.seconds - 1, isAlone: !lease.processes.isEmpty)
        let grown = try await balance(client, from: before, expected: proof.expectedNet)
        let payments = main.record.completed
        return PaymentsFigures(
            connections: connections, processes: lease.addresses.count, isOnPostgres: lease.cluster != nil,
            warmupSeconds: warmupSeconds, load: main.record,
            cost: Self.pair(start, end).map { PaymentCost(from: $0, to: $1, payments: payments) },
            generatorCPUNanoseconds: Self.pair(ownStart, ownEnd).map {
                Double($1.cpuNanoseconds - $0.cpuNanoseconds) / Double(max(1, payments))
            },
            memory: Self.pair(memoryAtStart, end?.servers.residentBytes).map { (start: $0, end: $1) },
            healthRate: health.record.rate, diskRate: nil, isFolderInMemory: false, tpc: nil, proof: proof,
            balance: (grown, proof.expectedNet), resolved: resolved, unresolved: unresolved)
    }

    private static func pair<T>(_ first: T?, _ second: T?) -> (T, T)? {
        guard let first, let second else { return nil }
        return (first, second)
    }

    /// Sends requests whose outcome is not known again, under the same keys, until they have one.
    private func settle(
        _ memory: inout PaymentsMemory, _ template: PaymentTemplate, _ client: APIClient, expiryYear: Int
    ) async -> (resolved: Int, unresolved: Int) {
        let deadline = Deadline(seconds: Self.settleSeconds)
        var open = memory.takeDoubtful()
        var resolved = 0
        while let draft = open.popLast() {
            console.live.show("  asking again about \(open.count + 1) payments …")
            if await resolve(draft, template, client, expiryYear: expiryYear, &memory) {
                resolved += 1
            } else if deadline.isOver {
                return (resolved, open.count + 1)
            } else {
                open.append(draft)
                try? await Task.sleep(nanoseconds: Self.retryNanoseconds)
            }
        }
        return (resolved, 0)
    }

    private func resolve(
        _ draft: PaymentDraft, _ template: PaymentTemplate, _ client: APIClient, expiryYear: Int,
        _ memory: inout PaymentsMemory
    ) async -> Bool {
        let key = IdempotencyKeyText.text(draft.key, draft.keyTail)
        let form = template.form(draft, expiryYear: expiryYear)
        guard let answer = try? await client.post(PaymentTemplate.path, form, idempotencyKey: key),
            answer.status != 409, answer.status != 429, answer.status < 500
        else { return false }
        guard answer.isSuccess, let id = answer.body["id"]?.string.flatMap({ CompactID(Array($0.utf8)) }) else {
            return true
        }
        switch answer.body["status"]?.string {
        case StatusWord.succeeded.rawValue: memory.acknowledge(id, amount: draft.amount)
        case StatusWord.processing.rawValue: memory.promise(id, amount: draft.amount)
        default: break
        }
        return true
    }

    /// Reads all payments since `since` off the server and holds them against what was acknowledged.
    private func prove(
        _ memory: PaymentsMemory, _ client: APIClient, since: Int64, isAlone: Bool
    ) async throws -> PaymentsProof {
        var proof = PaymentsProof(memory, isAlone: isAlone)
        var cursor: CompactID?
        while true {
            var query: Form = ["limit": String(Limits.pageSizeMax), "created[gte]": String(since)]
            if let cursor { query.add("starting_after", cursor.text) }
            let page = try await client.getBytes(PaymentTemplate.path, query)
            guard page.status == 200 else {
                throw UnexpectedAnswer("GET \(PaymentTemplate.path) answered \(page.status)")
            }
            var last: CompactID?
            let hasMore = ObjectScanner.scan(page.body, depth: ObjectScanner.list) { object in
                proof.see(object)
                last = object.id
            }
            let done = Double(proof.proven) / Double(max(1, proof.acknowledged))
            console.live.show("proof", fraction: done, detail: NumberText.grouped(proof.proven))
            guard hasMore else { break }
            guard let last, last != cursor else { throw UnexpectedAnswer("The list of payments does not go on") }
            cursor = last
        }
        proof.endOfList()
        return proof
    }

    /// How much the balance has grown, as soon as it is what is expected, or when that has not come true in time.
    private func balance(_ client: APIClient, from before: Int64, expected: Int64) async throws -> Int64 {
        let deadline = Deadline(seconds: Self.settleSeconds / 4)
        while true {
            let grown = BalanceReading(try await client.mustGet("/v1/balance")).total("usd") - before
            if grown == expected || deadline.isOver { return grown }
            try? await Task.sleep(nanoseconds: Self.retryNanoseconds)
        }
    }

    private static func line(_ title: String, _ progress: LoadProgress, paint: Paint) -> String {
        let time = NumberText.fixed(Double(progress.elapsedNanoseconds) / 1_000_000_000, digits: 1)
        let errors = progress.failed == 0 ? "no errors" : paint.red("\(NumberText.grouped(progress.failed)) errors")
        let latency = NumberText.duration(nanoseconds: progress.p99Nanoseconds)
        return
            "  \(title)  \(time) s  \(paint.bold(NumberText.grouped(progress.rate) + "/s"))  p99 \(latency)  \(errors)"
    }
}

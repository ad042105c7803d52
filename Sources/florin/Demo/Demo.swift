internal import Core

/// What a demo did and what the books said afterwards.
struct DemoOutcome: Sendable {
    var tally: DemoTally
    var seconds: Double
    var trialBalance: TrialBalance
    var balance: BalanceReading
    var faults: [String]

    var isGood: Bool { faults.isEmpty && tally.unexpected.isEmpty && tally.sent > 0 }
}

/// Sends the stream of a demo and reads the books.
struct Demo: Sendable {
    /// How long the balance may take to follow the last answer.
    private static let settleSeconds = 20.0
    private static let pollNanoseconds: UInt64 = 100_000_000

    let client: APIClient
    let seed: UInt64
    let payments: Int
    let seconds: Double
    let connections: Int
    let console: Console

    func run() async throws -> DemoOutcome {
        let customers = try await makeCustomers()
        let watch = Stopwatch()
        let tally = try await send(customers: customers)
        let elapsed = watch.seconds
        let (trialBalance, balance, faults) = try await readBooks()
        client.close()
        return DemoOutcome(
            tally: tally, seconds: elapsed, trialBalance: trialBalance, balance: balance, faults: faults)
    }

    private func makeCustomers() async throws -> [String] {
        var customers: [String] = []
        for (index, name) in DemoPlan.customers.enumerated() {
            console.live.show("customers", fraction: Double(index) / Double(DemoPlan.customers.count), detail: name)
            let email = name.lowercased().split(separator: " ").joined(separator: ".") + "@example.com"
            let customer = try await client.mustPost("/v1/customers", ["name": name, "email": email])
            guard let id = customer["id"]?.string else { throw UnexpectedAnswer("POST /v1/customers gave no id") }
            customers.append(id)
        }
        return customers
    }

    // MARK: Payments

    private func send(customers: [String]) async throws -> DemoTally {
        let plan = DemoPlan(seed: seed)
        let deadline = seconds < 1e6 ? Deadline(seconds: seconds) : nil
        return try await withThrowingTaskGroup(of: DemoTally.self) { group in
            var total = DemoTally()
            var started = 0
            while started < min(connections, payments) {
                let payment = plan.next()
                group.addTask { await DemoPaymentRun(payment, customers: customers, client: client).run() }
                started += 1
            }
            for try await tally in group {
                total.add(tally)
                let detail =
                    "\(NumberText.grouped(total.sent))  taken \(total.takenCount)  declined \(total.declinedCount)"
                console.live.show("payments", fraction: Double(total.sent) / Double(payments), detail: detail)
                guard started < payments, deadline?.isOver != true else { continue }
                let payment = plan.next()
                group.addTask { await DemoPaymentRun(payment, customers: customers, client: client).run() }
                started += 1
            }
            return total
        }
    }

    // MARK: Books

    /// Reads all balance transactions and the balance, until they agree or time is up.
    private func readBooks() async throws -> (TrialBalance, BalanceReading, [String]) {
        let deadline = Deadline(seconds: Self.settleSeconds)
        while true {
            console.live.show("  reading the books …")
            var trialBalance = TrialBalance()
            try await client.forEach("/v1/balance_transactions", Form()) { trialBalance.add($0) }
            let balance = BalanceReading(try await client.mustGet("/v1/balance"))
            let faults = trialBalance.faults(balance)
            if faults.isEmpty || deadline.isOver { return (trialBalance, balance, faults) }
            try await Task.sleep(nanoseconds: Self.pollNanoseconds)
        }
    }
}

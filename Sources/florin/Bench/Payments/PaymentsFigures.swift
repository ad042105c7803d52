/// All that `florin bench payments` found out.
struct PaymentsFigures: Sendable {
    var connections: Int
    var warmupSeconds: Double
    var load: LoadRecord
    /// What the measured payments took of the server; nil where the server is not a process of the bench's own.
    var cost: PaymentCost?
    /// CPU time of the generator for each payment.
    var generatorCPUNanoseconds: Double?
    /// Resident memory of the server before the first payment and after the last.
    var memory: (start: UInt64, end: UInt64)?
    /// `GET /healthz` answers a second, with the same client.
    var healthRate: Double
    /// Small writes a second that the disk confirmed, one after the other.
    var diskRate: Double?
    var isFolderInMemory: Bool
    var proof: PaymentsProof
    /// How much the balance grew, and should have.
    var balance: (found: Int64, expected: Int64)
    /// Requests whose answer was lost, and which were sent again after the load.
    var resolved: Int
    var unresolved: Int

    var isProven: Bool {
        proof.wrongCount == 0 && unresolved == 0 && balance.found == balance.expected && proof.acknowledged > 0
    }
}

/// What one payment took, on average.
struct PaymentCost: Sendable, Hashable {
    var cpuNanoseconds: Double
    var writtenBytes: Double?
    var commits: Double?
    var changes: Double?
    var diskWaits: Double?

    /// Divides what was counted over the measured time by the payments in it.
    init(from start: ServerReading, to end: ServerReading, payments: Int) {
        let count = Double(max(1, payments))
        cpuNanoseconds = Double(end.process.cpuNanoseconds - start.process.cpuNanoseconds) / count
        if let before = start.process.writtenBytes, let after = end.process.writtenBytes {
            writtenBytes = Double(after - before) / count
        }
        if let before = start.stores, let after = end.stores {
            let difference = after - before
            commits = difference.commits / count
            changes = difference.changes / count
            diskWaits = difference.diskWaits / count
        }
    }
}

/// The counters of a server at one moment.
struct ServerReading: Sendable {
    var process: ProcessFigures
    var stores: StoreFigures?
}

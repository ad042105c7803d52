/// All that `florin bench payments` found out.
struct PaymentsFigures: Sendable {
    var connections: Int
    /// Servers that shared the load.
    var processes: Int
    /// Whether they worked on PostgreSQL.
    var isOnPostgres: Bool
    var warmupSeconds: Double
    var load: LoadRecord
    /// What the measured payments took of the server; nil where the server is not a process of the bench's own.
    var cost: PaymentCost?
    /// CPU time of the generator for each payment.
    var generatorCPUNanoseconds: Double?
    /// Resident memory of the servers before the first payment and after the last.
    var memory: (start: UInt64, end: UInt64)?
    /// `GET /healthz` answers a second, with the same client.
    var healthRate: Double
    /// Small writes a second that the disk confirmed, one after the other.
    var diskRate: Double?
    var isFolderInMemory: Bool
    /// Transactions like TPC-B a second on the same database server; nil without one, or without `pgbench`.
    var tpc: TPCRates?
    var proof: PaymentsProof
    /// How much the balance grew, and should have.
    var balance: (found: Int64, expected: Int64)
    /// Requests whose answer was lost, and which were sent again after the load.
    var resolved: Int
    var unresolved: Int

    /// Payments for each transaction like TPC-B.
    var tpcRatio: Double? { tpc.flatMap { $0.mean > 0 ? load.rate / $0.mean : nil } }

    var isProven: Bool {
        proof.wrongCount == 0 && unresolved == 0 && balance.found == balance.expected && proof.acknowledged > 0
    }
}

import Testing

@testable import florin

@Suite("Payments on a database server")
struct TPCBenchTests {
    @Test("the rate that pgbench tells, the time to connect left out")
    func rate() {
        let newer = """
            pgbench (15.10 (Debian 15.10-0+deb12u1))
            transaction type: <builtin: TPC-B (sort of)>
            scaling factor: 10
            number of transactions actually processed: 11456
            latency average = 6.981 ms
            initial connection time = 30.101 ms
            tps = 2291.903217 (without initial connection time)
            """
        #expect(TPCBench.rate(in: newer) == 2_291.903217)
        let older = """
            tps = 2,0 (nonsense)
            """
        #expect(TPCBench.rate(in: older) == nil)
        let both = """
            tps = 85.184871 (including connections establishing)
            tps = 85.296346 (excluding connections establishing)
            """
        #expect(TPCBench.rate(in: both) == 85.296346)
        #expect(TPCBench.rate(in: "pgbench: error: connection refused") == nil)
        #expect(TPCRates(before: 100, after: 300).mean == 200)
    }

    @Test("what a payment took of servers, card network and database")
    func cost() throws {
        func reading(_ factor: UInt64, cpu: UInt64?) -> ServerReading {
            let process = ProcessFigures(cpuNanoseconds: 100 * factor, writtenBytes: 40 * factor, residentBytes: 1)
            return ServerReading(
                servers: process, stores: StoreFigures(commits: 10 * Double(factor), changes: 0, checkpoints: 0),
                issuer: process, database: DatabaseReading(loggedBytes: 1_000 * factor, cpuNanoseconds: cpu))
        }
        let cost = PaymentCost(from: reading(1, cpu: 7), to: reading(3, cpu: 27), payments: 10)
        #expect(cost.cpuNanoseconds == 20 && cost.issuerCPUNanoseconds == 20 && cost.databaseCPUNanoseconds == 2)
        #expect(cost.writtenBytes == 8 && cost.loggedBytes == 200 && cost.commits == 2)
        // After a restart of the database server its counters begin anew.
        #expect(
            PaymentCost(from: reading(1, cpu: 7), to: reading(2, cpu: 3), payments: 1).databaseCPUNanoseconds == nil)
        #expect(
            PaymentCost(from: reading(1, cpu: nil), to: reading(2, cpu: 3), payments: 1).databaseCPUNanoseconds == nil)
    }
}

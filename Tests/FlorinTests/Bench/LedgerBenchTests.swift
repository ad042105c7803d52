import Testing

@testable import florin

@Suite("The ledger bench")
struct LedgerBenchTests {
    @Test("every way is measured, and every posting found again")
    func run() async throws {
        let folder = try TemporaryFolder(named: "test")
        defer { folder.remove() }
        let bench = LedgerBench(seconds: 0.05, inflight: 32, parent: folder.path, console: Console(isJSON: true))
        let outcome = try await bench.run()
        #expect(outcome.rows.count == 6)
        for row in outcome.rows {
            #expect(row.isProven, "\(row.name), \(row.spread)")
            #expect(row.transactions > 0)
            #expect(row.postings == row.transactions * 2)
        }
        #expect(outcome.rows.filter { $0.commits != nil }.count == 4)
    }
}

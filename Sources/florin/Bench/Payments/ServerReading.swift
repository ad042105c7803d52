internal import NIOCore

/// The counters of all that takes part in a payment, at one moment.
struct ServerReading: Sendable {
    /// The servers together.
    var servers: ProcessFigures
    var stores: StoreFigures?
    /// A card network that is a process of its own.
    var issuer: ProcessFigures?
    var database: DatabaseReading?

    /// Reads the counters of the command's own servers; nil where there are none.
    static func read(_ lease: ServerLease) async -> ServerReading? {
        guard let servers = ProcessFigures.sum(lease.processes.map(\.figures)) else { return nil }
        var stores: StoreFigures?
        for address in lease.addresses {
            let client = APIClient(address, key: lease.key, timeoutSeconds: 60)
            defer { client.close() }
            let answer = try? await client.getBytes("/metrics")
            let text = answer.flatMap { $0.status == 200 ? String(buffer: $0.body) : nil }
            guard let figures = text.flatMap({ StoreFigures(MetricsText($0)) }) else {
                stores = nil
                break
            }
            stores = stores.map { $0 + figures } ?? figures
        }
        return ServerReading(
            servers: servers, stores: stores, issuer: lease.cluster?.issuer.figures,
            database: await lease.cluster?.schema.reading())
    }
}

/// What one payment took, on average.
struct PaymentCost: Sendable, Hashable {
    var cpuNanoseconds: Double
    var issuerCPUNanoseconds: Double?
    var databaseCPUNanoseconds: Double?
    var writtenBytes: Double?
    /// Bytes in the write-ahead log of a PostgreSQL server.
    var loggedBytes: Double?
    var commits: Double?
    var changes: Double?
    var diskWaits: Double?

    /// Divides what was counted over the measured time by the payments in it.
    init(from start: ServerReading, to end: ServerReading, payments: Int) {
        func share(_ before: UInt64?, _ after: UInt64?) -> Double? {
            guard let before, let after, after >= before else { return nil }
            return Double(after - before) / Double(max(1, payments))
        }
        cpuNanoseconds = share(start.servers.cpuNanoseconds, end.servers.cpuNanoseconds) ?? 0
        issuerCPUNanoseconds = share(start.issuer?.cpuNanoseconds, end.issuer?.cpuNanoseconds)
        databaseCPUNanoseconds = share(start.database?.cpuNanoseconds, end.database?.cpuNanoseconds)
        writtenBytes = share(start.servers.writtenBytes, end.servers.writtenBytes)
        loggedBytes = share(start.database?.loggedBytes, end.database?.loggedBytes)
        if let before = start.stores, let after = end.stores {
            let difference = after - before
            let count = Double(max(1, payments))
            commits = difference.commits / count
            changes = difference.changes / count
            diskWaits = difference.diskWaits / count
        }
    }
}

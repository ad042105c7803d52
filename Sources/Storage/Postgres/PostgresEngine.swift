import Core
import Synchronization

/// PostgreSQL, or an engine that speaks its protocol, for one or many Florin processes.
final class PostgresEngine: Engine {
    private let committers: [PostgresCommitter]
    private let readers: PostgresReaders
    /// One connection for leases and the monitor, which must not wait behind a report.
    private let watch: PostgresReaders
    private let health: PostgresHealth
    private let monitor: Task<Void, Never>

    /// The first writes what belongs to the installation (merchant 0); the others share the merchants.
    private static let committersMax = 3

    static func open(
        _ address: PostgresAddress, _ configuration: StoreConfiguration, schema: Schema, environment: Environment,
        counters: StoreCounters, listener: EventListener
    ) async throws(StoreError) -> PostgresEngine {
        do {
            // A step of the schema may take longer than a payment's statement may.
            let connection = try await PostgresConnection.open(address, session: ["SET statement_timeout = 0"])
            try await check(connection)
            if !configuration.isForImport { try await ImportRecord.refuseUnfinished(connection, address) }
            try await PostgresMigrator(address: address, schema: schema, environment: environment).migrate(connection)
        } catch let error as StoreError {
            throw error
        } catch let failure as PostgresFailure {
            throw failure.endsConnection || failure.state == "53300"
                ? .unreachable(server: address.description, detail: failure.sentence)
                : .unsuitable(server: address.description, detail: failure.sentence)
        } catch {
            throw .unsuitable(server: address.description, detail: "\(error)")
        }
        return PostgresEngine(address, configuration, schema, environment, counters, listener)
    }

    private static func check(_ connection: PostgresConnection) async throws {
        let encoding = try await connection.run([PostgresStatement("SHOW server_encoding", isPrepared: false)])
        guard encoding[0].rows.first?.first == .text("UTF8") else {
            throw PostgresFailure(state: "22021", message: "its encoding is not UTF8")
        }
    }

    private init(
        _ address: PostgresAddress, _ configuration: StoreConfiguration, _ schema: Schema, _ environment: Environment,
        _ counters: StoreCounters, _ listener: EventListener
    ) {
        let health = PostgresHealth(environment)
        self.health = health
        readers = PostgresReaders(address, count: configuration.readers, health: health)
        watch = PostgresReaders(address, count: 1, health: health)
        let locksMerchants = schema.tables.contains(EventHead.table)
        committers = (0..<(locksMerchants ? Self.committersMax : 1)).map { number in
            PostgresCommitter(
                number: Int64(number), address: address,
                queue: CommitQueue(queueMax: configuration.queueMax, batchMax: configuration.batchMax),
                locksMerchants: locksMerchants, environment: environment, statistics: counters, listener: listener,
                health: health)
        }
        let (watch, committers) = (watch, committers)
        // Finds out that the database is gone, and that it is back, when nobody asks for anything.
        monitor = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                guard !Task.isCancelled else { return }
                guard (try? await watch.read { try await $0.sharedTime() }) != nil, health.trouble != nil else {
                    continue
                }
                // The one whose connection is missing may have nothing to commit until somebody sends requests again.
                var areWell = true
                for committer in committers {
                    do { _ = try await committer.commit(Change()) } catch { areWell = false }
                }
                if areWell { health.reached() }
            }
        }
    }

    func commit(_ change: Change) async throws(CommitError) -> Receipt {
        // What one committer found out holds for all.
        if let detail = health.end { throw .unavailable(detail) }
        return try await committer(for: change.merchants.first ?? 0).commit(change)
    }

    private func committer(for merchant: Int64) -> PostgresCommitter {
        guard merchant != 0, committers.count > 1 else { return committers[0] }
        return committers[1 + Int(merchant.magnitude % UInt64(committers.count - 1))]
    }

    /// A commit of its own, which waits for the standbys: all that was visible before it is as durable as it is.
    func confirm() async throws(CommitError) { _ = try await commit(Change()) }

    func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        try await readers.read(body)
    }

    func readAtOnce<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T {
        try await watch.read(body)
    }

    var isExclusive: Bool { false }

    var trouble: String? { health.trouble }

    func close() async {
        monitor.cancel()
        for committer in committers { await committer.close() }
        readers.close()
        watch.close()
    }
}

import Core
import Ledger
import Synchronization

/// Group commit on PostgreSQL: one round trip locks and reads what a batch needs, Swift decides which Changes stand,
/// and one round trip writes them and commits.
///
/// Several committers and several nodes may write at once. What keeps them apart is the database: a batch locks the
/// `event_head` rows of its merchants, so one batch at a time writes anything of a merchant's. A COMMIT without an
/// answer is in doubt, and the batch's row in `group_commit` tells what came of it; it is never done again blindly.
actor PostgresCommitter {
    private let number: Int64
    private let address: PostgresAddress
    private let changes: CommitQueue
    private let locksMerchants: Bool
    private let environment: Environment
    private let statistics: StoreCounters
    private let listener: EventListener
    private let health: PostgresHealth
    private var connection: PostgresConnection?
    private var texts = PostgresTexts()
    private var forgotAt: Timestamp?

    init(
        number: Int64, address: PostgresAddress, queue: CommitQueue, locksMerchants: Bool, environment: Environment,
        statistics: StoreCounters, listener: EventListener, health: PostgresHealth
    ) {
        self.number = number
        self.address = address
        changes = queue
        self.locksMerchants = locksMerchants
        self.environment = environment
        self.statistics = statistics
        self.listener = listener
        self.health = health
    }

    nonisolated func commit(_ change: Change) async throws(CommitError) -> Receipt {
        try await changes.commit(change) { Task { await self.drain() } }
    }

    /// Refuses new Changes, and returns when those that wait are answered.
    func close() async {
        await changes.close()
        connection = nil
    }

    private func drain() async {
        while true {
            let batch = changes.take()
            guard !batch.isEmpty else { return }
            let started = Environment.monotonicNanoseconds()
            let results = await write(batch.map(\.change))
            statistics.committed(changes: batch.count, nanoseconds: Environment.monotonicNanoseconds() - started)
            for (item, result) in zip(batch, results) { item.answer(result) }
            if batch.contains(where: { !$0.change.events.isEmpty }) { listener.call() }
            await forgetOldRecords()
        }
    }

    // MARK: A batch

    /// How often a batch is tried: locks that crossed, and a connection that was found broken before its COMMIT.
    private static let triesMax = 5

    private func write(_ changes: [Change]) async -> [Result<Receipt, CommitError>] {
        var tries = 0
        while true {
            tries += 1
            do throws(PostgresFailure) {
                return try await attempt(changes)
            } catch {
                // A second connection was no better: what was not begun need not wait for a third.
                if tries > 1, error.endsConnection { self.changes.turnAway(.unavailable(error.publicSentence)) }
                if tries < Self.triesMax, error.invitesRetry || error.endsConnection {
                    await pause(tries)
                    continue
                }
                // One of them may be at fault; none of them happened.
                if changes.count > 1, !error.endsConnection {
                    var results: [Result<Receipt, CommitError>] = []
                    for change in changes { results += await write([change]) }
                    return results
                }
                return changes.map { .failure(commitError(error, $0)) }
            }
        }
    }

    private func commitError(_ failure: PostgresFailure, _ change: Change) -> CommitError {
        if failure.isDuplicateKey, let requirement = change.requires.first { return .conflict(requirement) }
        return .unavailable(failure.publicSentence)
    }

    /// Up to 2, 4, 8 … milliseconds.
    private func pause(_ tries: Int) async {
        let most = UInt64(1_000_000) << UInt64(tries)
        try? await Task.sleep(for: .nanoseconds(Int64(environment.randomWord() % most)))
    }

    /// Does a batch once. A failure that is thrown means that nothing of it happened.
    private func attempt(_ changes: [Change]) async throws(PostgresFailure) -> [Result<Receipt, CommitError>] {
        let connection = try await connected()
        var batch = PostgresBatch(changes, locksMerchants: locksMerchants)
        let results: [Result<Receipt, CommitError>]
        do throws(PostgresFailure) {
            let answers = try await connection.run([Self.begin] + batch.loading(&texts))
            let missing = try batch.load(answers.dropFirst())
            if !missing.isEmpty {
                try await register(missing, connection)
                return try await attempt(changes)
            }
            results = batch.decide(environment)
        } catch {
            giveUp(connection, after: error)
            throw error
        }
        let record = GroupCommitRecord(
            committer: number, id: IdentifierText.make(prefix: "gc", time: environment.now(), environment),
            createdAt: environment.now())
        do throws(PostgresFailure) {
            _ = try await connection.run(batch.writing(record, &texts) + [Self.commit], isReadWrite: true)
        } catch {
            giveUp(connection, after: error)
            guard error.endsConnection || error == .standbyWaitCut else { throw error }
            switch await settle(record) {
            case .happened: break
            case .never: throw error
            case .unknown(let detail):
                return results.map { result in result.flatMap { _ in .failure(.unknown(detail)) } }
            }
        }
        health.acknowledged(record)
        return results
    }

    private static let begin = PostgresStatement("BEGIN ISOLATION LEVEL READ COMMITTED")
    private static let commit = PostgresStatement("COMMIT")
    private static let rollback = PostgresStatement("ROLLBACK")

    private func giveUp(_ connection: PostgresConnection, after failure: PostgresFailure) {
        if failure.endsConnection || failure == .standbyWaitCut {
            self.connection = nil
        } else {
            connection.post([Self.rollback])
        }
    }

    /// Makes the rows that later batches lock; done once for each merchant.
    private func register(_ merchants: [Int64], _ connection: PostgresConnection) async throws(PostgresFailure) {
        let rows = merchants.map { [SQLValue.integer($0), .integer(0)] }
        _ = try await connection.run([
            Self.rollback,
            PostgresStatement(
                texts.text(.insertUnlessThere, EventHead.table), EventHead.table.columns, rows: rows),
        ])
    }

    // MARK: In doubt

    private enum Settlement {
        case happened
        case never
        case unknown(String)
    }

    /// How long the outcome of an unanswered COMMIT is asked for, in milliseconds; a failover is over by then.
    private static let settleMs: UInt64 = 45_000

    /// Finds out what became of a batch whose COMMIT was not answered, and makes sure that it stays so.
    private func settle(_ record: GroupCommitRecord) async -> Settlement {
        let deadline = Environment.monotonicNanoseconds() + Self.settleMs * 1_000_000
        let question = PostgresStatement(
            GroupCommitRecord.settle,
            [.integer(number), .text(record.id), .integer(record.createdAt.milliseconds)])
        var detail = ""
        while Environment.monotonicNanoseconds() < deadline, health.end == nil {
            do throws(PostgresFailure) {
                let connection = try await connected()
                do throws(PostgresFailure) {
                    let answers = try await connection.run([question], isReadWrite: true)
                    return answers[0].rows.first?.first == .integer(0) ? .happened : .never
                } catch {
                    giveUp(connection, after: error)
                    throw error
                }
            } catch {
                detail = error.publicSentence
                // What was not begun need not wait for the outcome of what was.
                changes.turnAway(.unavailable(detail))
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        return .unknown("the database did not answer while committing: \(detail)")
    }

    // MARK: The connection

    private func connected() async throws(PostgresFailure) -> PostgresConnection {
        if let detail = health.end { throw PostgresFailure(state: PostgresFailure.changed, message: detail) }
        if let connection { return connection }
        do throws(PostgresFailure) {
            let fresh = try await PostgresConnection.open(address, session: PostgresSession.writing)
            try await health.recognise(fresh)
            connection = fresh
            health.reached()
            return fresh
        } catch {
            health.failed(error)
            throw error
        }
    }

    /// Every ten minutes, forgets outcomes that nobody asks for any more.
    private func forgetOldRecords() async {
        let now = environment.now()
        guard let connection, now.milliseconds - (forgotAt?.milliseconds ?? 0) > 600_000 else { return }
        forgotAt = now
        let bound = IdentifierText.lowerBound(prefix: "gc", time: now.adding(milliseconds: -GroupCommitRecord.keptMs))
        connection.post([PostgresStatement(GroupCommitRecord.forget, [.integer(number), .text(bound)])])
    }
}

/// What is set for a session when it begins.
enum PostgresSession {
    /// Plans that stay right while tables grow: every statement of a batch finds its rows by key. And a commit waits
    /// for the disk, even where the server's default is not to.
    static let writing = [
        "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        // A process that stands still between its two round trips holds the rows of its merchants: not for longer.
        "SET idle_in_transaction_session_timeout = 5000",
    ]
}

/// Whether the database can be reached, as its users found it last.
final class PostgresHealth: Sendable {
    private struct State {
        var trouble: String?
        /// Stays until a restart.
        var isFinal = false
        /// The last commit of each committer that was acknowledged.
        var acknowledged: [Int64: GroupCommitRecord] = [:]
    }

    private let environment: Environment

    init(_ environment: Environment) { self.environment = environment }

    private let state = Mutex(State())

    var trouble: String? { state.withLock { $0.trouble } }

    /// Commits that the database has lost: nothing is written to it or read from it until a restart.
    var end: String? { state.withLock { $0.isFinal ? $0.trouble : nil } }

    func reached() { state.withLock { if !$0.isFinal { $0.trouble = nil } } }

    func failed(_ failure: PostgresFailure) { state.withLock { if !$0.isFinal { $0.trouble = failure.sentence } } }

    func acknowledged(_ record: GroupCommitRecord) { state.withLock { $0.acknowledged[record.committer] = record } }

    /// Makes sure that the database behind a new connection knows what it acknowledged: a standby that was promoted
    /// with old data does not.
    func recognise(_ connection: PostgresConnection) async throws(PostgresFailure) {
        // Another connection may have found it out while this one was made.
        if let end { throw PostgresFailure(state: PostgresFailure.changed, message: end) }
        let oldest = environment.now().milliseconds - GroupCommitRecord.expectedMs
        let records = state.withLock { $0.acknowledged.values.filter { $0.createdAt.milliseconds > oldest } }
        guard !records.isEmpty else { return }
        let found = try await connection.run(
            records.map { PostgresStatement(GroupCommitRecord.exists, [.integer($0.committer), .text($0.id)]) })
        guard let missing = zip(records, found).first(where: { $1.rows.isEmpty })?.0 else { return }
        let detail =
            "the database has lost commits that it acknowledged (\(missing.id) is missing): a standby with old data "
            + "was promoted, or a backup restored. Florin takes nothing more until it is restarted"
        state.withLock { state in
            state.trouble = detail
            state.isFinal = true
        }
        throw PostgresFailure(state: PostgresFailure.changed, message: detail)
    }
}

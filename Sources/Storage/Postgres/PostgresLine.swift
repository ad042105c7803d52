import CLibpq
import Core
import Glibc

/// A connection as the loop's thread drives it: libpq in pipeline mode, jobs in their order.
///
/// Touched on the loop's thread only.
final class PostgresLine {
    /// Some statements that are sent together and end with one synchronisation point.
    struct Job {
        let statements: [PostgresStatement]
        let deadline: UInt64
        let isReadWrite: Bool
        let finish: (Result<[PostgresRows], PostgresFailure>) -> Void
        var results: [PostgresRows] = []
        var failure: PostgresFailure?
    }

    /// What libpq will give next.
    private enum Slot {
        case preparation(sql: String)
        case statement
        case synchronisation
    }

    private let connection: OpaquePointer
    private let loop: PostgresLoop
    private var jobs: [Job] = []
    private var slots: [Slot] = []
    private var nextSlot = 0
    private var prepared: [String: String] = [:]
    private var preparedCount = 0
    private var mustFlush = false
    private var isBroken = false
    /// Set by a warning of class 01 without a code of its own: a wait for a standby was cut off (section 27.2.8).
    private var hasWarning = false

    /// Statements kept prepared; beyond them each is sent whole.
    private static let preparedMax = 512

    init(_ connection: OpaquePointer, on loop: PostgresLoop) {
        self.connection = connection
        self.loop = loop
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { return }
                let line = Unmanaged<PostgresLine>.fromOpaque(context).takeUnretainedValue()
                if String(cString: state) == "01000" { line.hasWarning = true }
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { PQfinish(connection) }

    var descriptor: Int32 { PQsocket(connection) }

    var interest: Int16 { Int16(POLLIN) | (mustFlush ? Int16(POLLOUT) : 0) }

    /// When the oldest job must have been answered.
    var deadline: UInt64? { jobs.first?.deadline }

    // MARK: Sending

    func submit(_ job: Job) {
        guard !isBroken else {
            job.finish(.failure(PostgresFailure(state: PostgresFailure.lost, message: "the connection is closed")))
            return
        }
        jobs.append(job)
        for statement in job.statements {
            guard send(statement) else { return abandon(PostgresFailure(connection: connection)) }
        }
        guard PQpipelineSync(connection) == 1 else { return abandon(PostgresFailure(connection: connection)) }
        slots.append(.synchronisation)
        flush()
    }

    private func send(_ statement: PostgresStatement) -> Bool {
        var name = ""
        if let known = prepared[statement.sql] {
            name = known
        } else if statement.isPrepared, prepared.count < Self.preparedMax {
            preparedCount += 1
            name = "s\(preparedCount)"
            prepared[statement.sql] = name
            slots.append(.preparation(sql: statement.sql))
            let isSent = statement.types.withUnsafeBufferPointer {
                PQsendPrepare(connection, name, statement.sql, Int32($0.count), $0.baseAddress)
            }
            guard isSent == 1 else { return false }
        }
        slots.append(.statement)
        return statement.withPointers { count, values, lengths, formats in
            if name.isEmpty {
                return statement.types.withUnsafeBufferPointer {
                    PQsendQueryParams(
                        connection, statement.sql, count, $0.baseAddress, values, lengths, formats, 1)
                }
            }
            return PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
        } == 1
    }

    private func flush() {
        switch PQflush(connection) {
        case 0: mustFlush = false
        case 1: mustFlush = true
        default: abandon(PostgresFailure(connection: connection))
        }
    }

    // MARK: Receiving

    func ready(_ events: Int16) {
        if events & Int16(POLLOUT) != 0 { flush() }
        guard !isBroken, events & ~Int16(POLLOUT) != 0 else { return }
        let isAlive = PQconsumeInput(connection) == 1
        if isAlive, mustFlush { flush() }
        takeResults()
        if !isBroken, !isAlive || PQstatus(connection) == CONNECTION_BAD {
            abandon(jobs.first?.failure ?? PostgresFailure(connection: connection))
        }
    }

    private func takeResults() {
        while !isBroken, !jobs.isEmpty, PQisBusy(connection) == 0 {
            guard let result = PQgetResult(connection) else {
                // The end of one statement's results; without one, the connection broke.
                guard nextSlot < slots.count, PQstatus(connection) != CONNECTION_BAD else { return }
                nextSlot += 1
                continue
            }
            defer { PQclear(result) }
            take(result)
        }
    }

    private func take(_ result: OpaquePointer) {
        let slot = nextSlot < slots.count ? slots[nextSlot] : .synchronisation
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC:
            slots.removeFirst(min(nextSlot + 1, slots.count))
            nextSlot = 0
            let job = jobs.removeFirst()
            if let failure = job.failure { job.finish(.failure(failure)) } else { job.finish(.success(job.results)) }
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
            guard case .statement = slot else { return }
            do throws(PostgresFailure) {
                jobs[0].results.append(try PostgresRows(result))
            } catch {
                jobs[0].failure = jobs[0].failure ?? error
            }
        case PGRES_PIPELINE_ABORTED: forget(slot)
        default:
            forget(slot)
            jobs[0].failure = jobs[0].failure ?? PostgresFailure(result: result)
        }
        if hasWarning {
            hasWarning = false
            if jobs.first?.isReadWrite == true { jobs[0].failure = jobs[0].failure ?? PostgresFailure.standbyWaitCut }
        }
    }

    private func forget(_ slot: Slot) {
        if case .preparation(let sql) = slot { prepared[sql] = nil }
    }

    // MARK: Ending

    /// The oldest job was not answered in time: the server is gone, or stands still.
    func expire() {
        abandon(PostgresFailure(state: PostgresFailure.lost, message: "the database server does not answer"))
    }

    /// On the loop's thread: closes the connection.
    func close() {
        abandon(PostgresFailure(state: PostgresFailure.lost, message: "the connection was closed"))
    }

    private func abandon(_ failure: PostgresFailure) {
        guard !isBroken else { return }
        isBroken = true
        loop.remove(self)
        let failed = jobs
        jobs = []
        for job in failed {
            job.finish(
                .failure(
                    failure.endsConnection
                        ? failure : PostgresFailure(state: PostgresFailure.lost, message: failure.message)))
        }
    }
}

extension PostgresFailure {
    /// The server committed, and did not wait for a standby (01000): what happened is in doubt.
    static let standbyWaitCut = PostgresFailure(state: "01000", message: "a wait for a standby was cut off")
}

extension PostgresStatement {
    /// Hands the arguments to `body` as libpq takes them: their number, addresses, lengths and formats.
    fileprivate func withPointers<R>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        bytes.withUnsafeBytes { buffer in
            var values: [UnsafePointer<CChar>?] = []
            var lengths: [Int32] = []
            values.reserveCapacity(ends.count)
            lengths.reserveCapacity(ends.count)
            var start = 0
            for end in ends {
                guard let end else {
                    values.append(nil)
                    lengths.append(0)
                    continue
                }
                let address = buffer.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
                // An argument without bytes is not null: it needs some address.
                values.append(address ?? UnsafePointer(emptyArgument))
                lengths.append(Int32(end - start))
                start = end
            }
            let formats = [Int32](repeating: 1, count: ends.count)
            return body(Int32(ends.count), values, lengths, formats)
        }
    }
}

/// A valid address for arguments without bytes.
nonisolated(unsafe) private let emptyArgument = UnsafeMutablePointer<CChar>.allocate(capacity: 1)

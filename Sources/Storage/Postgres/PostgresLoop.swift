import Core
import Glibc
import Synchronization

/// The one thread that talks to PostgreSQL: it waits for all connections at once, and for work that others give it.
final class PostgresLoop: Sendable {
    static let shared = PostgresLoop()

    /// In a struct: a bare closure in a generic container gains a wrapper each time it is read.
    private struct Work: Sendable {
        let body: @Sendable () -> Void
    }

    private let work = Mutex<[Work]>([])
    /// A pipe that wakes the thread: what is written at one end ends its wait at the other.
    private let bell: (listening: Int32, ringing: Int32)
    /// Touched on the loop's thread only.
    nonisolated(unsafe) private var lines: [PostgresLine] = []

    private init() {
        var ends: [Int32] = [0, 0]
        invariant(pipe(&ends) == 0, "The kernel gives a pipe")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        bell = (ends[0], ends[1])
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<PostgresLoop>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, context)
        invariant(code == 0, "The kernel gives a thread")
        pthread_detach(thread)
    }

    /// Runs `body` on the loop's thread, after what was given before.
    func execute(_ body: @escaping @Sendable () -> Void) {
        let isFirst = work.withLock { work in
            work.append(Work(body: body))
            return work.count == 1
        }
        guard isFirst else { return }
        var byte: UInt8 = 1
        Glibc.write(bell.ringing, &byte, 1)
    }

    /// On the loop's thread: watches a connection from now on.
    func add(_ line: PostgresLine) { lines.append(line) }

    /// On the loop's thread: forgets a connection.
    func remove(_ line: PostgresLine) { lines.removeAll { $0 === line } }

    private func run() {
        while true {
            var waits = [pollfd(fd: bell.listening, events: Int16(POLLIN), revents: 0)]
            let watched = lines
            for line in watched { waits.append(pollfd(fd: line.descriptor, events: line.interest, revents: 0)) }
            poll(&waits, nfds_t(waits.count), timeout(watched))
            if waits[0].revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 64)
                Glibc.read(bell.listening, &bytes, bytes.count)
            }
            for (line, wait) in zip(watched, waits.dropFirst()) where wait.revents != 0 { line.ready(wait.revents) }
            let given = work.withLock { work in
                defer { work = [] }
                return work
            }
            for item in given { item.body() }
            let now = Environment.monotonicNanoseconds()
            for line in lines where line.deadline.map({ $0 <= now }) ?? false { line.expire() }
        }
    }

    /// Milliseconds until the first deadline; -1 when there is none.
    private func timeout(_ lines: [PostgresLine]) -> Int32 {
        guard let first = lines.compactMap(\.deadline).min() else { return -1 }
        let now = Environment.monotonicNanoseconds()
        return first <= now ? 0 : Int32(min((first - now) / 1_000_000 + 1, 60_000))
    }
}

import Synchronization

/// What a store stands on: SQLite in a folder, or PostgreSQL.
protocol Engine: Sendable {
    func commit(_ change: Change) async throws(CommitError) -> Receipt
    func confirm() async throws(CommitError)
    func read<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T
    func readAtOnce<T: Sendable>(_ body: @escaping @Sendable (Reader) async throws -> T) async throws -> T
    /// Whether no other process can use the database.
    var isExclusive: Bool { get }
    var trouble: String? { get }
    func close() async
}

/// Who is told of new events.
final class EventListener: Sendable {
    /// In a struct: a bare closure in a generic container gains a wrapper each time it is read.
    private struct State {
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func use(_ handler: @escaping @Sendable () -> Void) { state.withLock { $0.handler = handler } }

    func call() { state.withLock { $0 }.handler?() }
}

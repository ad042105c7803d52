import Synchronization

/// What a store did since it was opened.
public struct StoreStatistics: Sendable, Hashable {
    /// Group commits, each of which waited for the disk once.
    public var commits: Int
    /// Changes in them, refused ones included.
    public var changes: Int
    /// Time spent in group commits.
    public var commitNanoseconds: Int
    public var checkpoints: Int
}

/// Counters behind ``StoreStatistics``.
final class StoreCounters: Sendable {
    private let commits = Atomic<Int>(0)
    private let changes = Atomic<Int>(0)
    private let nanoseconds = Atomic<Int>(0)
    private let checkpoints = Atomic<Int>(0)

    func committed(changes count: Int, nanoseconds duration: UInt64) {
        commits.add(1, ordering: .relaxed)
        changes.add(count, ordering: .relaxed)
        nanoseconds.add(Int(duration), ordering: .relaxed)
    }

    func checkpointed() { checkpoints.add(1, ordering: .relaxed) }

    var snapshot: StoreStatistics {
        StoreStatistics(
            commits: commits.load(ordering: .relaxed), changes: changes.load(ordering: .relaxed),
            commitNanoseconds: nanoseconds.load(ordering: .relaxed), checkpoints: checkpoints.load(ordering: .relaxed))
    }
}

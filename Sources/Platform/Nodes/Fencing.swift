import Core
import Storage

/// The lease that the current task works under: every Change that it commits holds only while the lease does.
enum Fencing {
    @TaskLocal static var requirement: Requirement?

    /// Does work under a lease.
    static func under<T: Sendable>(
        _ fence: Fence, _ work: @Sendable () async throws -> T
    ) async rethrows -> T {
        try await $requirement.withValue(fence.requirement, operation: work)
    }
}

/// The right to a duty at this moment.
struct Fence: Sendable {
    /// Nil where no other process can have the duty: the installation is embedded.
    let requirement: Requirement?
}

/// Another process has taken over the duty that a task worked under; nothing of its Change happened.
struct LeaseLost: Error {}

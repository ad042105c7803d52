import Glibc
import Synchronization

/// The kernel's random bytes, fetched a page at a time: a payment draws some twenty identifiers, and a system call for
/// each word of them is felt.
///
/// What was handed out is wiped, so memory that leaks later tells nothing of secrets drawn before.
final class RandomPool: Sendable {
    private static let size = 4_096

    private struct Pool {
        var bytes = [UInt8](repeating: 0, count: RandomPool.size)
        var used = RandomPool.size
    }

    private let pool = Mutex(Pool())

    func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard target.count <= Self.size else { return Self.fetch(target) }
        pool.withLock { pool in
            if pool.used + target.count > Self.size {
                pool.bytes.withUnsafeMutableBytes { Self.fetch($0) }
                pool.used = 0
            }
            for offset in target.indices {
                target[offset] = pool.bytes[pool.used + offset]
                pool.bytes[pool.used + offset] = 0
            }
            pool.used += target.count
        }
    }

    /// What getentropy(3) gives at a time.
    private static let entropyMax = 256

    private static func fetch(_ target: UnsafeMutableRawBufferPointer) {
        var offset = 0
        while offset < target.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: target[offset...].prefix(entropyMax))
            guard let start = part.baseAddress, getentropy(start, part.count) == 0 else {
                preconditionFailure("The kernel gives no random bytes: getentropy failed with \(errno)")
            }
            offset += part.count
        }
    }
}

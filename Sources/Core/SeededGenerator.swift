import Synchronization

/// SplitMix64 behind a lock: repeatable randomness that several tasks may share.
///
/// Not for secrets. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
public final class SeededGenerator: Sendable {
    private let state: Mutex<UInt64>

    public init(seed: UInt64) { state = Mutex(seed) }

    /// The next 64 pseudorandom bits.
    public func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// A number in `0..<bound`. `bound` must be positive.
    public func below(_ bound: Int) -> Int {
        precondition(bound > 0, "SeededGenerator.below needs a positive bound")
        return Int(next() % UInt64(bound))
    }

    /// Fills a buffer with pseudorandom bytes.
    public func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: next() >> 32) }
    }
}

import Glibc

/// Everything that is not a function of its input: the clock and randomness.
///
/// Production uses ``live``; tests and simulations pass their own, so a run is repeatable from a seed.
/// No other code in Florin reads a clock or draws a random byte.
public struct Environment: Sendable {
    /// The wall clock.
    public var now: @Sendable () -> Timestamp
    /// Fills a buffer with unpredictable bytes.
    public var fillRandom: @Sendable (UnsafeMutableRawBufferPointer) -> Void

    public init(
        now: @escaping @Sendable () -> Timestamp,
        fillRandom: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void
    ) {
        self.now = now
        self.fillRandom = fillRandom
    }

    /// The machine's clock and the kernel's random generator.
    public static let live = Environment(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
        },
        fillRandom: { buffer in randomness.fill(buffer) })

    private static let randomness = RandomPool()

    /// A repeatable environment: a clock that stands at `now`, and bytes from a seeded generator.
    public static func fixed(now: Timestamp, seed: UInt64) -> Environment {
        let generator = SeededGenerator(seed: seed)
        return Environment(now: { now }, fillRandom: { generator.fill($0) })
    }

    /// `count` unpredictable bytes.
    public func randomBytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            fillRandom(UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// A uniformly drawn 64-bit word.
    public func randomWord() -> UInt64 {
        var word: UInt64 = 0
        withUnsafeMutableBytes(of: &word) { fillRandom($0) }
        return word
    }

    /// Nanoseconds of a clock that never goes back, for measuring durations only.
    public static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

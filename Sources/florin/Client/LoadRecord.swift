internal import Core
internal import Histogram

/// The figures of a load: how many answers, how fast, what went wrong.
struct LoadRecord: Sendable {
    /// Longest answer that is told apart, in nanoseconds.
    static let durationMax: UInt64 = 120_000_000_000
    /// Kinds of error that are counted apart; further ones are counted together.
    static let errorKindsMax = 64

    private(set) var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1_000, highestTrackableValue: LoadRecord.durationMax,
        numberOfSignificantValueDigits: .three)
    /// Good answers in each second since the start.
    private(set) var perSecond: [Int] = []
    private(set) var completed = 0
    private(set) var errors: [String: Int] = [:]
    let startedAt: UInt64
    /// When the last answer came.
    private(set) var endedAt: UInt64

    init(startedAt: UInt64) {
        self.startedAt = startedAt
        endedAt = startedAt
        perSecond.reserveCapacity(4_096)
    }

    /// Counts an answer that was hoped for.
    mutating func succeeded(from start: UInt64, to end: UInt64) {
        completed += 1
        endedAt = max(endedAt, end)
        histogram.record(min(end - start, Self.durationMax))
        let second = Int((end - startedAt) / 1_000_000_000)
        while perSecond.count <= second { perSecond.append(0) }
        perSecond[second] += 1
    }

    /// Counts an error.
    mutating func failed(_ kind: String, at time: UInt64) {
        endedAt = max(endedAt, time)
        let isKnown = errors[kind] != nil || errors.count < Self.errorKindsMax
        errors[isKnown ? kind : "other", default: 0] += 1
    }

    var failed: Int { errors.values.reduce(0, +) }

    var elapsedNanoseconds: UInt64 { endedAt - startedAt }

    /// Good answers per second over the whole time.
    var rate: Double {
        elapsedNanoseconds > 0 ? Double(completed) / (Double(elapsedNanoseconds) / 1_000_000_000) : 0
    }

    /// Good answers of each whole second; the last one that was not whole is left out.
    var curve: [Double] {
        let whole = Int(elapsedNanoseconds / 1_000_000_000)
        return perSecond.prefix(max(1, whole)).map(Double.init)
    }

    /// How long answers took.
    var latency: LatencySummary { LatencySummary(histogram) }

    func progress(at now: UInt64) -> LoadProgress {
        let elapsed = now - startedAt
        let second = Int(elapsed / 1_000_000_000)
        // In the first second there is no whole one yet.
        let first = elapsed > 0 ? Int(UInt64(completed) * 1_000_000_000 / elapsed) : 0
        let rate = second == 0 ? first : second <= perSecond.count ? perSecond[second - 1] : 0
        return LoadProgress(
            elapsedNanoseconds: elapsed, rate: rate, p99Nanoseconds: histogram.valueAtPercentile(99),
            completed: completed, failed: failed)
    }
}

/// Points of a distribution of durations, in nanoseconds.
struct LatencySummary: Hashable, Sendable {
    let p50: UInt64
    let p90: UInt64
    let p99: UInt64
    let p999: UInt64
    let max: UInt64

    init(_ histogram: Histogram<UInt64>) {
        p50 = histogram.valueAtPercentile(50)
        p90 = histogram.valueAtPercentile(90)
        p99 = histogram.valueAtPercentile(99)
        p999 = histogram.valueAtPercentile(99.9)
        max = histogram.totalCount > 0 ? histogram.max : 0
    }

    /// Names and values, for a table.
    var points: [(name: String, nanoseconds: UInt64)] {
        [("p50", p50), ("p90", p90), ("p99", p99), ("p99.9", p999), ("max", max)]
    }

    func encode(_ key: StaticString, into json: inout JSONWriter) {
        json.object(key) { json in
            json.field("p50_ms", decimal: Double(p50) / 1_000_000, digits: 3)
            json.field("p90_ms", decimal: Double(p90) / 1_000_000, digits: 3)
            json.field("p99_ms", decimal: Double(p99) / 1_000_000, digits: 3)
            json.field("p99_9_ms", decimal: Double(p999) / 1_000_000, digits: 3)
            json.field("max_ms", decimal: Double(max) / 1_000_000, digits: 3)
        }
    }
}

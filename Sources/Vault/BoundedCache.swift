/// The values that came last, up to a fixed number; the oldest makes room for the newest.
///
/// First in, first out, and no order to keep on a hit: what is asked for here was stored or read a moment ago.
struct BoundedCache<Key: Hashable, Value> {
    private var values: [Key: Value] = [:]
    private var arrivals: [Key] = []
    private var oldest = 0
    private let capacity: Int

    init(capacity: Int) {
        precondition(capacity > 0, "A cache needs room for one value")
        self.capacity = capacity
    }

    var count: Int { values.count }

    subscript(key: Key) -> Value? { values[key] }

    /// Adds a value, or replaces the one under the same key.
    mutating func insert(_ value: Value, for key: Key) {
        guard values.updateValue(value, forKey: key) == nil else { return }
        if arrivals.count < capacity {
            arrivals.append(key)
            return
        }
        values.removeValue(forKey: arrivals[oldest])
        arrivals[oldest] = key
        oldest = oldest + 1 == capacity ? 0 : oldest + 1
    }
}

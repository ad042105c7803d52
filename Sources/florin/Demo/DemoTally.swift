/// What came of the payments of a demo, by the answers the API gave.
struct DemoTally: Sendable {
    /// Minor units by currency, and how many payments they are.
    struct Sum: Sendable, Hashable {
        var count = 0
        var amount: Int64 = 0

        mutating func add(_ amount: Int64) {
            count += 1
            self.amount += amount
        }
    }

    var sent = 0
    /// Captured at once or later.
    var taken: [String: Sum] = [:]
    var refunded: [String: Sum] = [:]
    /// Authorised and not captured.
    var held: [String: Sum] = [:]
    var canceled = 0
    /// By the decline code.
    var declined: [String: Int] = [:]
    /// Answers that a demo should not get.
    var unexpected: [String: Int] = [:]

    mutating func add(_ other: DemoTally) {
        sent += other.sent
        canceled += other.canceled
        Self.add(other.taken, to: &taken)
        Self.add(other.refunded, to: &refunded)
        Self.add(other.held, to: &held)
        declined.merge(other.declined, uniquingKeysWith: +)
        unexpected.merge(other.unexpected, uniquingKeysWith: +)
    }

    private static func add(_ other: [String: Sum], to sums: inout [String: Sum]) {
        sums.merge(other) { Sum(count: $0.count + $1.count, amount: $0.amount + $1.amount) }
    }

    var declinedCount: Int { declined.values.reduce(0, +) }
    var takenCount: Int { taken.values.reduce(0) { $0 + $1.count } }

    /// Every currency that was paid in.
    var currencies: [String] { Set(taken.keys).union(refunded.keys).union(held.keys).sorted() }
}

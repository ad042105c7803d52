import Core
import Storage
import Testing

@testable import Platform

@Suite("Who gets a lease")
struct LeaseDecisionTests {
    private static let now = Timestamp(seconds: 1_790_000_000)
    private static let until = now.adding(milliseconds: 10_000)

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let found: Lease?
        /// The epoch of what is taken or renewed; nil when nothing is.
        let epoch: Int64?

        /// - Parameter endsIn: When the lease that is found ends, in milliseconds from now.
        init(_ description: String, _ owner: String? = nil, endsIn: Int64 = 0, takes epoch: Int64?) {
            testDescription = description
            found = owner.map {
                Lease(name: "duty/x", version: 7, owner: $0, expiresAt: now.adding(milliseconds: endsIn))
            }
            self.epoch = epoch
        }
    }

    static let rows = [
        Row("one that nobody ever had is taken", takes: 1),
        Row("a process's own is renewed", "me", endsIn: 5_000, takes: 7),
        Row("a process's own is renewed after its end, while nobody else came", "me", endsIn: -5_000, takes: 7),
        Row("a process's own is renewed after the clock was set back", "me", endsIn: 3_600_000, takes: 7),
        Row("another's is left to it", "other", endsIn: 5_000, takes: nil),
        Row("another's is left to it to its last millisecond", "other", endsIn: 1, takes: nil),
        Row("another's is taken at its end", "other", endsIn: 0, takes: 8),
        Row("another's is taken after its end", "other", endsIn: -86_400_000, takes: 8),
        Row("another's of the longest lifetime is left to it", "other", endsIn: Lease.lifetimeMsMax, takes: nil),
        Row("another's that ends later than any may is over", "other", endsIn: Lease.lifetimeMsMax + 1, takes: 8),
        Row("another's is taken after the clock was set back by an hour", "other", endsIn: 3_600_000, takes: 8),
    ]

    @Test("is decided by what is found and when it ends", arguments: rows)
    func table(_ row: Row) throws {
        let decided = LeaseDecision.take(row.found, name: "duty/x", for: "me", until: Self.until, now: Self.now)
        #expect(decided?.0.version == row.epoch)
        guard let (lease, change) = decided else { return }
        #expect(lease == Lease(name: "duty/x", version: lease.version, owner: "me", expiresAt: Self.until))
        let before: Requirement =
            row.found.map { .version(Lease.table, key: $0.key, is: 7) } ?? .absent(Lease.table, key: lease.key)
        #expect(change.requires == [before], "of two that decide at once, one gets it")
        #expect(change.writes.map(\.values) == [lease.row])
        #expect(try Lease(row: RowReader(lease.row)) == lease)
    }

    @Test("one that is given back is over at once, and its epoch stays")
    func giveBack() {
        let lease = Lease(name: "duty/x", version: 7, owner: "me", expiresAt: Self.until)
        let change = LeaseDecision.giveBack(lease)
        #expect(change.requires == [lease.fence])
        let left = Lease(name: "duty/x", version: 7, owner: "me", expiresAt: Timestamp(milliseconds: 0))
        #expect(change.writes.map(\.values) == [left.row])
        #expect(left.isOver(at: Self.now))
    }

    @Test(
        "its owner lives while it lasts, for ever where he is alone, and not after the clock was set back",
        arguments: [
            (Int64(1), true), (Lease.lifetimeMsMax, true), (0, false), (-1, false), (Lease.lifetimeMsMax + 1, false),
            (3_600_000, false), (Lease.foreverMs, true), (Lease.foreverMs - 3_600_000, true),
        ])
    func held(endsIn: Int64, isHeld: Bool) {
        let lease = Lease(
            name: "node/1", version: 1, owner: "me", expiresAt: Self.now.adding(milliseconds: endsIn))
        #expect(lease.isHeld(at: Self.now) == isHeld)
    }

    @Test("each duty belongs to a role, and has a lease of its own")
    func duties() {
        #expect(Duty.allCases.map(\.role) == [.jobs, .jobs, .webhooks, .jobs])
        #expect(Set(Duty.allCases.map(\.leaseName)).count == Duty.allCases.count)
        #expect(Duty.allCases.allSatisfy { !$0.leaseName.hasPrefix(Seat.namePrefix) })
    }
}

public import Core
import Glibc
public import Storage
import Synchronization

/// The place of this process among those that share an installation: one of ten, so that no two of them give a message
/// to the network the same reference.
public final class Seat: Sendable {
    struct Place: Sendable {
        /// 0…9: the share of trace numbers and retrieval references that this process draws from.
        let share: Int
        /// Names this process as the keeper of attempts: seat and epoch.
        let keeper: String
        let lease: Lease?
        /// By the monotonic clock, in nanoseconds; nil where nobody else can take the seat.
        let validUntil: UInt64?
    }

    /// How many processes can share an installation.
    public static let seatsMax = 10
    static let namePrefix = "node/"

    private let state: Mutex<Place>
    /// This process, from its start to its end.
    let owner: String

    private init(_ place: Place, owner: String) {
        state = Mutex(place)
        self.owner = owner
    }

    /// A seat that no other process can want, outside any installation.
    public static let alone = Seat(Place(share: 0, keeper: "0#0", lease: nil, validUntil: nil), owner: "alone")

    /// The seat now.
    ///
    /// - throws: when it could not be renewed in time, so that another process may have it.
    func place() throws(PlatformError) -> Place {
        let place = state.withLock { $0 }
        if let until = place.validUntil, until < Environment.monotonicNanoseconds() {
            throw .unavailable("this process has lost its seat among the nodes, and takes another as soon as it can")
        }
        return place
    }

    /// Names this process as the keeper of attempts.
    var keeper: String { state.withLock { $0.keeper } }

    var lease: Lease? { state.withLock { $0.lease } }

    func use(_ place: Place) { state.withLock { $0 = place } }

    /// Takes a seat at the start of a process.
    ///
    /// - Parameter wanted: The number of the seat, nil for the first that is free.
    /// - throws: ``SeatTaken`` when another process has the seat, or has all of them.
    public static func take(
        _ wanted: Int?, in store: Store, leaseMs: Int64, _ environment: Environment
    ) async throws -> Seat {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let owner =
            "\(String(decoding: name, as: UTF8.self)):\(getpid()) " + IdentifierText.random(digits: 12, environment)
        let seat = Seat(Place(share: 0, keeper: "", lease: nil, validUntil: 0), owner: owner)
        let started = Environment.monotonicNanoseconds()
        while true {
            if let place = try await seat.find(wanted, in: store, leaseMs: leaseMs) {
                seat.use(place)
                return seat
            }
            // One that was killed leaves its seat when its lease is over; one that lives renews it.
            let waitedMs = Int64((Environment.monotonicNanoseconds() - started) / 1_000_000)
            if waitedMs > leaseMs + leaseMs / 2 { throw SeatTaken(number: wanted) }
            try await Task.sleep(for: .milliseconds(leaseMs / 10))
        }
    }

    /// A seat to take now, nil when there is none.
    func find(_ wanted: Int?, in store: Store, leaseMs: Int64) async throws -> Place? {
        for number in wanted.map({ $0...$0 }) ?? 0...Self.seatsMax - 1 {
            let name = Self.namePrefix + String(number)
            let found = try await LeaseTaker(store: store, owner: owner, lifetimeMs: leaseMs).take(name)
            guard let held = found else { continue }
            // Alone in its folder, a process shares with its predecessors: it takes turns with them.
            let share = store.isExclusive ? Int(held.lease.version) % Self.seatsMax : number
            return Place(
                share: share, keeper: "\(number)#\(held.lease.version)", lease: held.lease,
                validUntil: held.validUntil)
        }
        return nil
    }
}

/// All seats of the installation, or the one that was wanted, are taken.
public struct SeatTaken: Error, Sendable, CustomStringConvertible {
    /// The seat that was wanted, nil for any.
    public let number: Int?

    public var description: String {
        if let number {
            "Another process runs as node \(number) of this installation. Stop it, or choose another with --node."
        } else {
            "All \(Seat.seatsMax) nodes of this installation are running. Stop one first."
        }
    }
}

/// Takes and renews leases for one process.
struct LeaseTaker: Sendable {
    struct Held: Sendable {
        let lease: Lease
        /// When the process must take the lease for lost unless it was renewed, by the monotonic clock in nanoseconds;
        /// nil where nobody else can take it.
        let validUntil: UInt64?
    }

    let store: Store
    let owner: String
    let lifetimeMs: Int64

    /// Takes a lease or renews it; nil when another process has it, or was faster.
    func take(_ name: String) async throws -> Held? {
        // From before the reading, so that the process never takes a lease for longer than it is.
        let started = Environment.monotonicNanoseconds()
        let (found, now) = try await store.readAtOnce { reader in
            (try await reader.first(Lease.self, key: Lease.key(name)), try await reader.sharedTime())
        }
        let isExclusive = store.isExclusive
        let until = now.adding(milliseconds: isExclusive ? Lease.foreverMs : lifetimeMs)
        // Nobody else can live in a folder that this process has locked.
        let decided = LeaseDecision.take(
            found, name: name, for: owner, until: until, now: isExclusive ? .distantFuture : now)
        guard let (lease, change) = decided else { return nil }
        do throws(CommitError) {
            _ = try await store.commit(change)
        } catch {
            if case .conflict = error { return nil }
            throw error
        }
        let marginMs = lifetimeMs / 5
        return Held(
            lease: lease, validUntil: isExclusive ? nil : started + UInt64(lifetimeMs - marginMs) * 1_000_000)
    }
}

extension Timestamp {
    fileprivate static let distantFuture = Timestamp(milliseconds: .max / 2)
}

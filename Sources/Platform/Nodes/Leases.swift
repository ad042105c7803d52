import Core
import Logging
import Storage
import Synchronization

/// Keeps this process's seat, and the duties that it may take on, by renewing their leases.
final class Leases: Sendable {
    private let store: Store
    private let seat: Seat
    private let taker: LeaseTaker
    private let duties: [Duty]
    private let logger: Logger
    private let held = Mutex<[Duty: LeaseTaker.Held]>([:])

    init(store: Store, seat: Seat, duties: [Duty], lifetimeMs: Int64, logger: Logger) {
        self.store = store
        self.seat = seat
        self.duties = duties
        self.logger = logger
        taker = LeaseTaker(store: store, owner: seat.owner, lifetimeMs: lifetimeMs)
    }

    /// The right to a duty now; nil when another process has it, or may have it.
    func fence(_ duty: Duty) -> Fence? {
        guard duties.contains(duty) else { return nil }
        if store.isExclusive { return Fence(requirement: nil) }
        guard let held = held.withLock({ $0[duty] }), let until = held.validUntil,
            until > Environment.monotonicNanoseconds()
        else { return nil }
        return Fence(requirement: held.lease.fence)
    }

    /// Renews until the task is canceled, and gives back what is held then.
    func run(onDuty: @escaping @Sendable () -> Void) async {
        guard !store.isExclusive else { return }
        while !Task.isCancelled {
            if await renewAll() { onDuty() }
            try? await Task.sleep(for: .milliseconds(taker.lifetimeMs / 4))
        }
        await giveBack()
    }

    /// Renews what is held and takes what is free; true when a duty is new.
    func renewAll() async -> Bool {
        await renewSeat()
        let before = held.withLock { Set($0.keys) }
        await withTaskGroup(of: (Duty, LeaseTaker.Held?).self) { group in
            for duty in duties { group.addTask { (duty, await self.take(duty)) } }
            for await (duty, lease) in group {
                let known = held.withLock { held -> LeaseTaker.Held? in
                    defer { held[duty] = lease }
                    return held[duty]
                }
                if known?.lease.version != lease?.lease.version {
                    logger.info("\(lease == nil ? "left" : "took") a duty", metadata: ["duty": "\(duty)"])
                }
            }
        }
        return !held.withLock { Set($0.keys) }.subtracting(before).isEmpty
    }

    private func take(_ duty: Duty) async -> LeaseTaker.Held? {
        do {
            return try await taker.take(duty.leaseName)
        } catch {
            logger.warning("a lease was not renewed", metadata: ["duty": "\(duty)", "error": "\(error)"])
            return held.withLock { $0[duty] }
        }
    }

    private func renewSeat() async {
        guard let lease = seat.lease else { return }
        do {
            let number = Int(lease.name.dropFirst(Seat.namePrefix.count))
            if let place = try await seat.find(number, in: store, leaseMs: taker.lifetimeMs) {
                seat.use(place)
            } else if let place = try await seat.find(nil, in: store, leaseMs: taker.lifetimeMs) {
                logger.warning("the seat of this process was taken", metadata: ["now": "\(place.keeper)"])
                seat.use(place)
            }
        } catch {
            logger.warning("the seat was not renewed", metadata: ["seat": "\(lease.name)", "error": "\(error)"])
        }
    }

    private func giveBack() async {
        let leases = held.withLock { held in
            defer { held = [:] }
            return held.values.map(\.lease)
        }
        for lease in leases + [seat.lease].compactMap({ $0 }) {
            _ = try? await store.commit(LeaseDecision.giveBack(lease))
        }
    }
}

extension Reader {
    /// The processes that live: what they began is theirs to finish.
    func keepers() async throws -> Set<String> {
        let seats = try await select(
            Lease.self, where: "merchant = ? AND name >= ? AND name < ?",
            [.integer(Lease.installation.value), .text(Seat.namePrefix), .text("node0")], orderBy: "name",
            limit: Seat.seatsMax)
        let now = try await sharedTime()
        return Set(
            seats.filter { $0.isHeld(at: now) }
                .map { "\($0.name.dropFirst(Seat.namePrefix.count))#\($0.version)" })
    }
}

import Core
import Payments
import Storage

/// The right of one process to a seat or a duty, for a time; a row that all processes of an installation see.
///
/// Its version is the epoch: it rises when another process takes the lease, and stays when its owner renews it. Whoever
/// writes under a lease requires that the epoch is still his, so a process that slept past the end of its lease writes
/// nothing.
struct Lease: VersionedRecord, Hashable {
    let merchant = Lease.installation
    var name: String
    var version: Int64
    /// One process, from its start to its end.
    var owner: String
    /// By the clock that all processes share (``Reader/sharedTime()``).
    var expiresAt: Timestamp

    /// What belongs to no merchant.
    static let installation = MerchantKey(0)

    static let table = Table(
        "lease",
        columns: [
            .integer("merchant"), .text("name"), .integer("version"), .text("owner"), .integer("expires_at"),
        ],
        keyCount: 2, indexes: [])

    init(name: String, version: Int64, owner: String, expiresAt: Timestamp) {
        self.name = name
        self.version = version
        self.owner = owner
        self.expiresAt = expiresAt
    }

    init(row: RowReader) throws {
        name = try row.text(1)
        version = try row.integer(2)
        owner = try row.text(3)
        expiresAt = Timestamp(milliseconds: try row.integer(4))
    }

    static func key(_ name: String) -> [SQLValue] { [.integer(installation.value), .text(name)] }

    var key: [SQLValue] { Self.key(name) }

    var row: [SQLValue] { key + [.integer(version), .text(owner), .integer(expiresAt.milliseconds)] }

    /// Holds as long as nobody else took the lease.
    var fence: Requirement { .version(Lease.table, key: key, is: version) }

    /// The longest a lease may be given for, in milliseconds. One that ends later was given before the shared clock was
    /// set back, and is over.
    static let lifetimeMsMax: Int64 = 60_000

    func isOver(at now: Timestamp) -> Bool {
        expiresAt <= now || expiresAt > now.adding(milliseconds: Self.lifetimeMsMax)
    }

    /// The lease of a process that is alone in its folder, in milliseconds.
    static let foreverMs: Int64 = 100 * 365 * 86_400_000

    /// Whether its owner lives.
    func isHeld(at now: Timestamp) -> Bool {
        !isOver(at: now) || expiresAt > now.adding(milliseconds: Self.foreverMs / 2)
    }
}

/// Who gets a lease.
enum LeaseDecision {
    /// Takes or renews a lease for a process; nil while another one has it.
    static func take(
        _ found: Lease?, name: String, for owner: String, until: Timestamp, now: Timestamp
    ) -> (Lease, Change)? {
        var change = Change()
        guard var lease = found else {
            let lease = Lease(name: name, version: 1, owner: owner, expiresAt: until)
            change.requires.append(.absent(Lease.table, key: lease.key))
            change.insert(lease)
            return (lease, change)
        }
        if lease.owner == owner {
            lease.expiresAt = until
            change.requires.append(lease.fence)
            change.updateOwn(lease)
            return (lease, change)
        }
        guard lease.isOver(at: now) else { return nil }
        lease.owner = owner
        lease.expiresAt = until
        change.update(&lease)
        return (lease, change)
    }

    /// Gives a lease back before its time, so that another process need not wait.
    static func giveBack(_ lease: Lease) -> Change {
        var lease = lease
        var change = Change()
        change.requires.append(lease.fence)
        lease.expiresAt = Timestamp(milliseconds: 0)
        change.updateOwn(lease)
        return change
    }
}

import Core
import Payments

/// Loads objects by kind and ids, in any order; ids without an object are left out.
///
/// The kind is an ``ObjectKind``'s name, or ``ExpandedObjects/refundsOfCharge``: then the ids are charges', and the
/// answer is refunds of each, newest first, at most ``ExpandedObjects/refundsLookedUpMax`` a charge.
typealias ObjectLookup = @Sendable (_ kind: String, _ ids: [String]) async throws -> [APIObject]

/// Objects that the paths of an expansion lead to, loaded before rendering: rendering itself never waits.
struct ExpandedObjects: Sendable {
    /// The kind under which a lookup is asked for refunds by charge.
    static let refundsOfCharge = "charge.refunds"
    /// Refunds shown in a charge.
    static let refundsShownMax = 10
    /// One more, which tells whether there are more.
    static let refundsLookedUpMax = refundsShownMax + 1

    private var objects: [String: APIObject] = [:]
    private var refunds: [String: [APIObject]] = [:]

    init() {}

    /// The object of an id, if it was loaded.
    subscript(id: String) -> APIObject? { objects[id] }

    /// The newest refunds of a charge, if they were loaded.
    func refunds(of charge: String) -> ListRendering? {
        guard let loaded = refunds[charge] else { return nil }
        return ListRendering(
            objects: Array(loaded.prefix(Self.refundsShownMax)), hasMore: loaded.count > Self.refundsShownMax,
            url: "/v1/charges/\(charge)/refunds")
    }

    /// Adds an object, to be found by its id.
    mutating func insert(_ object: APIObject) {
        guard let id = object.id else { return }
        objects[id] = object
    }

    /// Adds the newest refunds of a charge, newest first.
    mutating func insert(refunds newest: [APIObject], of charge: String) {
        refunds[charge] = newest
    }
}

extension ExpandedObjects {
    /// Loads what `expansion` reaches from `objects`: level by level, each kind of object once a level.
    static func load(
        for objects: [APIObject], expansion: Expansion, lookup: ObjectLookup
    ) async throws -> ExpandedObjects {
        var expanded = ExpandedObjects()
        var level = ExpansionLevel()
        for object in objects { level.collect(from: object, expansion) }
        for _ in 0..<Expansion.levelsMax where !level.isEmpty {
            try await expanded.load(level, lookup)
            level = level.next(expanded)
        }
        return expanded
    }

    private mutating func load(_ level: ExpansionLevel, _ lookup: ObjectLookup) async throws {
        for (kind, ids) in level.missing(from: self) {
            for object in try await lookup(kind.rawValue, ids) { insert(object) }
        }
        let charges = level.charges.filter { refunds[$0] == nil }
        guard !charges.isEmpty else { return }
        for charge in charges { refunds[charge] = [] }
        for object in try await lookup(Self.refundsOfCharge, charges) {
            guard case .refund(let refund) = object else { continue }
            refunds[refund.charge.text]?.append(object)
        }
    }
}

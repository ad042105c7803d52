internal import Core
internal import Money
internal import NIOCore

/// The records of the book in slots that are used again, with a bound on their number and age.
///
/// Each insertion looks at a few of the oldest records, so that the cost of forgetting is spread evenly. A record that
/// still holds money is passed over while that is possible.
struct IssuerRecordStore: Sendable {
    /// Names a record; it stops naming anything when the record is dropped.
    struct Reference: Hashable, Sendable {
        fileprivate let slot: Int32
        fileprivate let serial: UInt32
    }

    private struct Slot {
        var serial: UInt32
        var record: IssuerRecord?
    }

    /// How many of the oldest records one insertion looks at.
    private static let inspectedMax = 4

    private let countMax: Int
    private let settledKeptMilliseconds: Int64
    private var slots = PiecewiseArray<Slot>()
    private var free: [Int32] = []
    private var order = CircularBuffer<Int32>()
    /// The latest record of each retrieval reference, and earlier ones where there are any.
    private var latest = PiecewiseDictionary<String, Int32>()
    private var earlier: [String: [Int32]] = [:]

    init(countMax: Int, settledKeptMilliseconds: Int64) {
        self.countMax = countMax
        self.settledKeptMilliseconds = settledKeptMilliseconds
    }

    var count: Int { order.count }

    /// Adds a record; gives back those that had to go for it.
    mutating func insert(_ record: IssuerRecord, now: Timestamp) -> (Reference, dropped: [IssuerRecord]) {
        let dropped = dropOld(now: now)
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            slots[Int(slot)].record = record
        } else {
            slot = Int32(slots.count)
            slots.append(Slot(serial: 0, record: record))
        }
        order.append(slot)
        if let previous = latest.updateValue(slot, forKey: record.retrievalReference) {
            earlier[record.retrievalReference, default: []].append(previous)
        }
        return (Reference(slot: slot, serial: slots[Int(slot)].serial), dropped)
    }

    subscript(reference: Reference) -> IssuerRecord? {
        get {
            let slot = slots[Int(reference.slot)]
            return slot.serial == reference.serial ? slot.record : nil
        }
        set {
            precondition(
                slots[Int(reference.slot)].serial == reference.serial,
                "A record that was dropped cannot be changed: look it up first")
            slots[Int(reference.slot)].record = newValue
        }
    }

    /// The records of one retrieval reference, the earliest first.
    func records(retrievalReference: String) -> [IssuerRecord] {
        let places = earlier[retrievalReference, default: []] + (latest[retrievalReference].map { [$0] } ?? [])
        return places.compactMap { slots[Int($0)].record }
    }

    /// All records, roughly the earliest first.
    var all: [IssuerRecord] { order.compactMap { slots[Int($0)].record } }

    private mutating func dropOld(now: Timestamp) -> [IssuerRecord] {
        var dropped: [IssuerRecord] = []
        var passedOver: [Int32] = []
        for _ in 0..<Self.inspectedMax {
            guard let slot = order.first, let record = slots[Int(slot)].record else { break }
            let isOld = record.recordedAt.adding(milliseconds: settledKeptMilliseconds) < now
            guard isOld || count + passedOver.count >= countMax else { break }
            order.removeFirst()
            if record.isSettled {
                dropped.append(drop(slot, record))
            } else {
                passedOver.append(slot)
            }
        }
        // Nothing settled was found among the oldest: the very oldest has to go.
        if count + passedOver.count >= countMax, let slot = passedOver.first, let record = slots[Int(slot)].record {
            passedOver.removeFirst()
            dropped.append(drop(slot, record))
        }
        order.append(contentsOf: passedOver)
        return dropped
    }

    private mutating func drop(_ slot: Int32, _ record: IssuerRecord) -> IssuerRecord {
        slots[Int(slot)].record = nil
        slots[Int(slot)].serial &+= 1
        free.append(slot)
        let reference = record.retrievalReference
        if var places = earlier[reference] {
            if latest[reference] == slot {
                latest[reference] = places.removeLast()
            } else {
                places.removeAll { $0 == slot }
            }
            earlier[reference] = places.isEmpty ? nil : places
        } else {
            latest[reference] = nil
        }
        return record
    }
}

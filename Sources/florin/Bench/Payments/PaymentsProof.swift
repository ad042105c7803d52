internal import Core

/// Holds a server to what it acknowledged: every payment must be there, succeeded, with its amount, and the balance
/// must have grown by exactly the net of all of them.
struct PaymentsProof: Sendable {
    /// Ids of each kind that are named in a report.
    static let namedMax = 10

    /// Payments that were acknowledged and not seen yet, with their amounts.
    private var awaited: [CompactID: Int64]
    /// Payments that may have succeeded or not.
    private var promised: [CompactID: Int64]
    /// Whether payments that nobody was told of are an error: on a server of the bench's own.
    private let isAlone: Bool
    private(set) var acknowledged: Int
    private(set) var proven = 0
    private(set) var expectedNet: Int64 = 0
    private(set) var wrong: [String] = []
    private(set) var wrongCount = 0

    init(_ memory: PaymentsMemory, isAlone: Bool) {
        awaited = Dictionary(minimumCapacity: memory.ids.count)
        promised = memory.promised
        self.isAlone = isAlone
        acknowledged = memory.ids.count
        for (id, amount) in zip(memory.ids, memory.amounts) {
            if awaited.updateValue(Int64(amount), forKey: id) != nil { fault("\(id.text) was acknowledged twice") }
            expectedNet += ExpectedFee.net(of: Int64(amount))
        }
    }

    /// Takes note of a payment intent that the server lists.
    mutating func see(_ object: ObjectScanner.Object) {
        guard let id = object.id else { return fault("an object without an id is on the list") }
        let status = object.status?.rawValue ?? "no status"
        if let amount = awaited.removeValue(forKey: id) {
            if object.status != .succeeded {
                fault("\(id.text) was acknowledged as succeeded and is \(status)")
            } else if object.amount != amount {
                fault("\(id.text) was acknowledged over \(amount) and has \(object.amount ?? 0)")
            } else {
                proven += 1
            }
        } else if let amount = promised.removeValue(forKey: id) {
            if object.status == .succeeded { expectedNet += ExpectedFee.net(of: amount) }
            if object.status == .processing { fault("\(id.text) is still being processed") }
        } else if isAlone, object.status == .succeeded {
            fault("\(id.text) succeeded, but nobody was told, or it is listed twice")
        }
    }

    /// Ends the reading of the list: what was not on it is missing.
    mutating func endOfList() {
        for id in awaited.keys { fault("\(id.text) was acknowledged and is not there") }
        for id in promised.keys { fault("\(id.text) was answered as processing and is not there") }
    }

    private mutating func fault(_ text: String) {
        wrongCount += 1
        if wrong.count < Self.namedMax { wrong.append(text) }
    }
}

/// The fee that a merchant on standard terms pays for a card of its own country.
enum ExpectedFee {
    /// 2.9 %, rounded half up, and 30 minor units.
    static func fee(on amount: Int64) -> Int64 { (amount * 29 + 500) / 1_000 + 30 }

    static func net(of amount: Int64) -> Int64 { amount - fee(on: amount) }
}

/// What `GET /v1/balance` says, by currency.
struct BalanceReading: Sendable, Hashable {
    private(set) var available: [String: Int64] = [:]
    private(set) var pending: [String: Int64] = [:]

    init(_ balance: JSONValue) {
        available = Self.sums(balance["available"])
        pending = Self.sums(balance["pending"])
    }

    private static func sums(_ lines: JSONValue?) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for line in lines?.elements ?? [] {
            guard let currency = line["currency"]?.string, let amount = line["amount"]?.integer else { continue }
            sums[currency, default: 0] += amount
        }
        return sums
    }

    /// Every currency there is.
    var currencies: [String] { Set(available.keys).union(pending.keys).sorted() }

    /// Available and pending together.
    func total(_ currency: String) -> Int64 { (available[currency] ?? 0) + (pending[currency] ?? 0) }
}

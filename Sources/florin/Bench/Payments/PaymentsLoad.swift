internal import Core
internal import NIOCore

/// A load of card payments, each created and confirmed in one request, each on a card that was never seen before.
///
/// It remembers what it was told: the id and the amount of every payment that was acknowledged, and the requests of
/// which it does not know what became of them. ``PaymentsProof`` holds the server to it.
struct PaymentsLoad: LoadScript {
    /// Payments for which there is room from the start, so that growing does not disturb the measurement.
    private static let expectedPayments = 1 << 20

    let template: PaymentTemplate
    private var cards: CardNumberSequence
    private let random: SeededGenerator
    /// The request under way on each connection.
    private var pending: [PaymentDraft]
    private(set) var memory = PaymentsMemory()

    init(template: PaymentTemplate, connections: Int, seed: UInt64) {
        self.template = template
        cards = CardNumberSequence(seed: seed)
        random = SeededGenerator(seed: seed)
        pending = Array(repeating: .empty, count: connections)
        memory.reserve(Self.expectedPayments)
    }

    mutating func write(connection: Int, into request: inout ByteBuffer) {
        let draft = PaymentDraft(
            amount: 1_000 + Int64(random.below(9_000)), card: cards.next(), key: random.next(), keyTail: random.next())
        pending[connection] = draft
        template.write(draft, into: &request)
    }

    mutating func judge(_ response: HTTPResponse, connection: Int) -> String? {
        let draft = pending[connection]
        guard response.status == 200 else { return judgeRefusal(response, draft) }
        let object = ObjectScanner.object(response.body)
        guard let id = object.id, let status = object.status else { return "200 without id or status" }
        guard object.amount == draft.amount else { return "200 with another amount" }
        switch status {
        case .succeeded:
            memory.acknowledge(id, amount: draft.amount)
            return nil
        case .processing:
            memory.promise(id, amount: draft.amount)
            return "200 processing"
        default: return "200 \(status.rawValue)"
        }
    }

    private mutating func judgeRefusal(_ response: HTTPResponse, _ draft: PaymentDraft) -> String {
        // After these nobody knows what became of the payment until the request is sent again.
        if response.status >= 500 || response.status == 409 { memory.doubt(draft) }
        let body = try? JSONValue(parsing: Array(response.body.readableBytesView))
        let answer = APIAnswer(
            status: response.status, body: body ?? .null, bytes: [], requestID: nil, isReplay: response.isReplay)
        return answer.errorKind
    }

    mutating func lost(connection: Int) { memory.doubt(pending[connection]) }
}

/// What a load was told of its payments.
struct PaymentsMemory: Sendable {
    /// Ids and amounts of payments that the server says it took.
    private(set) var ids: [CompactID] = []
    private(set) var amounts: [Int32] = []
    /// Payments that were still being processed when the answer came: they may succeed or fail.
    private(set) var promised: [CompactID: Int64] = [:]
    /// Requests whose outcome was not heard.
    private(set) var doubtful: [PaymentDraft] = []

    mutating func reserve(_ count: Int) {
        ids.reserveCapacity(count)
        amounts.reserveCapacity(count)
    }

    mutating func acknowledge(_ id: CompactID, amount: Int64) {
        ids.append(id)
        amounts.append(Int32(amount))
    }

    mutating func promise(_ id: CompactID, amount: Int64) { promised[id] = amount }

    mutating func doubt(_ draft: PaymentDraft) { doubtful.append(draft) }

    /// Takes the requests out whose outcome is not known, to settle them.
    mutating func takeDoubtful() -> [PaymentDraft] {
        defer { doubtful = [] }
        return doubtful
    }
}

/// A load that asks whether the server is well: what HTTP alone costs, to compare with.
struct HealthLoad: LoadScript {
    private let request: ByteBuffer

    init(address: ServerAddress, key: String) {
        request = RequestText.bytes(
            method: "GET", target: "/healthz", address: address, key: key, body: nil, idempotencyKey: nil)
    }

    mutating func write(connection: Int, into request: inout ByteBuffer) {
        request.writeImmutableBuffer(self.request)
    }

    mutating func judge(_ response: HTTPResponse, connection: Int) -> String? {
        response.status == 200 ? nil : "\(response.status)"
    }

    mutating func lost(connection: Int) {}
}

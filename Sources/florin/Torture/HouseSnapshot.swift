internal import Core

/// What the server under torture says of its payments.
struct HouseSnapshot: Sendable {
    struct Intent: Sendable, Hashable {
        var id: String
        var amount: Int64
        var currency: String
        var status: StatusWord
    }

    struct Charge: Sendable, Hashable {
        var id: String
        var intent: String
        var amount: Int64
        /// `pending`, `succeeded` or `failed`.
        var status: String
        var amountCaptured: Int64
        var amountRefunded: Int64
    }

    struct Refund: Sendable, Hashable {
        var id: String
        var intent: String
        var amount: Int64
        /// `pending`, `succeeded`, `failed` or `canceled`.
        var status: String

        /// Whether the cardholder gets it.
        var stands: Bool { status == "succeeded" || status == "pending" }
    }

    var intents: [Intent] = []
    var charges: [Charge] = []
    var refunds: [Refund] = []

    /// Reads all payments made since `created`, in seconds, of at least `amount`.
    static func read(_ client: APIClient, since created: Int64, amountFrom amount: Int64) async throws -> HouseSnapshot
    {
        var house = HouseSnapshot()
        let query: Form = ["created[gte]": String(created)]
        try await client.forEach("/v1/payment_intents", query) { object in
            let intent = try Intent(object)
            if intent.amount >= amount { house.intents.append(intent) }
        }
        let known = Set(house.intents.map(\.id))
        try await client.forEach("/v1/charges", query) { object in
            let charge = try Charge(object)
            if known.contains(charge.intent) { house.charges.append(charge) }
        }
        try await client.forEach("/v1/refunds", query) { object in
            let refund = try Refund(object)
            if known.contains(refund.intent) { house.refunds.append(refund) }
        }
        return house
    }
}

extension HouseSnapshot.Intent {
    init(_ object: JSONValue) throws {
        guard let id = object["id"]?.string, let amount = object["amount"]?.integer,
            let currency = object["currency"]?.string,
            let status = object["status"]?.string.flatMap({ StatusWord(rawValue: $0) })
        else { throw UnexpectedAnswer("A payment intent without id, amount, currency or status is on the list") }
        self.init(id: id, amount: amount, currency: currency, status: status)
    }
}

extension HouseSnapshot.Charge {
    init(_ object: JSONValue) throws {
        guard let id = object["id"]?.string, let amount = object["amount"]?.integer,
            let status = object["status"]?.string, let captured = object["amount_captured"]?.integer,
            let refunded = object["amount_refunded"]?.integer
        else { throw UnexpectedAnswer("A charge without id, amounts or status is on the list") }
        // Of an authorisation that was canceled, the amount that was released counts as refunded: no money moved.
        self.init(
            id: id, intent: object["payment_intent"]?.string ?? "", amount: amount, status: status,
            amountCaptured: captured, amountRefunded: captured == 0 ? 0 : refunded)
    }
}

extension HouseSnapshot.Refund {
    init(_ object: JSONValue) throws {
        guard let id = object["id"]?.string, let amount = object["amount"]?.integer,
            let status = object["status"]?.string
        else { throw UnexpectedAnswer("A refund without id, amount or status is on the list") }
        self.init(id: id, intent: object["payment_intent"]?.string ?? "", amount: amount, status: status)
    }
}

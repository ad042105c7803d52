public import Core
public import Storage

/// What a decision may know besides the objects it decides on: who asks, when, and where new names come from.
public struct DecisionContext: Sendable {
    public var merchant: Merchant
    public var now: Timestamp
    public var requestID: String?
    public var idempotencyKey: String?
    /// For the names of new objects only.
    public var environment: Environment
    /// The process that decides: the keeper of attempts that it begins.
    public var keeper: String?

    public init(
        merchant: Merchant, now: Timestamp, requestID: String?, idempotencyKey: String?, environment: Environment,
        keeper: String? = nil
    ) {
        self.merchant = merchant
        self.now = now
        self.requestID = requestID
        self.idempotencyKey = idempotencyKey
        self.environment = environment
        self.keeper = keeper
    }

    /// A new identifier made now.
    public func id<Kind>() -> Identifier<Kind> { Identifier(at: now, environment) }

    /// Tells the world that something happened to an object; `previous` is the object before, when it was updated.
    ///
    /// `row` is the object's row as it is written in the same Change, when it is at hand: its document need not be
    /// written again then.
    public func event<E: Entity>(
        _ type: String, _ object: E, row: [SQLValue]? = nil, previous: E? = nil
    ) -> EventDraft {
        var document: String?
        if case .text(let written)? = row?.last { document = written }
        return EventDraft(
            merchant: merchant.merchant, type: type, objectKind: E.kind, objectID: object.idText,
            document: document ?? object.document, previousDocument: previous?.document, createdAt: now,
            requestID: requestID,
            idempotencyKey: idempotencyKey)
    }
}

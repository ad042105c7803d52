internal import Core
internal import Money
internal import NIOCore

// The issuer's side of the truth.
//
// The book knows messages and records. A message is remembered under its key with the answer it got, so that the same
// message never books twice; a record is the money of one authorisation or purchase. All changes of a record go through
// `change`, which keeps the totals in step. A reversal whose original is not there is remembered under the original's
// key: when the original comes after all, it finds itself reversed.
//
// It shares no code with Florin's ledger, on purpose: it is what the ledger is compared with.
struct IssuerBook: Sendable {
    struct Limits: Sendable {
        var recordsMax: Int
        var settledKeptMilliseconds: Int64
        var messagesMax: Int
        /// Whether captures and refunds are taken of originals from before the book's memory.
        var adoptsEarlierOriginals: Bool
    }

    /// What a message did.
    private enum Effect: Sendable {
        case none
        case began
        case incremented(from: Int64, to: Int64)
        case captured(heldBefore: Int64)
        case refunded(Int64)
        /// A placeholder: the original was reversed before it arrived.
        case reversedUnseen
    }

    private struct BookedMessage: Sendable {
        let reply: IssuerReply
        let effect: Effect
        let record: IssuerRecordStore.Reference?
        var isUndone = false
    }

    static let approved = "00"
    static let invalidTransaction = "12"
    static let invalidAmount = "13"
    static let recordNotFound = "25"

    private let limits: Limits
    private var store: IssuerRecordStore
    private var messages = PiecewiseDictionary<IssuerMessageKey, BookedMessage>()
    private var messageOrder = CircularBuffer<IssuerMessageKey>()
    private var totalsByCurrency: [Currency: IssuerTotals] = [:]
    private var approvalCount: UInt32 = 0
    /// Everything transmitted since then is in the book; as the number in DE7.
    private var knownSince: Int
    /// When the message in hand arrived.
    private var now: Timestamp
    private(set) var counters = IssuerCounters()

    init(limits: Limits, openedAt: Timestamp) {
        self.limits = limits
        knownSince = TransmissionNumber.of(openedAt)
        now = openedAt
        store = IssuerRecordStore(countMax: limits.recordsMax, settledKeptMilliseconds: limits.settledKeptMilliseconds)
    }

    // MARK: What the book says

    var totals: [IssuerTotals] { totalsByCurrency.values.sorted { $0.currency < $1.currency } }
    var records: [IssuerRecord] { store.all }
    func records(retrievalReference: String) -> [IssuerRecord] {
        store.records(retrievalReference: retrievalReference)
    }

    /// The answer that a message got; nil when it has not been booked.
    func answer(to key: IssuerMessageKey) -> IssuerReply? { messages[key]?.reply }

    // MARK: Booking

    /// Books a message, once, and gives its answer.
    mutating func take(_ request: IssuerRequest, now: Timestamp) -> IssuerReply {
        self.now = now
        if let earlier = messages[request.key] { return again(earlier) }
        counters.messages += 1
        switch request.operation {
        case .authorisation: return begin(.authorisation, request)
        case .purchase: return begin(.purchase, request)
        case .increment(let original): return increment(original, request)
        case .capture(let original): return capture(original, request)
        case .refund(let original): return refund(original, request)
        case .reversal(let original): return reverse(original, request)
        }
    }

    private mutating func again(_ earlier: BookedMessage) -> IssuerReply {
        // An original that was reversed must not hear that it is approved: whoever asks would believe in the money.
        if earlier.isUndone {
            counters.originalsAfterReversal += 1
            return .refusal(Self.invalidTransaction)
        }
        counters.duplicates += 1
        return earlier.reply
    }

    private mutating func begin(_ kind: IssuerRecord.Kind, _ request: IssuerRequest) -> IssuerReply {
        let isApproved = request.verdict.isApproval
        let amount = isApproved ? request.amount : 0
        let record = IssuerRecord(
            kind: kind, retrievalReference: request.retrievalReference,
            merchantIdentifier: request.merchantIdentifier, cardLastFour: request.cardLastFour,
            currency: request.currency, recordedAt: now, responseCode: request.verdict.responseCode,
            authorised: amount, held: kind == .authorisation ? amount : 0,
            captured: kind == .purchase ? amount : 0, refunded: 0, isReversed: false)
        let reference = add(record)
        modifyTotals(request.currency) {
            $0.approvals += isApproved ? 1 : 0
            $0.declines += isApproved ? 0 : 1
        }
        let reply =
            isApproved ? approval(request) : .refusal(request.verdict.responseCode, checks: request.verdict.checks)
        return book(request, reply, isApproved ? .began : .none, reference)
    }

    private mutating func increment(_ original: IssuerMessageKey, _ request: IssuerRequest) -> IssuerReply {
        guard let (reference, record) = live(original) else { return refuse(request, Self.recordNotFound) }
        guard record.kind == .authorisation, !record.isReversed, record.held > 0, record.currency == request.currency
        else { return refuse(request, Self.invalidTransaction) }
        guard request.amount >= record.held else { return refuse(request, Self.invalidAmount) }
        guard request.verdict.isApproval else { return refuse(request, request.verdict.responseCode) }
        change(reference) {
            $0.authorised = request.amount
            $0.held = request.amount
        }
        return book(request, approval(request), .incremented(from: record.held, to: request.amount), reference)
    }

    private mutating func capture(_ original: IssuerMessageKey, _ request: IssuerRequest) -> IssuerReply {
        guard let (reference, record) = live(original) else {
            guard let adopted = adopt(original, request) else { return refuse(request, Self.recordNotFound) }
            change(adopted) { $0.captured = request.amount }
            return book(request, approval(request), .captured(heldBefore: request.amount), adopted)
        }
        guard record.kind == .authorisation, !record.isReversed, record.captured == 0, record.held > 0,
            record.currency == request.currency
        else { return refuse(request, Self.invalidTransaction) }
        guard request.amount <= record.held else { return refuse(request, Self.invalidAmount) }
        change(reference) {
            $0.captured = request.amount
            $0.held = 0
        }
        return book(request, approval(request), .captured(heldBefore: record.held), reference)
    }

    private mutating func refund(_ original: IssuerMessageKey, _ request: IssuerRequest) -> IssuerReply {
        let reference: IssuerRecordStore.Reference
        if let (found, record) = live(original) {
            guard !record.isReversed, record.currency == request.currency else {
                return refuse(request, Self.invalidTransaction)
            }
            reference = found
        } else {
            guard let adopted = adopt(original, request) else { return refuse(request, Self.recordNotFound) }
            reference = adopted
        }
        guard let record = store[reference] else { return refuse(request, Self.recordNotFound) }
        let refunded = record.refunded + request.amount
        // What an adopted record captured in its time is not known; it is at least what is given back.
        guard refunded <= record.captured || record.kind == .adopted else {
            return refuse(request, Self.invalidAmount)
        }
        change(reference) {
            $0.refunded = refunded
            $0.captured = max($0.captured, refunded)
        }
        return book(request, approval(request), .refunded(request.amount), reference)
    }

    // MARK: Reversals

    private mutating func reverse(_ original: IssuerMessageKey, _ request: IssuerRequest) -> IssuerReply {
        guard let message = messages[original] else {
            counters.reversalsOfUnknown += 1
            remember(
                original,
                BookedMessage(
                    reply: .refusal(Self.invalidTransaction), effect: .reversedUnseen, record: nil, isUndone: true))
            return refuse(request, Self.recordNotFound)
        }
        if case .reversedUnseen = message.effect { return refuse(request, Self.recordNotFound) }
        if !message.isUndone {
            if let refusal = undo(message) { return refuse(request, refusal) }
            messages[original]?.isUndone = true
        }
        return book(
            request, IssuerReply(responseCode: Self.approved, approvalNumber: nil, checks: .none), .none, message.record
        )
    }

    /// Makes a message as if it had never been; gives the response code of the reason when that is not possible.
    private mutating func undo(_ message: BookedMessage) -> String? {
        if case .none = message.effect { return nil }
        guard let reference = message.record, let record = store[reference] else { return Self.recordNotFound }
        switch message.effect {
        case .none, .reversedUnseen:
            break
        case .began:
            // Money that another message moved is reversed by reversing that message first.
            guard record.kind == .purchase ? record.refunded == 0 : record.captured == 0 else {
                return Self.invalidTransaction
            }
            change(reference) {
                $0.held = 0
                $0.captured = 0
                $0.isReversed = true
            }
            modifyTotals(record.currency) { $0.reversals += 1 }
        case .incremented(let before, let after):
            // A later increment said what is to be held in all, so there is nothing to take back.
            guard record.captured == 0, record.held == after else { return nil }
            change(reference) {
                $0.held = before
                $0.authorised = before
            }
        case .captured(let heldBefore):
            guard record.refunded == 0 else { return Self.invalidTransaction }
            change(reference) {
                $0.captured = 0
                $0.held = heldBefore
            }
        case .refunded(let amount):
            change(reference) { $0.refunded -= amount }
        }
        return nil
    }

    /// Takes back a refund that the issuer could not pay out; false when it is not there or already taken back.
    mutating func failRefund(_ key: IssuerMessageKey) -> Bool {
        guard let message = messages[key], !message.isUndone, case .refunded = message.effect,
            undo(message) == nil
        else { return false }
        messages[key]?.isUndone = true
        return true
    }
}

/// The parts of booking.
extension IssuerBook {
    private mutating func approval(_ request: IssuerRequest) -> IssuerReply {
        approvalCount &+= 1
        return IssuerReply(
            responseCode: Self.approved, approvalNumber: approvalCount, checks: request.verdict.checks)
    }

    private mutating func refuse(_ request: IssuerRequest, _ responseCode: String) -> IssuerReply {
        book(request, .refusal(responseCode), .none, nil)
    }

    private mutating func book(
        _ request: IssuerRequest, _ reply: IssuerReply, _ effect: Effect, _ record: IssuerRecordStore.Reference?
    ) -> IssuerReply {
        remember(request.key, BookedMessage(reply: reply, effect: effect, record: record))
        return reply
    }

    private mutating func remember(_ key: IssuerMessageKey, _ message: BookedMessage) {
        guard messages.updateValue(message, forKey: key) == nil else { return }
        messageOrder.append(key)
        while messageOrder.count > limits.messagesMax, let oldest = messageOrder.popFirst() {
            messages[oldest] = nil
            forgetBefore(oldest.transmitted)
        }
    }

    /// The record that an original message belongs to, while both are known and the original stands.
    private func live(_ original: IssuerMessageKey) -> (IssuerRecordStore.Reference, IssuerRecord)? {
        guard let message = messages[original], let reference = message.record, let record = store[reference] else {
            return nil
        }
        return (reference, record)
    }

    /// Opens a record for an original that is older than the book's memory; nil when it ought to be known.
    private mutating func adopt(
        _ original: IssuerMessageKey, _ request: IssuerRequest
    ) -> IssuerRecordStore.Reference? {
        guard limits.adoptsEarlierOriginals,
            TransmissionNumber.isEarlier(original.transmitted, than: knownSince)
        else { return nil }
        if case .reversedUnseen? = messages[original]?.effect { return nil }
        counters.adopted += 1
        let record = IssuerRecord(
            kind: .adopted, retrievalReference: request.retrievalReference,
            merchantIdentifier: request.merchantIdentifier, cardLastFour: request.cardLastFour,
            currency: request.currency, recordedAt: now, responseCode: Self.approved,
            authorised: request.amount, held: 0, captured: 0, refunded: 0, isReversed: false)
        let reference = add(record)
        remember(
            original, BookedMessage(reply: .refusal(Self.invalidTransaction), effect: .none, record: reference))
        return reference
    }

    private mutating func add(_ record: IssuerRecord) -> IssuerRecordStore.Reference {
        let (reference, dropped) = store.insert(record, now: now)
        modifyTotals(record.currency) {
            $0.held += record.held
            $0.captured += record.captured
        }
        for record in dropped {
            counters.droppedRecords += 1
            forgetBefore(TransmissionNumber.of(record.recordedAt.adding(milliseconds: 1_000)))
            modifyTotals(record.currency) {
                $0.held -= record.held
                $0.expired += record.held
            }
        }
        return reference
    }

    private mutating func forgetBefore(_ transmitted: Int) {
        if TransmissionNumber.isEarlier(knownSince, than: transmitted) { knownSince = transmitted }
    }

    /// The one way a record changes.
    private mutating func change(
        _ reference: IssuerRecordStore.Reference, _ body: (inout IssuerRecord) -> Void
    ) {
        guard var record = store[reference] else { return }
        let before = record
        body(&record)
        invariant(
            record.held >= 0 && record.refunded >= 0 && record.refunded <= record.captured
                && record.held + record.captured <= max(record.authorised, record.captured),
            "the issuer's book gave out more than it holds")
        store[reference] = record
        modifyTotals(record.currency) {
            $0.held += record.held - before.held
            $0.captured += record.captured - before.captured
            $0.refunded += record.refunded - before.refunded
        }
    }

    private mutating func modifyTotals(_ currency: Currency, _ body: (inout IssuerTotals) -> Void) {
        body(&totalsByCurrency[currency, default: IssuerTotals(currency: currency)])
    }
}

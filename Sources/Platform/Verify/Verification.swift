import Core
import Ledger
import Money
import Payments
public import Storage

/// Something in an installation that must hold and does not, with the culprit's name.
public struct VerificationFinding: Sendable, Hashable {
    /// The invariant: `ledger.chain`, `charge.postings` …
    public let check: String
    /// One sentence that names the object at fault.
    public let sentence: String
}

/// What a verification looked at, and what it found.
public struct VerificationReport: Sendable {
    public internal(set) var findings: [VerificationFinding] = []
    /// Findings beyond the first thousand are counted, not kept.
    public internal(set) var findingsOmitted = 0
    public internal(set) var books = 0
    public internal(set) var ledgerTransactions = 0
    public internal(set) var charges = 0
    public internal(set) var refunds = 0
    public internal(set) var intents = 0
    public internal(set) var events = 0
    /// Balances by currency and account over all books, for a trial balance: they add up to zero in each currency.
    public internal(set) var trialBalance: [String: [String: Int64]] = [:]

    public var isClean: Bool { findings.isEmpty }

    static let findingsMax = 1_000

    mutating func add(_ check: String, _ sentence: String) {
        guard findings.count < Self.findingsMax else {
            findingsOmitted += 1
            return
        }
        findings.append(VerificationFinding(check: check, sentence: sentence))
    }
}

/// Checks all invariants of an installation on one snapshot: the file, the ledger, and that every payment has exactly
/// the postings it must have.
///
/// It recomputes from the rows, with nothing of what the running server remembers.
public struct Verification {
    private let reader: Reader
    private let progress: @Sendable (String) -> Void
    private var report = VerificationReport()
    /// What the ledger booked for each object: `ch_…` and `re_…`.
    private var booked: [String: BookedAmounts] = [:]
    private var nets: [AccountKey: Int64] = [:]
    private var held: [AccountKey: Int64] = [:]

    /// Amounts in minor units by kind of transaction, and how many transactions there were.
    struct BookedAmounts {
        var charge: Int64 = 0
        var charges = 0
        var refund: Int64 = 0
        var refunds = 0
        var failures = 0
        var held: Int64 = 0
    }

    private init(_ reader: Reader, progress: @escaping @Sendable (String) -> Void) {
        self.reader = reader
        self.progress = progress
    }

    /// Verifies what a store holds. `progress` is told what is looked at.
    public static func run(
        _ store: Store, progress: @escaping @Sendable (String) -> Void
    ) async throws -> VerificationReport {
        try await store.read { reader in
            var verification = Verification(reader, progress: progress)
            try await verification.checkFile()
            try await verification.checkLedger()
            try await verification.checkRefunds()
            try await verification.checkCharges()
            try await verification.checkIntents()
            try await verification.checkBalances()
            try await verification.checkEvents()
            return verification.report
        }
    }

    private mutating func checkFile() async throws {
        progress("database file")
        for text in try await reader.damage() { report.add("database.integrity", text) }
    }

    // MARK: Ledger

    private mutating func checkLedger() async throws {
        for book in try await reader.books() {
            progress("ledger, \(book)")
            report.books += 1
            var audit = LedgerAudit(book: book)
            for account in try await reader.accounts(of: book) {
                audit.check(account)
                report.trialBalance[account.key.currency.code, default: [:]][
                    Self.group(account.key.name), default: 0] += account.balance
            }
            try await reader.forEachTransaction(of: book, after: 0) { recorded in
                audit.check(recorded)
                note(recorded)
            }
            for finding in audit.finish(head: try await reader.head(of: book)) {
                report.add("ledger.\(finding.check.rawValue)", finding.sentence)
            }
        }
    }

    /// Accounts of one purpose are one line of a trial balance: `pending/2026-11-26` is `pending`.
    private static func group(_ name: AccountName) -> String {
        name.text.hasPrefix(Booking.pendingPrefix) ? "pending" : name.text
    }

    private mutating func note(_ recorded: RecordedTransaction) {
        report.ledgerTransactions += 1
        let fact = recorded.transaction
        var amounts = booked[fact.reference] ?? BookedAmounts()
        let first = fact.postings[0].amount
        switch fact.kind {
        case "charge":
            amounts.charge += first
            amounts.charges += 1
        case "refund":
            amounts.refund += first
            amounts.refunds += 1
        case "refund_failure": amounts.failures += 1
        case "authorisation": amounts.held += first
        case "release": amounts.held -= first
        default: return
        }
        booked[fact.reference] = amounts
    }

    // MARK: Payments

    private mutating func checkCharges() async throws {
        progress("charges")
        try await Self.forEach(reader, Charge.self) { charge in
            report.charges += 1
            let amounts = booked.removeValue(forKey: charge.id.text) ?? BookedAmounts()
            let expected = charge.isCaptured ? 1 : 0
            if amounts.charges != expected || amounts.charge != charge.amountCaptured {
                report.add(
                    "charge.postings",
                    "Charge \(charge.id) captured \(charge.amountCaptured) and is booked \(amounts.charges) times with "
                        + "\(amounts.charge).")
            }
            let isHeld = charge.status == .succeeded && !charge.isCaptured && !charge.isReleased
            let holds = isHeld ? charge.amount.amount : 0
            if amounts.held != holds {
                report.add(
                    "charge.hold", "Charge \(charge.id) should hold \(holds) and the ledger holds \(amounts.held).")
            }
            if isHeld { held[key(charge.merchant, charge.amount, "held"), default: 0] += holds }
            if charge.amountRefunded > charge.amountCaptured {
                report.add("charge.refunds", "Charge \(charge.id) gave back more than it captured.")
            }
            let refunded = refundedByCharge.removeValue(forKey: charge.id) ?? 0
            if refunded != charge.amountRefunded {
                report.add(
                    "charge.refunds",
                    "Charge \(charge.id) says \(charge.amountRefunded) is refunded; its refunds say \(refunded).")
            }
        }
        for (reference, _) in booked {
            report.add("ledger.reference", "The ledger books \(reference), which does not exist.")
        }
    }

    private var refundedByCharge: [ChargeID: Int64] = [:]

    private mutating func checkRefunds() async throws {
        progress("refunds")
        try await Self.forEach(reader, Refund.self) { refund in
            report.refunds += 1
            let amounts = booked.removeValue(forKey: refund.id.text) ?? BookedAmounts()
            let failures = refund.status == .failed ? 1 : 0
            if amounts.refunds != 1 || amounts.refund != refund.amount.amount || amounts.failures != failures {
                report.add("refund.postings", "Refund \(refund.id) does not have exactly its postings.")
            }
            if refund.status != .failed {
                refundedByCharge[refund.charge, default: 0] += refund.amount.amount
            }
        }
    }

    private mutating func checkIntents() async throws {
        progress("intents")
        let succeeded = try await reader.rows(
            "SELECT merchant, id FROM charge WHERE status = 'succeeded' ORDER BY merchant, id", [])
        var paid: Set<String> = []
        for row in succeeded { if case .text(let id) = row[1] { paid.insert(id) } }
        try await Self.forEach(reader, PaymentIntent.self) { intent in
            report.intents += 1
            let successes = intent.charges.filter { paid.contains($0.text) }
            let expected: Int
            switch intent.status {
            case .succeeded, .requiresCapture: expected = 1
            case .canceled: expected = successes.count <= 1 ? successes.count : 0
            case .processing, .requiresPaymentMethod, .requiresConfirmation: expected = 0
            }
            if successes.count != expected {
                report.add(
                    "intent.charges",
                    "Intent \(intent.id) is \(intent.status.rawValue) with \(successes.count) successful charges.")
            }
            for id in successes { paid.remove(id.text) }
        }
        for id in paid { report.add("charge.intent", "Charge \(id) succeeded without an intent that says so.") }
    }

    // MARK: Balances and events

    private mutating func checkBalances() async throws {
        progress("balances")
        try await Self.forEach(reader, BalanceTransaction.self) { line in
            nets[key(line.merchant, line.amount, "net"), default: 0] += line.net
        }
        var stands: [AccountKey: Int64] = [:]
        for book in try await reader.books() {
            for account in try await reader.accounts(of: book) {
                let name = account.key.name
                if name == Booking.available || name.text.hasPrefix(Booking.pendingPrefix) {
                    stands[AccountKey(book: book, currency: account.key.currency, name: "net"), default: 0] +=
                        account.balance
                } else if name == Booking.authorised.held {
                    stands[AccountKey(book: book, currency: account.key.currency, name: "held"), default: 0] +=
                        account.balance
                }
            }
        }
        for (key, amount) in nets.merging(held, uniquingKeysWith: { first, _ in first }) {
            let stand = stands.removeValue(forKey: key) ?? 0
            if stand != amount {
                report.add(
                    "balance.\(key.name)",
                    "\(key.book), \(key.currency.code): objects add up to \(amount) and the ledger holds \(stand).")
            }
        }
        for (key, stand) in stands where stand != 0 {
            report.add(
                "balance.\(key.name)", "\(key.book), \(key.currency.code): the ledger holds \(stand) for nothing.")
        }
    }

    private mutating func checkEvents() async throws {
        progress("events")
        let rows = try await reader.rows(
            "SELECT h.merchant, h.sequence, (SELECT COUNT(*) FROM event e WHERE e.merchant = h.merchant), "
                + "(SELECT MAX(sequence) FROM event e WHERE e.merchant = h.merchant) FROM event_head h", [])
        for row in rows {
            let reader = RowReader(row)
            let (merchant, last, count) = try (reader.integer(0), reader.integer(1), reader.integer(2))
            let highest = try reader.optionalInteger(3) ?? 0
            report.events += Int(count)
            if count != last || highest != last {
                report.add("event.sequence", "Merchant \(merchant) has \(count) events and the last is number \(last).")
            }
        }
    }

    private func key(_ merchant: MerchantKey, _ amount: Money, _ name: AccountName) -> AccountKey {
        AccountKey(book: BookKey(merchant.value), currency: amount.currency, name: name)
    }

    private static func forEach<E: Entity>(
        _ reader: Reader, _ type: E.Type, _ body: (E) throws -> Void
    ) async throws {
        let columns = E.table.columns.map(\.name).joined(separator: ", ")
        try await reader.forEachRow("SELECT \(columns) FROM \(E.table.name)", []) { values in
            try body(E(row: RowReader(values)))
        }
    }
}

internal import Core
internal import Money

/// The words and the JSON of `florin demo`.
struct DemoReport {
    private let outcome: DemoOutcome
    private let lease: ServerLease
    private let seed: UInt64

    init(_ outcome: DemoOutcome, lease: ServerLease, seed: UInt64) {
        self.outcome = outcome
        self.lease = lease
        self.seed = seed
    }

    func show(on console: Console) {
        console.result { encode(into: &$0) }
        let tally = outcome.tally
        let rate = NumberText.fixed(Double(tally.sent) / max(outcome.seconds, 0.001), digits: 0)
        console.heading(
            "\(NumberText.grouped(tally.sent)) payments in \(NumberText.fixed(outcome.seconds, digits: 1)) s")
        console.report("  one after the other on each of a few connections, \(rate)/s; seed \(seed)")
        console.report()
        console.report(payments)
        if !tally.declined.isEmpty {
            console.heading(
                "Declined: \(tally.declinedCount), \(NumberText.share(tally.declinedCount, of: tally.sent))")
            console.report(Bars.chart(Self.ordered(tally.declined), width: console.width, paint: console.paint))
        }
        console.heading("What the merchant earned")
        console.report(earnings)
        console.heading("Trial balance: where every cent is")
        console.report(accounts)
        console.report(verdict(paint: console.paint))
        if !tally.unexpected.isEmpty {
            console.heading(console.paint.red("Answers that should not have come"))
            console.report(Self.ordered(tally.unexpected).map { "  \($0.value) × \($0.label)" })
        }
        console.heading("Where to look next")
        console.report(.facts(hints))
    }

    private static func ordered(_ counts: [String: Int]) -> [(label: String, value: Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (label: $0.key, value: $0.value) }
    }

    private static func text(_ amount: Int64, _ currency: String) -> String {
        guard let known = Currency(code: currency) else { return "\(amount)" }
        let text = Money(amount, known).decimalText
        let point = text.firstIndex(of: ".") ?? text.endIndex
        let whole = text[..<point]
        let sign = whole.hasPrefix("-") ? "-" : ""
        let digits = Int64(whole.drop { $0 == "-" }) ?? 0
        return sign + NumberText.grouped(digits) + text[point...]
    }

    private var payments: TextTable {
        var table = TextTable([
            .left("paid in"), .right("payments"), .right("taken"), .right("refunds"), .right("refunded"),
            .right("on hold"),
        ])
        let tally = outcome.tally
        for currency in tally.currencies {
            let taken = tally.taken[currency] ?? .init()
            let refunded = tally.refunded[currency] ?? .init()
            let held = tally.held[currency] ?? .init()
            table.add([
                currency.uppercased(), NumberText.grouped(taken.count), Self.text(taken.amount, currency),
                NumberText.grouped(refunded.count), Self.text(refunded.amount, currency),
                Self.text(held.amount, currency),
            ])
        }
        return table
    }

    private var lines: [(currency: String, line: TrialBalance.Line)] {
        outcome.trialBalance.lines.sorted { $0.key < $1.key }.map { (currency: $0.key, line: $0.value) }
    }

    private var earnings: TextTable {
        var table = TextTable([
            .left("settled in"), .right("charged"), .right("refunded"), .right("fees"), .right("net"),
            .right("balance transactions"),
        ])
        for (currency, line) in lines {
            table.add([
                currency.uppercased(), Self.text(line.charged, currency), Self.text(-line.refunded, currency),
                Self.text(-line.fees, currency), Self.text(line.net, currency), NumberText.grouped(line.transactions),
            ])
        }
        return table
    }

    private var accounts: TextTable {
        var table = TextTable([.left("account")] + lines.map { .right($0.currency.uppercased()) })
        func row(_ name: String, _ amount: (String, TrialBalance.Line) -> Int64) {
            table.add([name] + lines.map { Self.text(amount($0.currency, $0.line), $0.currency) })
        }
        let balance = outcome.balance
        row("clearing, owed by the card network") { $1.clearing }
        row("pending, the merchant's") { currency, _ in balance.pending[currency] ?? 0 }
        row("available, the merchant's") { currency, _ in balance.available[currency] ?? 0 }
        row("fees, the platform's") { $1.fees }
        row("sum") { currency, line in line.clearing + balance.total(currency) + line.fees }
        return table
    }

    private func verdict(paint: Paint) -> [String] {
        if outcome.faults.isEmpty {
            return [
                "  " + paint.green("✓ ")
                    + "all accounts sum to zero; the nets of all balance transactions are the balance, to the cent"
            ]
        }
        return outcome.faults.map { "  " + paint.red("✗ ") + $0 }
    }

    private var hints: [(name: String, value: String)] {
        guard let folder = lease.folder else {
            return [
                ("the balance", "curl \(lease.address.url)/v1/balance -u KEY:"),
                ("declined charges", "curl \(lease.address.url)/v1/charges?limit=5 -u KEY:"),
            ]
        }
        return [
            ("start a server on it", "florin serve --data \(folder)"),
            ("its keys", "\(folder)/sandbox.json"),
            ("check every posting", "florin verify --data \(folder)"),
            ("how fast is this machine", "florin bench payments"),
        ]
    }

    private func encode(into json: inout JSONWriter) {
        let tally = outcome.tally
        json.field("ok", outcome.isGood)
        json.field("seed", JSONValue.number(String(seed)))
        json.field("payments", Int64(tally.sent))
        json.field("seconds", decimal: outcome.seconds, digits: 3)
        for (key, sums) in [("taken" as StaticString, tally.taken), ("refunded", tally.refunded), ("held", tally.held)]
        {
            json.object(key) { json in
                for (currency, sum) in sums.sorted(by: { $0.key < $1.key }) {
                    json.dynamicField(
                        currency,
                        .object([
                            .init(key: "payments", value: .integer(Int64(sum.count))),
                            .init(key: "amount", value: .integer(sum.amount)),
                        ]))
                }
            }
        }
        json.field("canceled", Int64(tally.canceled))
        for (key, counts) in [("declined" as StaticString, tally.declined), ("unexpected", tally.unexpected)] {
            json.object(key) { json in
                for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                    json.dynamicField(name, .integer(Int64(count)))
                }
            }
        }
        json.array("trial_balance") { json in
            for (currency, line) in lines {
                json.object { json in
                    json.field("currency", currency)
                    json.field("clearing", line.clearing)
                    json.field("pending", outcome.balance.pending[currency] ?? 0)
                    json.field("available", outcome.balance.available[currency] ?? 0)
                    json.field("fees", line.fees)
                    json.field("net", line.net)
                    json.field("charged", line.charged)
                    json.field("refunded", line.refunded)
                }
            }
        }
        json.array("faults") { json in for fault in outcome.faults { json.element(fault) } }
        json.field("folder", lease.folder)
    }
}

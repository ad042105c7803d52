internal import Core

/// The accounts of a merchant, worked out from its balance transactions alone, and held against `GET /v1/balance`.
///
/// Every balance transaction is a move: a gross amount from the network, its fee to the platform, the net to the
/// merchant. So per currency the four accounts sum to zero whatever happened, and the merchant's two must be what the
/// balance says.
struct TrialBalance: Sendable {
    /// The figures of one currency, in minor units.
    struct Line: Sendable, Hashable {
        /// Gross amounts of charges, and what went back to cardholders (as a positive number).
        var charged: Int64 = 0
        var refunded: Int64 = 0
        /// Everything else: payouts, adjustments.
        var other: Int64 = 0
        var fees: Int64 = 0
        var net: Int64 = 0
        var transactions = 0
        /// Balance transactions whose net is not their amount less their fee.
        var inconsistent = 0

        /// What the card network owes: below zero, as it is the source of the money.
        var clearing: Int64 { -(charged - refunded + other) }
    }

    private(set) var lines: [String: Line] = [:]

    /// Adds a `balance_transaction` object.
    mutating func add(_ transaction: JSONValue) {
        guard let currency = transaction["currency"]?.string, let amount = transaction["amount"]?.integer,
            let fee = transaction["fee"]?.integer, let net = transaction["net"]?.integer
        else { return }
        var line = lines[currency] ?? Line()
        switch transaction["type"]?.string {
        case "charge", "payment": line.charged += amount
        case "refund", "payment_refund", "refund_failure": line.refunded -= amount
        default: line.other += amount
        }
        line.fees += fee
        line.net += net
        line.transactions += 1
        if net != amount - fee { line.inconsistent += 1 }
        lines[currency] = line
    }

    /// What does not hold, in words; empty when the books balance.
    func faults(_ balance: BalanceReading) -> [String] {
        var faults: [String] = []
        for currency in Set(lines.keys).union(balance.currencies).sorted() {
            let line = lines[currency] ?? Line()
            let code = currency.uppercased()
            if line.inconsistent > 0 {
                faults.append("\(code): \(line.inconsistent) balance transactions whose net is not amount less fee")
            }
            if line.net != balance.total(currency) {
                faults.append("\(code): nets add up to \(line.net), the balance says \(balance.total(currency))")
            }
            let sum = line.clearing + balance.total(currency) + line.fees
            if sum != 0 { faults.append("\(code): the accounts sum to \(sum), not to zero") }
        }
        return faults
    }
}

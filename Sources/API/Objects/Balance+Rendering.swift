import Core
import Money
import Payments

extension BalanceSummary {
    /// Writes the fields of the `balance`. A merchant without any movement has nothing of its own currency.
    func members(into json: inout JSONWriter, _ context: RenderContext) {
        let nothing = Line(currency: context.merchant.defaultCurrency, available: 0, pending: 0)
        let lines = self.lines.isEmpty ? [nothing] : self.lines
        json.field("object", "balance")
        json.array("available") { json in
            for line in lines { Self.amount(line.available, line.currency, into: &json) }
        }
        json.field("livemode", context.isLive)
        json.array("pending") { json in
            for line in lines { Self.amount(line.pending, line.currency, into: &json) }
        }
    }

    private static func amount(_ amount: Int64, _ currency: Currency, into json: inout JSONWriter) {
        json.object { json in
            json.field("amount", amount)
            json.field("currency", currency.lowercased)
            json.object("source_types") { $0.field("card", amount) }
        }
    }
}

extension BalanceTransaction {
    /// Writes the fields of a `balance_transaction`.
    func members(into json: inout JSONWriter, _ context: RenderContext, _ expansion: Expansion) {
        json.field("id", id.text)
        json.field("object", "balance_transaction")
        json.field("amount", amount.amount)
        json.field("available_on", availableOn.seconds)
        json.field("balance_type", "payments")
        json.field("created", createdAt.seconds)
        json.field("currency", amount.currency.lowercased)
        json.field("description", description)
        json.null("exchange_rate")
        json.field("fee", fee)
        json.array("fee_details") { json in
            for detail in feeDetails {
                json.object { json in
                    json.field("amount", detail.amount)
                    json.null("application")
                    json.field("currency", amount.currency.lowercased)
                    json.field("description", detail.description)
                    json.field("type", detail.type)
                }
            }
        }
        json.field("net", net)
        json.field("reporting_category", type.reportingCategory)
        json.reference("source", source, .source, context, expansion)
        json.field("status", availableOn <= context.now ? "available" : "pending")
        json.field("type", type.rawValue)
    }
}

import Core
import Money
import Payments

extension Merchant {
    /// Writes the fields of an `account`: a merchant that answers for itself, with nothing left to be asked of it.
    func members(into json: inout JSONWriter) {
        json.field("id", account.text)
        json.field("object", "account")
        json.object("business_profile") { businessProfileMembers(into: &$0) }
        json.null("business_type")
        json.object("capabilities") { json in
            json.field("card_payments", "active")
            json.field("transfers", "active")
        }
        json.field("charges_enabled", true)
        json.object("controller") { $0.field("type", "account") }
        json.field("country", country)
        json.field("created", createdAt.seconds)
        json.field("default_currency", defaultCurrency.lowercased)
        json.field("details_submitted", true)
        json.field("email", email)
        json.emptyList("external_accounts", url: "/v1/accounts/\(account.text)/external_accounts")
        json.object("future_requirements") { Self.requirementMembers(into: &$0) }
        json.object("metadata") { _ in }
        json.field("payouts_enabled", true)
        json.object("requirements") { Self.requirementMembers(into: &$0) }
        json.object("settings") { settingsMembers(into: &$0) }
        json.object("tos_acceptance") { json in
            json.null("date")
            json.null("ip")
            json.null("user_agent")
        }
        json.field("type", "standard")
    }

    private func businessProfileMembers(into json: inout JSONWriter) {
        json.null("annual_revenue")
        json.null("estimated_worker_count")
        json.field("mcc", categoryCode)
        json.null("minority_owned_business_designation")
        json.field("name", businessName)
        json.null("product_description")
        json.null("support_address")
        json.null("support_email")
        json.null("support_phone")
        json.null("support_url")
        json.null("url")
    }

    private static func requirementMembers(into json: inout JSONWriter) {
        json.array("alternatives") { _ in }
        json.null("current_deadline")
        json.array("currently_due") { _ in }
        json.null("disabled_reason")
        json.array("errors") { _ in }
        json.array("eventually_due") { _ in }
        json.array("past_due") { _ in }
        json.array("pending_verification") { _ in }
    }

    private func settingsMembers(into json: inout JSONWriter) {
        json.object("branding") { json in
            json.null("icon")
            json.null("logo")
            json.null("primary_color")
            json.null("secondary_color")
        }
        json.object("card_payments") { json in
            json.object("decline_on") { json in
                json.field("avs_failure", false)
                json.field("cvc_failure", false)
            }
            json.null("statement_descriptor_prefix")
            json.null("statement_descriptor_prefix_kana")
            json.null("statement_descriptor_prefix_kanji")
        }
        json.object("dashboard") { json in
            json.field("display_name", businessName)
            json.field("timezone", "Etc/UTC")
        }
        json.object("payments") { json in
            json.field("statement_descriptor", statementDescriptor)
            json.null("statement_descriptor_kana")
            json.null("statement_descriptor_kanji")
        }
        json.object("payouts") { json in
            json.field("debit_negative_balances", false)
            json.object("schedule") { json in
                json.field("delay_days", settlementDelayDays)
                json.field("interval", "manual")
            }
            json.null("statement_descriptor")
        }
        json.object("sepa_debit_payments") { _ in }
    }
}

import Core
import Payments

/// What rendering needs besides the object: whose it is, the moment, and what was expanded.
struct RenderContext: Sendable {
    /// Whose objects these are; its mode is the answer's `livemode`.
    var merchant: Merchant
    /// Balance transactions are pending or available as of this moment.
    var now: Timestamp
    /// The version asked for. There is one shape so far, that of 2026-10-28.endive.
    var apiVersion: String
    /// The version events name as theirs: the account's, or that of the webhook endpoint they are sent to.
    var eventVersion: String
    /// Which references to answer as whole objects.
    var expansion: Expansion
    /// The objects those references lead to.
    var expanded: ExpandedObjects

    init(
        merchant: Merchant, now: Timestamp, apiVersion: String, eventVersion: String? = nil,
        expansion: Expansion = .none, expanded: ExpandedObjects = ExpandedObjects()
    ) {
        self.merchant = merchant
        self.now = now
        self.apiVersion = apiVersion
        self.eventVersion = eventVersion ?? merchant.apiVersion
        self.expansion = expansion
        self.expanded = expanded
    }

    /// The answer's `livemode`.
    var isLive: Bool { merchant.isLive }
}

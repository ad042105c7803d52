import Core
import Payments
import Platform

extension WebhookEndpoint {
    /// Writes the fields of a `webhook_endpoint`, its secret only in the answer that made it.
    func members(into json: inout JSONWriter, showsSecret: Bool, _ context: RenderContext) {
        json.field("id", id.text)
        json.field("object", "webhook_endpoint")
        json.field("api_version", apiVersion)
        json.null("application")
        json.field("created", createdAt.seconds)
        json.field("description", description)
        json.array("enabled_events") { json in for type in enabledEvents { json.element(type) } }
        json.field("livemode", context.isLive)
        json.metadata("metadata", metadata)
        if showsSecret { json.field("secret", secret) }
        json.field("status", isEnabled ? "enabled" : "disabled")
        json.field("url", url)
    }
}

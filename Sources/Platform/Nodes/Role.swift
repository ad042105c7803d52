/// What a process does for the installation; all of it unless it is told otherwise.
public enum Role: String, CaseIterable, Sendable {
    /// Answers requests.
    case api
    /// Tells webhook endpoints of events.
    case webhooks
    /// Resolves attempts that were left, delivers advices to the network, matures funds, forgets old keys.
    case jobs
}

/// Background work that one process of an installation does at a time.
enum Duty: String, CaseIterable, Sendable {
    case attempts, advices, webhooks, daily

    var role: Role {
        switch self {
        case .attempts, .advices, .daily: .jobs
        case .webhooks: .webhooks
        }
    }

    var leaseName: String { "duty/" + rawValue }
}

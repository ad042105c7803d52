internal import CardFormats

/// What the sandbox wants the risk of a card to be, whatever the fraud engine thinks of the payment.
public enum SandboxRisk {
    /// How risky a payment is.
    public enum Level: String, Sendable {
        /// Nothing is known against it.
        case normal
        /// A review is opened.
        case elevated
        /// Most likely fraud.
        case highest
    }

    /// The risk of the card with these first eight and last four digits; `normal` for all that are no test cards.
    ///
    /// A blocked card's payment is refused before it reaches the network.
    public static func assess(bin8: String, last4: String) -> (level: Level, isBlocked: Bool) {
        switch TestCards.card(bin: bin8, last4: last4)?.behaviour.risk {
        case .blocked: (.highest, true)
        case .highest: (.highest, false)
        case .elevated: (.elevated, false)
        case nil: (.normal, false)
        }
    }
}

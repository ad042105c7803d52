public import Core
public import Money
public import Payments

/// Something that an acquirer tells on its own.
///
/// The acquirer repeats it until the handler has returned, so it may arrive more than once.
public struct UnsolicitedMessage: Hashable, Sendable {
    /// What is told.
    public enum Kind: Hashable, Sendable {
        /// 0420 or 0400: the original did not happen after all, for example a refund that the card's bank refused.
        case reversal
    }

    /// What is told.
    public let kind: Kind
    /// The message of ours that it is about.
    public let original: OriginalMessage
    /// The amount that the reversal is of; nil when it names none that can be read.
    public let amount: Money?
    /// DE42: whose payment it is.
    public let merchantIdentifier: String
    /// DE39: why, if it says.
    public let reason: String?
    /// When it arrived.
    public let receivedAt: Timestamp
}

/// Takes care of what an acquirer tells on its own. When it returns, the acquirer gets its acknowledgement, so what
/// must not be lost has to be durable by then; when it throws, there is none, and the acquirer will tell it again.
public typealias UnsolicitedHandler = @Sendable (UnsolicitedMessage) async throws -> Void

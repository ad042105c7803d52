public import CardFormats

/// How the sandbox's issuer listens and behaves.
public struct IssuerConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The TCP port to listen on; 0 takes a free one, see ``IssuerHost/port``.
    public var port: Int
    /// How messages lie on the wire.
    public var dialect: MessageSpecification
    /// How their length is written in front of them.
    public var framing: Framing
    /// Whether the amount decides for every card, as it does for ``ScriptCard/decideByAmount``.
    public var decidesByAmount: Bool
    /// After how long a late answer comes; more than the acquirer waits.
    public var lateMilliseconds: Int64
    /// How long a slow answer takes.
    public var slowMilliseconds: ClosedRange<Int64>
    /// How long a refund of the test card 4000000000007726 is pending.
    public var pendingRefundMilliseconds: Int64
    /// When the refund of the test card 4000000000005126 fails after all.
    public var failedRefundMilliseconds: Int64
    /// After how long a message to the acquirer that was not answered is repeated.
    public var adviceRepeatMilliseconds: Int64
    /// How many authorisations and purchases are remembered; beyond it the oldest are dropped.
    public var recordsMax: Int
    /// How long one of them is remembered when nothing is held for it any more.
    public var settledKeptMilliseconds: Int64
    /// Whether a capture or refund is taken of a payment from before the host started or that it has dropped.
    ///
    /// The book is in memory only, so without this no payment could be refunded after a restart of the sandbox. With
    /// it, such captures and refunds are taken on trust.
    public var adoptsEarlierOriginals: Bool

    /// An issuer on a free port of this machine, on packed digits behind a length of two bytes.
    public static let standard = IssuerConfiguration(host: "127.0.0.1", port: 0)

    /// An issuer that behaves like ``standard`` and listens on a port of one's own.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
        dialect = .bcd
        framing = .binary2
        decidesByAmount = false
        lateMilliseconds = 12_000
        slowMilliseconds = 200...2_000
        pendingRefundMilliseconds = 1_500
        failedRefundMilliseconds = 1_500
        adviceRepeatMilliseconds = 5_000
        recordsMax = 1_000_000
        settledKeptMilliseconds = 3_600_000
        adoptsEarlierOriginals = true
    }
}

/// A link's figures at one moment.
public struct LinkStatistics: Hashable, Sendable {
    /// Where a link stands.
    public enum State: String, Sendable {
        /// Not started.
        case idle
        /// The TCP connection is being made.
        case connecting
        /// The sign-on is not answered yet.
        case signingOn
        /// Messages are sent.
        case signedOn
        /// The connection was lost or could not be made; it is tried again after a pause.
        case waitingToReconnect
        /// Closed for good.
        case closed
    }

    /// Where the link stands.
    public internal(set) var state = State.idle
    /// Messages written and not yet answered.
    public internal(set) var inFlight = 0
    /// Messages that wait for the connection.
    public internal(set) var waiting = 0
    /// Messages written.
    public internal(set) var sent: Int64 = 0
    /// Messages answered in time.
    public internal(set) var answered: Int64 = 0
    /// Messages whose answer did not come in time.
    public internal(set) var timeouts: Int64 = 0
    /// Answers that came after their message was given up; they were not applied.
    public internal(set) var lateAnswers: Int64 = 0
    /// Answers to nothing that is in flight, duplicates among them.
    public internal(set) var unmatchedAnswers: Int64 = 0
    /// Messages in flight when the connection was lost.
    public internal(set) var lostInFlight: Int64 = 0
    /// Messages that were refused before they were written.
    public internal(set) var notSent: Int64 = 0
    /// How often the host let the link sign on.
    public internal(set) var signOns: Int64 = 0
    /// How often the connection was lost or given up.
    public internal(set) var disconnects: Int64 = 0
    /// Frames or messages that could not be read.
    public internal(set) var garbledFrames: Int64 = 0
    /// Echoes sent after silence.
    public internal(set) var echoes: Int64 = 0
    /// Messages that the host sent on its own.
    public internal(set) var unsolicited: Int64 = 0

    /// How often the link came back after its first sign-on.
    public var reconnects: Int64 { max(0, signOns - 1) }
}

public import CardFormats

/// How to reach an acquirer that speaks ISO 8583, and what it knows us by.
///
///     var acquirer = ISO8583Configuration(
///         host: "acquirer.example", port: 5_150, acquirerIdentifier: "12345", acquirerCountry: "840",
///         terminalIdentifier: "FLORIN01")
///     acquirer.connections = 2
///     for problem in acquirer.problems { … }
public struct ISO8583Configuration: Sendable {
    /// Name or address of the acquirer's host.
    public var host: String
    /// TCP port, 1…65,535.
    public var port: Int
    /// How messages lie on the wire.
    public var dialect: MessageSpecification
    /// How their length is written in front of them.
    public var framing: Framing
    /// DE32, up to 11 digits.
    public var acquirerIdentifier: String
    /// DE19, three digits of ISO 3166, for example `840`.
    public var acquirerCountry: String
    /// DE41, up to eight letters and digits.
    public var terminalIdentifier: String

    /// How long a message waits for its answer.
    public var answerMilliseconds: Int64
    /// How long a TCP connection may take to come about.
    public var connectMilliseconds: Int64
    /// How long a message waits for a connection that was lost a moment ago; after that it is refused at once.
    public var connectionWaitMilliseconds: Int64
    /// After how much silence the link asks whether the host is still there.
    public var echoAfterIdleMilliseconds: Int64
    /// The longest pause before the first attempt to reconnect.
    public var reconnectFirstMilliseconds: Int64
    /// The longest pause between later attempts.
    public var reconnectMaxMilliseconds: Int64
    /// How many messages may be in flight to this acquirer; one more is refused.
    public var inFlightMax: Int
    /// How many TCP connections share the messages.
    public var connections: Int
    /// When to stop asking an acquirer that does not answer.
    public var breaker: BreakerSettings

    /// An acquirer on packed digits behind a length of two bytes, with time limits that suit card payments.
    public init(
        host: String, port: Int, acquirerIdentifier: String, acquirerCountry: String, terminalIdentifier: String
    ) {
        self.host = host
        self.port = port
        self.acquirerIdentifier = acquirerIdentifier
        self.acquirerCountry = acquirerCountry
        self.terminalIdentifier = terminalIdentifier
        dialect = .bcd
        framing = .binary2
        answerMilliseconds = 8_000
        connectMilliseconds = 3_000
        connectionWaitMilliseconds = 1_000
        echoAfterIdleMilliseconds = 60_000
        reconnectFirstMilliseconds = 100
        reconnectMaxMilliseconds = 10_000
        inFlightMax = 4_096
        connections = 1
        breaker = .standard
    }
}

/// Validation.
extension ISO8583Configuration {
    /// What is wrong with the settings, a sentence each; empty when they can be used.
    public var problems: [String] {
        identityProblems + numberProblems
    }

    private var identityProblems: [String] {
        var problems: [String] = []
        if host.isEmpty { problems.append("host is empty: give the acquirer's name or address") }
        if !Self.isDigits(acquirerIdentifier, 1...11) {
            problems.append("acquirerIdentifier must be 1 to 11 digits (DE32)")
        }
        if !Self.isDigits(acquirerCountry, 3...3) {
            problems.append("acquirerCountry must be three digits of ISO 3166, such as 840 (DE19)")
        }
        let isTerminal = terminalIdentifier.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        if !isTerminal || !(1...8).contains(terminalIdentifier.utf8.count) {
            problems.append("terminalIdentifier must be 1 to 8 printable characters (DE41)")
        }
        return problems
    }

    private var numberProblems: [String] {
        let day: Int64 = 86_400_000
        let limits: [(name: String, value: Int64, range: ClosedRange<Int64>)] = [
            ("port", Int64(port), 1...65_535),
            ("answerMilliseconds", answerMilliseconds, 1...300_000),
            ("connectMilliseconds", connectMilliseconds, 1...300_000),
            ("connectionWaitMilliseconds", connectionWaitMilliseconds, 0...60_000),
            ("echoAfterIdleMilliseconds", echoAfterIdleMilliseconds, 1...day),
            ("reconnectFirstMilliseconds", reconnectFirstMilliseconds, 1...60_000),
            ("reconnectMaxMilliseconds", reconnectMaxMilliseconds, min(max(1, reconnectFirstMilliseconds), day)...day),
            ("inFlightMax", Int64(inFlightMax), 1...1_000_000),
            ("connections", Int64(connections), 1...64),
            ("breaker.windowMilliseconds", breaker.windowMilliseconds, 10...day),
            ("breaker.failuresMin", Int64(breaker.failuresMin), 1...1_000_000),
            ("breaker.failurePercentMin", Int64(breaker.failurePercentMin), 1...100),
            ("breaker.openMilliseconds", breaker.openMilliseconds, 1...day),
        ]
        return limits.filter { !$0.range.contains($0.value) }.map {
            "\($0.name) is \($0.value) but must be \($0.range.lowerBound) to \($0.range.upperBound)"
        }
    }

    private static func isDigits(_ text: String, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// Settings of an acquirer that cannot be used.
public struct ISO8583ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence for each mistake.
    public let problems: [String]

    /// All mistakes in one line.
    public var description: String { "The acquirer cannot be used: " + problems.joined(separator: "; ") }
}

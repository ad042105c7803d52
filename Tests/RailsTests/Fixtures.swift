import CardFormats
import Core
import Logging
import Money
import NIOCore
import NIOPosix
import Payments
import Synchronization
import Testing

@testable import Rails

/// 23 November 2026, 14:30:05 UTC: DE7 1123143005.
let testTime = Timestamp(seconds: 1_795_444_205)

func money(_ amount: Int64, _ code: String = "USD") throws -> Money {
    Money(amount, try #require(Currency(code: code)))
}

func reference(_ traceNumber: Int, at time: Timestamp = testTime) -> NetworkReference {
    let digits = String(traceNumber)
    return NetworkReference(
        transmittedAt: time, traceNumber: traceNumber,
        retrievalReference: "632714" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits)
}

/// A request in the sandbox. The vault token is the card number, see ``plainCardNumbers``.
func request(
    _ operation: CardRequest.Operation, _ traceNumber: Int, card number: String = "4242424242424242",
    amount: Money, of original: OriginalMessage? = nil, isRepeat: Bool = false, cvc: String? = nil,
    addressLine1: String? = nil, postalCode: String? = nil, isOnFile: Bool = false
) -> CardRequest {
    CardRequest(
        merchant: MerchantKey(1), operation: operation, reference: reference(traceNumber), original: original,
        isRepeat: isRepeat,
        card: CardCredential(
            vaultToken: VaultTokenID(number), expiryMonth: 12, expiryYear: 2030,
            cvc: cvc.flatMap { CardVerificationCode($0) }, addressLine1: addressLine1, postalCode: postalCode,
            isOnFile: isOnFile),
        amount: amount,
        acceptor: CardAcceptor(
            merchantIdentifier: "MERCHANT0000001", name: "Café Zürich", city: "San Francisco", country: "US",
            categoryCode: "5812"))
}

func original(_ operation: CardRequest.Operation, _ traceNumber: Int) -> OriginalMessage {
    OriginalMessage(operation: operation, reference: reference(traceNumber))
}

/// A vault whose tokens are the card numbers.
let plainCardNumbers: CardNumberSource = { token, _, _, use in
    try Array(token.text.utf8).withUnsafeBufferPointer { try use($0) }
}

/// An acquirer on a port of this machine, with nothing in the way of a quick test.
func acquirer(port: Int) -> ISO8583Configuration {
    var configuration = ISO8583Configuration(
        host: "127.0.0.1", port: port, acquirerIdentifier: "12345", acquirerCountry: "840",
        terminalIdentifier: "FLORIN01")
    configuration.connectionWaitMilliseconds = 10_000
    configuration.reconnectFirstMilliseconds = 2
    configuration.reconnectMaxMilliseconds = 20
    return configuration
}

func makeRail(
    _ configuration: ISO8583Configuration, log: LogWatch = LogWatch(),
    cardNumbers: @escaping CardNumberSource = plainCardNumbers,
    onUnsolicited: @escaping UnsolicitedHandler = { _ in }
) throws -> ISO8583Rail {
    let rail = try ISO8583Rail(
        configuration: configuration, cardNumbers: cardNumbers, environment: .live,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: log.logger, onUnsolicited: onUnsolicited)
    rail.start()
    return rail
}

extension CardOutcome {
    /// The outcome as a word, for tables: `00`, `timeout`, `noConnection`, …
    var word: String {
        switch self {
        case .answered(let answer): answer.responseCode
        case .unknown(let reason): reason.rawValue
        case .notSent(let reason): reason.rawValue
        }
    }
}

/// A logger whose lines a test can wait for.
final class LogWatch: Sendable {
    private struct Contents {
        var lines: [String] = []
        var waiters: [(line: String, count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let contents = Mutex(Contents())

    var logger: Logger { Logger(label: "test", factory: { _ in Handler(watch: self) }) }

    /// Everything that was logged, metadata included.
    var text: String { contents.withLock { $0.lines.joined(separator: "\n") } }

    /// Waits until a line that starts with `line` was written `count` times.
    func wait(for line: String, count: Int = 1) async {
        await withCheckedContinuation { continuation in
            contents.withLock { contents in
                contents.waiters.append((line, count, continuation))
                Self.wake(&contents)
            }
        }
    }

    private static func wake(_ contents: inout Contents) {
        contents.waiters.removeAll { waiter in
            let isThere = contents.lines.count { $0.hasPrefix(waiter.line) } >= waiter.count
            if isThere { waiter.continuation.resume() }
            return isThere
        }
    }

    private struct Handler: LogHandler {
        let watch: LogWatch
        var metadataProvider: Logger.MetadataProvider?
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(watch: LogWatch) { self.watch = watch }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            watch.contents.withLock { contents in
                contents.lines.append("\(event.message) \(event.metadata ?? [:])")
                LogWatch.wake(&contents)
            }
        }
    }
}

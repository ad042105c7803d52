internal import CardFormats
internal import Core
internal import Logging

/// What a link writes into the log. No line carries the content of a message.
struct LinkLog: Sendable {
    let logger: Logger

    func note(_ note: LinkNote) {
        switch note {
        case .signedOn: logger.info("Signed on to the acquirer")
        case .signOnRefused(let code): logger.error("The acquirer refused the sign-on", metadata: ["code": "\(code)"])
        case .signOnNotAnswered: logger.warning("The acquirer did not answer the sign-on: reconnecting")
        case .echoNotAnswered: logger.warning("The acquirer did not answer an echo: reconnecting")
        case .connectFailed(let attempts):
            logger.warning("No connection to the acquirer", metadata: ["attempts": "\(attempts)"])
        case .disconnected(let inFlight):
            logger.warning("The acquirer's connection was lost", metadata: ["in_flight": "\(inFlight)"])
        case .garbled(let inFlight):
            logger.error("The acquirer sent something unreadable", metadata: ["in_flight": "\(inFlight)"])
        case .lateAnswer(let trace): logger.notice("A late answer was not applied", metadata: ["trace": "\(trace)"])
        case .unmatchedAnswer(let trace):
            logger.debug("An answer to nothing in flight was dropped", metadata: ["trace": "\(trace)"])
        case .foreignAnswer(let trace):
            logger.error("An answer names another payment than its request", metadata: ["trace": "\(trace)"])
        case .traceInUse(let trace):
            logger.error("A trace number is in flight already", metadata: ["trace": "\(trace)"])
        case .unexpectedMessage: logger.warning("The acquirer sent a message of a kind that is not spoken")
        case .unsolicitedDropped: logger.warning("Too many unsolicited messages in hand: one was left to be repeated")
        }
    }

    func unreadable(_ error: any Error) {
        logger.error("Unreadable bytes from the acquirer", metadata: ["problem": "\(Self.safe(error))"])
    }

    func unwritable(_ error: any Error) {
        logger.error("A message cannot be written", metadata: ["problem": "\(Self.safe(error))"])
    }

    func connectFailure(_ error: any Error) {
        logger.debug("Connecting failed", metadata: ["problem": "\(error)"])
    }

    func cardUnavailable(_ error: any Error) {
        logger.error("A card number was not to be had", metadata: ["problem": "\(Self.safe(error))"])
    }

    func unsolicitedNotHandled(_ error: any Error) {
        logger.error("An unsolicited message was not taken care of", metadata: ["problem": "\(type(of: error))"])
    }

    /// Errors known to carry no content are shown; of others only what kind they are.
    private static func safe(_ error: any Error) -> String {
        switch error {
        case let error as ISO8583Error: error.description
        case let error as FramingError: "\(error)"
        case let error as CardMessageWriter.Failure: error.description
        default: "\(type(of: error))"
        }
    }
}

internal import Synchronization

/// Where tasks leave messages for a link's event loop, and find the link's figures.
final class LinkDesk: Sendable {
    /// A message that wants to be sent, and who waits for what comes of it.
    struct Submission: Sendable {
        let key: MessageKey
        let retrievalReference: String
        let frame: [UInt8]
        let waiter: CheckedContinuation<LinkOutcome, Never>
    }

    private struct Contents {
        var submissions: [Submission] = []
        var statistics = LinkStatistics()
    }

    private let contents = Mutex(Contents())

    /// Leaves a message; true when the event loop has to be told, because nothing lay here.
    func leave(_ submission: Submission) -> Bool {
        contents.withLock {
            $0.submissions.append(submission)
            return $0.submissions.count == 1
        }
    }

    /// Takes all messages.
    func takeAll() -> [Submission] {
        contents.withLock {
            let all = $0.submissions
            $0.submissions = []
            return all
        }
    }

    func publish(_ statistics: LinkStatistics) {
        contents.withLock { $0.statistics = statistics }
    }

    var statistics: LinkStatistics { contents.withLock { $0.statistics } }

    /// How many messages are on the link or on their way to it, and whether it can send them.
    var load: (messages: Int, isSignedOn: Bool) {
        contents.withLock {
            let statistics = $0.statistics
            return (
                $0.submissions.count + statistics.inFlight + statistics.waiting, statistics.state == .signedOn
            )
        }
    }
}

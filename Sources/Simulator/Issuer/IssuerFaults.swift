internal import Core
internal import Synchronization

/// What a message asks of the issuer.
public enum IssuerOperation: String, CaseIterable, Sendable {
    /// 0100: hold an amount.
    case authorisation
    /// 0200: take an amount.
    case purchase
    /// 0100 with DE90: hold another amount in all.
    case increment
    /// 0220: take what is held, or part of it.
    case capture
    /// 0220 with processing code 20: give back what was taken.
    case refund
    /// 0420 or 0400: the original never happened.
    case reversal
}

/// What can go wrong with one message.
public enum IssuerFault: String, CaseIterable, Sendable {
    /// The issuer does not act and does not answer.
    case silent
    /// The issuer acts; the answer is lost.
    case approveThenSilent
    /// The issuer acts; the answer comes after the acquirer's time limit.
    case lateAnswer
    /// The issuer acts and answers twice.
    case duplicateAnswer
    /// The issuer acts; the answer is bytes that are no message.
    case garbledAnswer
    /// The connection breaks; the issuer did not act.
    case disconnectBeforeActing
    /// The issuer acts; the connection breaks before the answer.
    case disconnectAfterActing
    /// The issuer acts and answers after a delay.
    case slowAnswer
}

/// What goes wrong at an issuer host, on request and repeatable from a seed. Any task may change it at any time.
///
///     host.faults.next(.approveThenSilent, count: 1)              // the next message
///     host.faults.next(.silent, count: 2, of: .reversal)          // the next two reversals
///     host.faults.setProbability(.lateAnswer, perThousand: 20)    // and one message in fifty
public final class IssuerFaults: Sendable {
    private struct Planned {
        let fault: IssuerFault
        let operation: IssuerOperation?
        var count: Int
    }

    private struct Plan {
        var planned: [Planned] = []
        var probabilities: [IssuerFault: Int] = [:]
        var isEmpty: Bool { planned.isEmpty && probabilities.isEmpty }
    }

    private let plan = Mutex(Plan())
    private let generator: SeededGenerator

    /// Nothing goes wrong until it is asked for.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Lets something go wrong with the next `count` messages, of one operation or of any, after those that were
    /// planned before.
    public func next(_ fault: IssuerFault, count: Int, of operation: IssuerOperation? = nil) {
        precondition(count >= 0, "IssuerFaults.next needs a count from 0")
        guard count > 0 else { return }
        plan.withLock { $0.planned.append(Planned(fault: fault, operation: operation, count: count)) }
    }

    /// Lets something go wrong with some of all messages. The probabilities of all faults together must not exceed
    /// 1,000.
    public func setProbability(_ fault: IssuerFault, perThousand: Int) {
        precondition((0...1_000).contains(perThousand), "A probability is 0 to 1,000 in a thousand")
        plan.withLock { plan in
            plan.probabilities[fault] = perThousand == 0 ? nil : perThousand
            precondition(
                plan.probabilities.values.reduce(0, +) <= 1_000, "The probabilities of all faults exceed 1,000")
        }
    }

    /// Lets nothing go wrong any more.
    public func clear() { plan.withLock { $0 = Plan() } }

    /// What goes wrong with a message that arrived now.
    func draw(_ operation: IssuerOperation) -> IssuerFault? {
        plan.withLock { plan in
            guard !plan.isEmpty else { return nil }
            if let place = plan.planned.firstIndex(where: { $0.operation == nil || $0.operation == operation }) {
                let fault = plan.planned[place].fault
                plan.planned[place].count -= 1
                if plan.planned[place].count <= 0 { plan.planned.remove(at: place) }
                return fault
            }
            guard !plan.probabilities.isEmpty else { return nil }
            var drawn = generator.below(1_000)
            // In the order of the cases, so that a seed always means the same.
            for fault in IssuerFault.allCases {
                let probability = plan.probabilities[fault] ?? 0
                if drawn < probability { return fault }
                drawn -= probability
            }
            return nil
        }
    }

    /// A number of the same seeded sequence, for delays and garbled bytes.
    func number(in range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(generator.below(Int(range.upperBound - range.lowerBound) + 1))
    }
}

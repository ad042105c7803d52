import Synchronization

/// What a card number is decrypted for.
public enum RevealPurpose: String, CaseIterable, Hashable, Sendable {
    /// A message that asks for a hold or a purchase, first or repeated.
    case authorisation
    case capture
    /// A message that takes an earlier one back.
    case reversal
    case refund
}

/// Counts how often card numbers were decrypted, and for what.
///
/// Counters and no rows: an audit row for each reveal would cost a payment a third wait for the disk, and would say
/// nothing that the payment's own rows do not say, which name the attempt, its moment and the vault token of its card,
/// and are durable before the rail asks for the number. The counters show what those rows cannot: a reveal without a
/// payment.
final class RevealCounters: Sendable {
    private let authorisation = Atomic<Int>(0)
    private let capture = Atomic<Int>(0)
    private let reversal = Atomic<Int>(0)
    private let refund = Atomic<Int>(0)

    func count(_ purpose: RevealPurpose) {
        switch purpose {
        case .authorisation: authorisation.add(1, ordering: .relaxed)
        case .capture: capture.add(1, ordering: .relaxed)
        case .reversal: reversal.add(1, ordering: .relaxed)
        case .refund: refund.add(1, ordering: .relaxed)
        }
    }

    subscript(purpose: RevealPurpose) -> Int {
        switch purpose {
        case .authorisation: authorisation.load(ordering: .relaxed)
        case .capture: capture.load(ordering: .relaxed)
        case .reversal: reversal.load(ordering: .relaxed)
        case .refund: refund.load(ordering: .relaxed)
        }
    }
}

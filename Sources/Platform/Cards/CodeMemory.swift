import Core
import Payments
import Synchronization

/// Verification codes of methods that were made a moment ago, for the authorisation that is to follow.
///
/// In memory only, used once, forgotten after a quarter of an hour or when there are too many. PCI DSS 3.3.1 forbids to
/// keep them after authorisation.
final class CodeMemory: Sendable {
    private struct Remembered {
        let code: CardVerificationCode
        let until: Timestamp
    }

    private static let lifetimeMs: Int64 = 15 * 60 * 1_000
    private static let codesMax = 10_000

    private let codes = Mutex<[PaymentMethodID: Remembered]>([:])
    private let environment: Environment

    init(_ environment: Environment) { self.environment = environment }

    func remember(_ code: CardVerificationCode?, for method: PaymentMethodID) {
        guard let code else { return }
        let now = environment.now()
        codes.withLock { codes in
            if codes.count >= Self.codesMax {
                codes = codes.filter { $0.value.until > now }
                if codes.count >= Self.codesMax { codes.removeAll() }
            }
            codes[method] = Remembered(code: code, until: now.adding(milliseconds: Self.lifetimeMs))
        }
    }

    func take(_ method: PaymentMethodID) -> CardVerificationCode? {
        let now = environment.now()
        return codes.withLock { codes in
            guard let remembered = codes.removeValue(forKey: method), remembered.until > now else { return nil }
            return remembered.code
        }
    }
}

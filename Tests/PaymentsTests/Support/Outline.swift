import Ledger
import Payments
import Storage

/// A Change in words, so that a table of cases can hold what is expected of it.
extension Change {
    /// For example `update payment_intent`.
    var rows: [String] { writes.map { "\($0.kind) \($0.table.name)" } }

    /// For example `charge: clearing/card → available 1000`.
    var moves: [String] {
        transactions.flatMap { transaction in
            transaction.postings.map { "\(transaction.kind): \($0.source) → \($0.destination) \($0.amount)" }
        }
    }

    var told: [String] { events.map(\.type) }

    /// For example `payment_intent 1`: the versions it was decided on.
    var versions: [String] {
        requires.map { requirement in
            switch requirement {
            case .absent(let table, _): "no \(table.name)"
            case .present(let table, _): "a \(table.name)"
            case .version(let table, _, let version): "\(table.name) \(version)"
            }
        }
    }

    /// The records of a kind that it inserts.
    func inserted<E: Entity>(_ type: E.Type) throws -> [E] {
        try writes.filter { $0.kind == .insert && $0.table == E.table }.map { try E(row: RowReader($0.values)) }
    }
}

/// What a decision refuses with, in a line; nil when it does not.
func refusal<Result>(_ body: () throws(PaymentRefusal) -> Result) -> String? {
    do throws(PaymentRefusal) {
        _ = try body()
        return nil
    } catch {
        return error.line
    }
}

extension PaymentRefusal {
    var line: String {
        switch self {
        case .amountTooSmall(let minimum): "amountTooSmall \(minimum)"
        case .amountTooLarge: "amountTooLarge"
        case .tooMuchMetadata: "tooMuchMetadata"
        case .noSuch(let kind, let id, let parameter): "noSuch \(kind) \(id) \(parameter)"
        case .invalidCard(let card): "invalidCard \(card)"
        case .cardRefused(let failure): "cardRefused \(failure.code)"
        case .tokenAlreadyUsed(let id): "tokenAlreadyUsed \(id)"
        case .paymentMethodSpent(let id): "paymentMethodSpent \(id)"
        case .paymentMethodOfAnotherCustomer(let id, let owner): "paymentMethodOfAnotherCustomer \(id) \(owner)"
        case .paymentMethodNotAttached(let id): "paymentMethodNotAttached \(id)"
        case .unexpectedState(let intent, let action): "unexpectedState \(intent.status.rawValue) \(action)"
        case .missingPaymentMethod(let intent): "missingPaymentMethod \(intent.id)"
        case .returnURLRequired(let intent): "returnURLRequired \(intent.id)"
        case .captureTooLarge(_, let capturable): "captureTooLarge \(capturable)"
        case .incrementTooSmall(let intent): "incrementTooSmall \(intent.amount)"
        case .chargeNotRefundable(let id): "chargeNotRefundable \(id)"
        case .chargeAlreadyRefunded(let id): "chargeAlreadyRefunded \(id)"
        case .refundTooLarge(let requested, let refundable): "refundTooLarge \(requested) of \(refundable)"
        case .refundNotCancelable(let id): "refundNotCancelable \(id)"
        case .chargeAlreadyCaptured(let id): "chargeAlreadyCaptured \(id)"
        }
    }
}

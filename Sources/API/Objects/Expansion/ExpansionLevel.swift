import Core
import Payments

/// The references that one level of an expansion leads to.
struct ExpansionLevel {
    private struct Reference {
        let kind: ObjectKind
        let id: String
        let below: Expansion
    }

    private var references: [Reference] = []
    private var refundLists: [(charge: String, below: Expansion)] = []

    var isEmpty: Bool { references.isEmpty && refundLists.isEmpty }

    /// The charges whose refunds are wanted, each once.
    var charges: [String] {
        var seen: Set<String> = []
        return refundLists.map(\.charge).filter { seen.insert($0).inserted }
    }

    /// What has to be loaded, each id once.
    func missing(from expanded: ExpandedObjects) -> [(kind: ObjectKind, ids: [String])] {
        var seen: Set<String> = []
        let missing = references.filter { expanded[$0.id] == nil && seen.insert($0.id).inserted }
        return ObjectKind.allCases.compactMap { kind in
            let ids = missing.filter { $0.kind == kind }.map(\.id)
            return ids.isEmpty ? nil : (kind, ids)
        }
    }

    /// The level below, from the objects that were loaded for this one.
    func next(_ expanded: ExpandedObjects) -> ExpansionLevel {
        var next = ExpansionLevel()
        for reference in references {
            if let object = expanded[reference.id] { next.collect(from: object, reference.below) }
        }
        for list in refundLists {
            guard let page = expanded.refunds(of: list.charge), let below = list.below.below(.data) else { continue }
            for refund in page.objects { next.collect(from: refund, below) }
        }
        return next
    }

    /// Adds the references that an expansion follows from one object.
    mutating func collect(from object: APIObject, _ expansion: Expansion) {
        for branch in expansion.branches {
            switch object {
            case .balanceTransaction(let transaction): collect(from: transaction, branch)
            case .charge(let charge): collect(from: charge, branch)
            case .customer(let customer): collect(from: customer, branch)
            case .paymentIntent(let intent): collect(from: intent, branch)
            case .paymentMethod(let method): collect(from: method, branch)
            case .refund(let refund): collect(from: refund, branch)
            case .account, .balance, .event, .token, .webhookEndpoint, .deleted: break
            }
        }
    }

    private mutating func add(_ kind: ObjectKind, _ id: String?, _ below: Expansion) {
        if let id { references.append(Reference(kind: kind, id: id, below: below)) }
    }

    private mutating func collect(from transaction: BalanceTransaction, _ branch: Expansion.Branch) {
        guard branch.field == .source else { return }
        let isRefund = transaction.source.hasPrefix(RefundKind.prefix + "_")
        add(isRefund ? .refund : .charge, transaction.source, branch.below)
    }

    private mutating func collect(from charge: Charge, _ branch: Expansion.Branch) {
        switch branch.field {
        case .balanceTransaction: add(.balanceTransaction, charge.balanceTransaction?.text, branch.below)
        case .customer: add(.customer, charge.customer?.text, branch.below)
        case .paymentIntent: add(.paymentIntent, charge.shownIntent, branch.below)
        case .refunds: refundLists.append((charge.id.text, branch.below))
        default: break
        }
    }

    private mutating func collect(from customer: Customer, _ branch: Expansion.Branch) {
        guard branch.field == .invoiceSettings, let below = branch.below.below(.defaultPaymentMethod) else { return }
        add(.paymentMethod, customer.defaultPaymentMethod?.text, below)
    }

    private mutating func collect(from intent: PaymentIntent, _ branch: Expansion.Branch) {
        switch branch.field {
        case .customer: add(.customer, intent.customer?.text, branch.below)
        case .lastPaymentError:
            guard let method = intent.lastError?.paymentMethod, let below = branch.below.below(.paymentMethod)
            else { return }
            collect(from: .paymentMethod(method), below)
        case .latestCharge: add(.charge, intent.latestCharge?.text, branch.below)
        case .paymentMethod: add(.paymentMethod, intent.paymentMethod?.text, branch.below)
        default: break
        }
    }

    private mutating func collect(from method: PaymentMethod, _ branch: Expansion.Branch) {
        guard branch.field == .customer else { return }
        add(.customer, method.customer?.text, branch.below)
    }

    private mutating func collect(from refund: Refund, _ branch: Expansion.Branch) {
        switch branch.field {
        case .balanceTransaction: add(.balanceTransaction, refund.balanceTransaction?.text, branch.below)
        case .charge: add(.charge, refund.charge.text, branch.below)
        case .failureBalanceTransaction:
            add(.balanceTransaction, refund.failureBalanceTransaction?.text, branch.below)
        case .paymentIntent: add(.paymentIntent, refund.shownIntent, branch.below)
        default: break
        }
    }
}

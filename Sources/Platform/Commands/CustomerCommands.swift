public import Core
public import Payments
public import Storage

/// What a merchant says of a customer; nil leaves a field as it is, `.some(nil)` clears it.
public struct CustomerUpdate: Sendable {
    public var name: String??
    public var email: String??
    public var phone: String??
    public var description: String??
    public var address: Address??
    public var shipping: Shipping??
    public var metadata: Metadata.Update?
    public var preferredLocales: [String]?
    public var taxExempt: String?
    public var invoicePrefix: String?
    public var nextInvoiceSequence: Int64?
    public var defaultPaymentMethod: PaymentMethodID??

    public init() {}

    func apply(to customer: inout Customer) throws(PaymentRefusal) {
        customer.name = name ?? customer.name
        customer.email = email ?? customer.email
        customer.phone = phone ?? customer.phone
        customer.description = description ?? customer.description
        customer.address = address ?? customer.address
        customer.shipping = shipping ?? customer.shipping
        try customer.metadata.apply(metadata)
        customer.preferredLocales = preferredLocales ?? customer.preferredLocales
        customer.taxExempt = taxExempt ?? customer.taxExempt
        customer.invoicePrefix = invoicePrefix ?? customer.invoicePrefix
        customer.nextInvoiceSequence = nextInvoiceSequence ?? customer.nextInvoiceSequence
        customer.defaultPaymentMethod = defaultPaymentMethod ?? customer.defaultPaymentMethod
    }
}

extension Platform {
    /// Makes a customer and, when a method is named, attaches it.
    public func createCustomer(
        _ update: CustomerUpdate, method: PaymentMethodChoice?, _ context: RequestContext,
        reply: @escaping ReplyMaker<Customer>
    ) async throws -> IdempotentReply {
        let decision = decision(context)
        var customer = Customer(
            merchant: context.merchant.merchant, id: decision.id(), createdAt: decision.now,
            invoicePrefix: IdentifierText.random(digits: 8, environment).uppercased())
        customer = try decided(customer) { customer throws(PaymentRefusal) in try update.apply(to: &customer) }
        let chosen = try await choose(method, decision)
        let made = customer
        var checks: CardChecks?
        if let chosen {
            if chosen.method.isSpent { throw PlatformError.refused(.paymentMethodSpent(chosen.method.id)) }
            if let owner = chosen.method.customer {
                throw PlatformError.refused(.paymentMethodOfAnotherCustomer(chosen.method.id, owner: owner))
            }
            checks = try await verify(chosen.method, cvc: chosen.cvc, context)
        }
        let verified = checks
        return try await perform(context, reply: reply) { decision in
            var change = Change()
            change.insert(made)
            change.events.append(decision.event("customer.created", made))
            if let chosen, let verified {
                var method = chosen.method
                method.customer = made.id
                method.card.checks = verified
                if chosen.isNew { change.insert(method) } else { change.update(&method) }
                try await use(chosen.token, in: &change)
                change.events.append(decision.event("payment_method.attached", method))
            }
            return (made, change)
        }.1
    }

    public func updateCustomer(
        _ id: CustomerID, _ update: CustomerUpdate, _ context: RequestContext, reply: @escaping ReplyMaker<Customer>
    ) async throws -> IdempotentReply {
        if case .some(.some(let method)) = update.defaultPaymentMethod {
            let parameter = "invoice_settings[default_payment_method]"
            let found = try await object(
                PaymentMethod.self, method.text, of: context.merchant.merchant, parameter: parameter)
            guard found.customer == id else {
                throw PlatformError.refused(
                    .noSuch(kind: PaymentMethod.kind, id: method.text, parameter: parameter))
            }
        }
        return try await perform(context, reply: reply) { decision in
            var customer = try await liveCustomer(id, of: context.merchant.merchant, parameter: "id")
            let before = customer
            customer = try decided(customer) { customer throws(PaymentRefusal) in try update.apply(to: &customer) }
            var change = Change()
            change.update(&customer)
            change.events.append(decision.event("customer.updated", customer, previous: before))
            return (customer, change)
        }.1
    }

    /// Deletes a customer: it reads as deleted from then on, and its methods are detached.
    public func deleteCustomer(
        _ id: CustomerID, _ context: RequestContext, reply: @escaping ReplyMaker<Customer>
    ) async throws -> IdempotentReply {
        try await perform(context, reply: reply) { decision in
            let merchant = context.merchant.merchant
            var customer = try await liveCustomer(id, of: merchant, parameter: "id")
            let methods = try await read { reader in
                try await reader.select(
                    PaymentMethod.self, where: "merchant = ? AND customer = ?",
                    [.integer(merchant.value), .text(id.text)], orderBy: "id", limit: Self.methodsPerCustomerMax)
            }
            var change = Change()
            change.events.append(decision.event("customer.deleted", customer))
            customer.isDeleted = true
            change.update(&customer)
            for method in methods {
                var method = method
                method.customer = nil
                method.isSpent = true
                change.update(&method)
            }
            return (customer, change)
        }.1
    }

    /// Methods that are detached when a customer is deleted.
    static let methodsPerCustomerMax = 1_000
}

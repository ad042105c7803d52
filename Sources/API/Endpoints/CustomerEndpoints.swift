import Core
import Payments
import Platform
import Storage

extension Endpoints {
    var customerRoutes: [Route] {
        [
            .post("/v1/customers", CustomerSchemas.create, handler: createCustomer),
            .get("/v1/customers", .list([.optional("email", .nonEmptyString)]), handler: listCustomers),
            .get("/v1/customers/search", .search, handler: searchCustomers),
            .get("/v1/customers/{customer}", handler: retrieveCustomer),
            .post("/v1/customers/{customer}", CustomerSchemas.update, handler: updateCustomer),
            .delete("/v1/customers/{customer}", handler: deleteCustomer),
            .get(
                "/v1/customers/{customer}/payment_methods",
                .list([.optional("type", .enumeration(["card"]))], hasCreated: false),
                handler: listCustomerMethods),
            .get("/v1/customers/{customer}/payment_methods/{payment_method}", handler: retrieveCustomerMethod),
        ]
    }

    private static func object(_ customer: Customer) -> APIObject {
        customer.isDeleted ? .deleted(kind: Customer.kind, id: customer.id.text) : .customer(customer)
    }

    @Sendable private func createCustomer(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .customer)
        let update = try CustomerSchemas.update(call.parameters)
        let method = try CardParameters.method(call.parameters)
        return try await write(call) { call, context in
            try await self.platform.createCustomer(
                update, method: method, context, reply: self.ok(call) { .customer($0) })
        }
    }

    @Sendable private func updateCustomer(_ call: Call) async throws -> Reply {
        _ = try expansion(call, .customer)
        let update = try CustomerSchemas.update(call.parameters)
        return try await write(call) { call, context in
            try await self.platform.updateCustomer(
                CustomerID(call.path("customer")), update, context, reply: self.ok(call) { .customer($0) })
        }
    }

    @Sendable private func deleteCustomer(_ call: Call) async throws -> Reply {
        try await write(call) { call, context in
            try await self.platform.deleteCustomer(
                CustomerID(call.path("customer")), context, reply: self.ok(call) { Self.object($0) })
        }
    }

    @Sendable private func retrieveCustomer(_ call: Call) async throws -> Reply {
        let customer = try await find(Customer.self, call.path("customer"), call)
        return .ok(try await body(Self.object(customer), call, kind: .customer))
    }

    @Sendable private func listCustomers(_ call: Call) async throws -> Reply {
        var filters = [Filter("deleted", .integer(0))]
        if let email = call.parameters.string("email") { filters.append(Filter("email", email)) }
        return try await page(
            Customer.self, prefix: CustomerKind.prefix, call, where: filters, kind: .customer
        ) { .customer($0) }
    }

    @Sendable private func searchCustomers(_ call: Call) async throws -> Reply {
        try await search(Customer.self, prefix: CustomerKind.prefix, on: .customers, call) { customer in
            customer.isDeleted ? nil : .customer(customer)
        }
    }

    @Sendable private func listCustomerMethods(_ call: Call) async throws -> Reply {
        let customer = call.path("customer")
        _ = try await find(Customer.self, customer, call)
        return try await page(
            PaymentMethod.self, prefix: PaymentMethodKind.prefix, call, where: [Filter("customer", customer)],
            hasCreated: false, kind: .paymentMethod
        ) { .paymentMethod($0) }
    }

    @Sendable private func retrieveCustomerMethod(_ call: Call) async throws -> Reply {
        let customer = call.path("customer")
        _ = try await find(Customer.self, customer, call)
        let id = call.path("payment_method")
        let method = try await find(PaymentMethod.self, id, call, param: "payment_method")
        guard method.customer?.text == customer else {
            throw APIError.noSuch(PaymentMethod.kind, id: id, inPathAs: "payment_method")
        }
        return .ok(try await body(.paymentMethod(method), call))
    }
}

/// What the customer endpoints take.
enum CustomerSchemas {
    private static let fields: [Schema.Field] = [
        .unsettable("address", .address), .optional("description", .string), .unsettable("email", .email),
        .optional("invoice_prefix", .string(max: 12)),
        .optional("invoice_settings", .hash([.optional("default_payment_method", .string(max: 255))])),
        .optional("metadata", .metadata), .optional("name", .string(max: 256)),
        .optional("next_invoice_sequence", .integer(1...1_000_000_000)), .optional("phone", .string(max: 20)),
        .unsettable("preferred_locales", .array(of: .nonEmptyString)), .unsettable("shipping", .shipping),
        .unsettable("tax_exempt", .enumeration(["exempt", "none", "reverse"])),
    ]

    static let create = Schema(
        fields + [
            .optional("payment_method", .id), .optional("payment_method_data", CardParameters.methodData),
        ])
    static let update = Schema(fields)

    static func update(_ parameters: Parameters) throws(APIError) -> CustomerUpdate {
        var update = CustomerUpdate()
        update.name = parameters.change("name")
        update.email = parameters.change("email")
        update.phone = parameters.change("phone")
        update.description = parameters.change("description")
        if let address = parameters.address("address") {
            update.address = .some(address)
        } else if parameters.isUnset("address") {
            update.address = .some(nil)
        }
        if let shipping = parameters.shipping("shipping") {
            update.shipping = .some(shipping)
        } else if parameters.isUnset("shipping") {
            update.shipping = .some(nil)
        }
        update.metadata = parameters.metadataUpdate()
        update.preferredLocales = parameters.isUnset("preferred_locales") ? [] : parameters.strings("preferred_locales")
        update.taxExempt = parameters.isUnset("tax_exempt") ? "none" : parameters.string("tax_exempt")
        if let prefix = parameters.string("invoice_prefix") {
            let isValid =
                prefix.utf8.count >= 3
                && prefix.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                }
            guard isValid else {
                throw .invalid(
                    "Invalid invoice_prefix: it must have 3 to 12 upper-case letters or digits.",
                    param: "invoice_prefix")
            }
            update.invoicePrefix = prefix
        }
        update.nextInvoiceSequence = parameters.integer("next_invoice_sequence")
        if let settings = parameters.hash("invoice_settings") {
            update.defaultPaymentMethod = settings.change("default_payment_method").map {
                $0.map { PaymentMethodID($0) }
            }
        }
        return update
    }
}

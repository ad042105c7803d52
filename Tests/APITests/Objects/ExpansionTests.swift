import Core
import Payments
import Testing

@testable import API

@Suite("expansion: paths")
struct ExpansionTests {
    @Test(
        "accepted",
        arguments: [
            (ExpansionRoot.object(.paymentIntent), "customer"),
            (.object(.paymentIntent), "latest_charge.balance_transaction"),
            (.object(.paymentIntent), "latest_charge.refunds.data.balance_transaction"),
            (.object(.paymentIntent), "last_payment_error.payment_method.customer"),
            (.object(.paymentIntent), "transfer_data.destination.settings"),
            (.object(.paymentIntent), "review.anything.at.all"),
            (.object(.charge), "refunds"),
            (.object(.charge), "outcome.rule"),
            (.object(.customer), "invoice_settings.default_payment_method.customer"),
            (.object(.customer), "address"),
            (.object(.customer), "sources"),
            (.object(.balanceTransaction), "source.payment_method_details"),
            (.object(.balanceTransaction), "source.charge.customer"),
            (.list(of: .charge), "data"),
            (.list(of: .charge), "data.customer"),
            (.list(of: .charge), "data.payment_intent.payment_method.customer"),
            (.searchResult(of: .charge), "data.refunds"),
            (.searchResult(of: .charge), "total_count"),
        ])
    func accepted(_ root: ExpansionRoot, _ path: String) throws {
        _ = try Expansion(paths: [path, path], root: root)
    }

    @Test(
        "refused",
        arguments: [
            (ExpansionRoot.object(.paymentIntent), "foo", "(foo)."),
            (.object(.paymentIntent), "metadata", "(metadata)."),
            (.object(.paymentIntent), "", "()."),
            (.object(.paymentIntent), "customer.", "(customer.)."),
            (.object(.paymentIntent), "latest_charge.foo.bar", "(latest_charge.foo)."),
            (.object(.customer), "invoice_settings.bogus", "(invoice_settings.bogus)."),
            (.object(.customer), "data.address", "(data)."),
            (.object(.customer), "total_count", "(total_count)."),
            (.object(.charge), "payment_method", "(payment_method)."),
            (.object(.charge), "refunds.charge", "(refunds.charge)."),
            (.object(.webhookEndpoint), "url", "(url)."),
            (.list(of: .charge), "foo", "(foo). You may want to try expanding 'data.foo' instead."),
            (.list(of: .charge), "customer", "(customer). You may want to try expanding 'data.customer' instead."),
            (.list(of: .charge), "data.foo", "(data.foo)."),
            (.searchResult(of: .charge), "x", "(x). You may want to try expanding 'data.x' instead."),
        ])
    func refused(_ root: ExpansionRoot, _ path: String, _ end: String) throws {
        let error = #expect(throws: APIError.self) { try Expansion(paths: [path], root: root) }
        #expect(error?.message == "This property cannot be expanded " + end)
        #expect(error?.status == 400)
        #expect(error?.type == .invalidRequest)
        #expect(error?.code == nil)
        #expect(error?.param == nil)
    }

    @Test("more than four levels are refused")
    func depth() throws {
        let path = "data.payment_intent.latest_charge.balance_transaction.source"
        let error = #expect(throws: APIError.self) { try Expansion(paths: [path], root: .list(of: .charge)) }
        #expect(error?.message == "You cannot expand more than 4 levels of a property. Property: \(path)")
        #expect(error?.code == "property_expansion_max_depth")
        _ = try Expansion(paths: ["data.payment_intent.latest_charge.refunds"], root: .list(of: .charge))
    }

    @Test("paths share their branches; what changes nothing leaves none")
    func tree() throws {
        let paths = ["customer", "latest_charge.customer", "latest_charge.refunds.data", "review", "latest_charge"]
        let expansion = try Expansion(paths: paths, root: .object(.paymentIntent))
        #expect(expansion.branches.map(\.field) == [.customer, .latestCharge])
        #expect(expansion.below(.latestCharge)?.branches.map(\.field) == [.customer, .refunds])
        #expect(expansion.below(.paymentMethod) == nil)
        #expect(try Expansion(paths: ["review", "shipping"], root: .object(.charge)).isEmpty)
        #expect(try Expansion(paths: [], root: .list(of: .charge)) == .none)
        #expect(try Expansion(paths: ["data"], root: .list(of: .charge)).isEmpty)
        #expect(try Expansion(paths: ["total_count"], root: .searchResult(of: .charge)).includesTotalCount)
    }

    @Test("every field of Stripe's list that leads to an object of ours can be expanded")
    func references() {
        for kind in ObjectKind.allCases {
            let target = ExpansionTarget.embedded(kind)
            for (name, property) in StripeVectors.schemas[kind.rawValue]?["properties"]?.members.map(pairs) ?? [] {
                let kinds = property["anyOf"]?.elements?.compactMap { $0["$ref"]?.string } ?? []
                let isReference = property["anyOf"]?.elements?.contains { $0["type"]?.string == "string" } ?? false
                guard isReference, kinds.contains(where: { ObjectKind(rawValue: $0) != nil }) else { continue }
                #expect(target.field(name) != nil, "\(kind.rawValue).\(name)")
            }
        }
    }

    private func pairs(_ members: [JSONValue.Member]) -> [(String, JSONValue)] { members.map { ($0.key, $0.value) } }
}

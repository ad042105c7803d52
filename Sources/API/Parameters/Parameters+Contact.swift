import Payments

extension Parameters {
    /// An address given as a hash; nil when it was not given or given empty.
    func address(_ name: StaticString) -> Address? {
        guard let hash = hash(name) else { return nil }
        return Address(
            line1: hash.string("line1"), line2: hash.string("line2"), city: hash.string("city"),
            state: hash.string("state"), postalCode: hash.string("postal_code"),
            country: hash.string("country")?.uppercased())
    }

    /// Billing details given as a hash; nil when they were not given or given empty.
    func billingDetails(_ name: StaticString) -> BillingDetails? {
        guard let hash = hash(name) else { return nil }
        return BillingDetails(
            address: hash.address("address") ?? Address(), email: hash.string("email"), name: hash.string("name"),
            phone: hash.string("phone"))
    }

    /// Where goods go, given as a hash; nil when it was not given or given empty.
    func shipping(_ name: StaticString) -> Shipping? {
        guard let hash = hash(name) else { return nil }
        return Shipping(
            address: hash.address("address") ?? Address(), name: hash.string("name"), phone: hash.string("phone"),
            carrier: hash.string("carrier"), trackingNumber: hash.string("tracking_number"))
    }
}

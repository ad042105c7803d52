import Core
import Money
import Payments
import Storage
import Testing

@testable import Platform

/// A merchant's month in short: payments of every kind that there is, refunds, holds and what came of them.
struct Story {
    let world: World
    /// Paid, captured in part after a hold, held still, released, declined, reversed.
    var paid = ""
    var partly = ""
    var held = ""
    var released = ""
    var declined = ""
    var reversed = ""
    var refund = ""
    var failedRefund = ""

    init() async throws {
        world = try await World()
        let rail = world.rail
        await rail.expect([.approved, .approved, .approved, .approved, .approved])
        paid = try await world.pay(key: "paid").id
        partly = try await world.pay(Ask.intent(Money(50_00, .usd), .manual)).id
        held = try await world.pay(Ask.intent(Money(30_00, .usd), .manual)).id
        released = try await world.pay(Ask.intent(Money(20_00, .usd), .manual)).id
        try await world.pay(Ask.intent(Money(5_000, .jpy)))
        await rail.expect([.declined, .silent, .silent, .silent])
        declined = try await world.pay().id
        reversed = try await world.pay().id
        try await world.resolveAll()
        _ = try await world.platform.captureIntent(
            PaymentIntentID(partly), amount: 33_33, metadata: nil, statementDescriptor: nil, world.context(),
            reply: { render($0) })
        _ = try await world.platform.cancelIntent(
            PaymentIntentID(released), reason: nil, world.context(), reply: { render($0) })
        await rail.expect([.approved, .approved, .approved])
        try await world.deliverDue()
        await rail.expect([.approved, .declined])
        refund = try await world.refund(IdempotentReply(status: 200, body: Array(paid.utf8)), 2_50).id
        failedRefund = try await world.refund(IdempotentReply(status: 200, body: Array(paid.utf8)), 1_00).id
        world.clock.advance(days: 2)
        try await world.platform.matureFunds()
    }

    func charge(_ intent: String) async throws -> String {
        try #require(try await world.stored(PaymentIntent.self, intent).latestCharge).text
    }

    /// Closes the database, runs SQL on it behind everybody's back, and verifies what is left.
    func findings(after statement: String) async throws -> [VerificationFinding] {
        await world.close()
        let schema = Schema(FlorinSchema.schema.migrations + [Migration("tampered", statements: [statement])])
        let store = try await world.folder.openStore(world.clock.environment(), schema: schema)
        let report = try await Verification.run(store) { _ in }
        await store.close()
        return report.findings
    }
}

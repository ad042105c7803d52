import Core
import Payments
import Testing

@testable import Platform

@Suite("Verification codes in memory")
struct CodeMemoryTests {
    private let clock = TestClock()
    private let memory: CodeMemory
    private let method = PaymentMethodID("pm_1")

    init() { memory = CodeMemory(clock.environment()) }

    private func code(_ text: String = "123") throws -> CardVerificationCode {
        try #require(CardVerificationCode(text))
    }

    @Test("are used once")
    func once() throws {
        memory.remember(try code(), for: method)
        #expect(memory.take(method)?.digits == Array("123".utf8))
        #expect(memory.take(method) == nil)
    }

    @Test("belong to one method, and the newest counts")
    func methods() throws {
        memory.remember(try code("111"), for: method)
        memory.remember(try code("222"), for: PaymentMethodID("pm_2"))
        memory.remember(try code("333"), for: method)
        memory.remember(nil, for: method)
        #expect(memory.take(method)?.digits == Array("333".utf8))
        #expect(memory.take(PaymentMethodID("pm_2"))?.digits == Array("222".utf8))
        #expect(memory.take(PaymentMethodID("pm_3")) == nil)
    }

    @Test(
        "are forgotten after a quarter of an hour",
        arguments: [
            (Int64(0), true), (899_999, true), (900_000, false), (900_001, false),
        ])
    func lifetime(milliseconds: Int64, isKnown: Bool) throws {
        memory.remember(try code(), for: method)
        clock.advance(milliseconds: milliseconds)
        #expect((memory.take(method) != nil) == isKnown)
        #expect(memory.take(method) == nil)
    }

    @Test("are no more than ten thousand: first the old ones go, then all")
    func bounded() throws {
        memory.remember(try code(), for: method)
        clock.advance(milliseconds: 900_000)
        for number in 2...10_000 { memory.remember(try code(), for: PaymentMethodID("pm_\(number)")) }
        memory.remember(try code(), for: PaymentMethodID("pm_next"))
        #expect(memory.take(method) == nil, "too old")
        #expect(memory.take(PaymentMethodID("pm_2")) != nil, "young enough, and there was room")
        memory.remember(try code(), for: PaymentMethodID("pm_a"))
        memory.remember(try code(), for: PaymentMethodID("pm_b"))
        #expect(memory.take(PaymentMethodID("pm_3")) == nil)
        #expect(memory.take(PaymentMethodID("pm_b")) != nil)
    }
}

import Core
import NIOCore
import Testing

@testable import florin

@Suite("Payments of the bench")
struct PaymentsBenchTests {
    private static func isValid(_ number: String) -> Bool {
        var sum = 0
        for (index, digit) in number.reversed().enumerated() {
            guard let value = digit.wholeNumberValue else { return false }
            let counted = index % 2 == 1 ? value * 2 : value
            sum += counted > 9 ? counted - 9 : counted
        }
        return sum % 10 == 0
    }

    @Test("card numbers are valid, all different, and no test cards")
    func cards() {
        var cards = CardNumberSequence(seed: 42)
        var seen: Set<String> = []
        for _ in 0..<50_000 {
            let number = CardNumberSequence.text(cards.next())
            #expect(number.count == 16 && number.hasPrefix("4539"))
            #expect(Self.isValid(number), "\(number)")
            seen.insert(number)
        }
        #expect(seen.count == 50_000)
        var again = CardNumberSequence(seed: 42)
        #expect(seen.contains(CardNumberSequence.text(again.next())))
        #expect(Self.isValid("4242424242424242") && !Self.isValid("4242424242424241"))
    }

    @Test("idempotency keys are version 4 UUIDs")
    func keys() {
        #expect(IdempotencyKeyText.text(0, 0) == "00000000-0000-4000-8000-000000000000")
        #expect(IdempotencyKeyText.text(.max, .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(
            IdempotencyKeyText.text(0x0123_4567_89ab_cdef, 0x0123_4567_89ab_cdef)
                == "01234567-89ab-4def-8123-456789abcdef")
    }

    @Test("the template writes a request with the right length and the same parameters as the form")
    func template() throws {
        let template = PaymentTemplate(address: ServerAddress(host: "h", port: 1), key: "sk", expiryYear: 2040)
        let draft = PaymentDraft(amount: 4_321, card: 12_345_678_901, key: 1, keyTail: 2)
        var buffer = ByteBuffer()
        template.write(draft, into: &buffer)
        let text = String(buffer: buffer)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let body = try #require(parts.last)
        #expect(text.hasPrefix("POST /v1/payment_intents HTTP/1.1\r\nHost: h:1\r\nAuthorization: Bearer sk\r\n"))
        #expect(parts[0].contains("Content-Length: \(body.utf8.count)"))
        #expect(parts[0].contains("Idempotency-Key: 00000000-0000-4001-8000-000000000002"))
        let form = template.form(draft, expiryYear: 2040)
        #expect(body == form.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))
        #expect(body.contains("amount=4321&"))
    }

    @Test(
        "fees: 2.9 %, rounded half up, and 30",
        arguments: [(1_000, 59), (50, 31), (500, 45), (1_017, 59), (1_018, 60), (9_999, 320), (10_000, 320)])
    func fees(amount: Int64, fee: Int64) {
        #expect(ExpectedFee.fee(on: amount) == fee)
        #expect(ExpectedFee.net(of: amount) == amount - fee)
    }

    // MARK: The proof

    private static func id(_ text: String) throws -> CompactID { try #require(CompactID(Array(text.utf8))) }

    private static func memory() throws -> PaymentsMemory {
        var memory = PaymentsMemory()
        memory.acknowledge(try id("pi_1"), amount: 1_000)
        memory.acknowledge(try id("pi_2"), amount: 2_000)
        memory.promise(try id("pi_3"), amount: 3_000)
        return memory
    }

    private static func object(_ name: String, _ status: StatusWord, _ amount: Int64) throws -> ObjectScanner.Object {
        ObjectScanner.Object(id: try id(name), status: status, amount: amount)
    }

    @Test("all acknowledged payments there: proven, with the sum of the nets")
    func proven() throws {
        var proof = PaymentsProof(try Self.memory(), isAlone: true)
        proof.see(try Self.object("pi_3", .succeeded, 3_000))
        proof.see(try Self.object("pi_2", .succeeded, 2_000))
        proof.see(try Self.object("pi_1", .succeeded, 1_000))
        proof.see(try Self.object("pi_0", .requiresPaymentMethod, 5))
        proof.endOfList()
        #expect(proof.wrong.isEmpty)
        #expect(proof.proven == 2 && proof.acknowledged == 2)
        #expect(proof.expectedNet == 941 + 1_912 + 2_883)
    }

    @Test("a payment that was promised and failed is no money")
    func promisedFailed() throws {
        var proof = PaymentsProof(try Self.memory(), isAlone: true)
        proof.see(try Self.object("pi_3", .requiresPaymentMethod, 3_000))
        #expect(proof.expectedNet == 941 + 1_912)
        #expect(proof.wrongCount == 0)
    }

    @Test("what is missing, changed, too much or told twice is named")
    func faults() throws {
        var proof = PaymentsProof(try Self.memory(), isAlone: true)
        proof.see(try Self.object("pi_1", .requiresPaymentMethod, 1_000))
        proof.see(try Self.object("pi_2", .succeeded, 2_001))
        proof.see(try Self.object("pi_9", .succeeded, 9_000))
        proof.see(ObjectScanner.Object())
        proof.endOfList()
        #expect(proof.proven == 0)
        #expect(
            proof.wrong == [
                "pi_1 was acknowledged as succeeded and is requires_payment_method",
                "pi_2 was acknowledged over 2000 and has 2001",
                "pi_9 succeeded, but nobody was told, or it is listed twice",
                "an object without an id is on the list", "pi_3 was answered as processing and is not there",
            ])
        var empty = PaymentsProof(try Self.memory(), isAlone: true)
        empty.endOfList()
        #expect(empty.wrongCount == 3)
        var memory = try Self.memory()
        memory.acknowledge(try Self.id("pi_1"), amount: 1_000)
        #expect(PaymentsProof(memory, isAlone: true).wrong == ["pi_1 was acknowledged twice"])
        var shared = PaymentsProof(try Self.memory(), isAlone: false)
        shared.see(try Self.object("pi_9", .succeeded, 9_000))
        #expect(shared.wrongCount == 0)
    }

    @Test("the balance by currency")
    func balance() throws {
        let reading = BalanceReading(
            try JSONValue(
                parsing: """
                    {"available": [{"amount": 5, "currency": "usd"}],
                     "pending": [{"amount": 7, "currency": "usd"}, {"amount": -1, "currency": "eur"}]}
                    """))
        #expect(reading.total("usd") == 12)
        #expect(reading.total("eur") == -1)
        #expect(reading.total("jpy") == 0)
        #expect(reading.currencies == ["eur", "usd"])
    }
}

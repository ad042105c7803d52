import Core
import Money
import Testing

@testable import Simulator

/// A book and short ways to write in it. All messages are transmitted in one second.
struct BookBench {
    static let now = Timestamp(seconds: 1_795_444_205)
    static let strict = IssuerBook.Limits(
        recordsMax: 1_000, settledKeptMilliseconds: 3_600_000, messagesMax: 4_000, adoptsEarlierOriginals: false)

    var book: IssuerBook
    var now = Self.now

    init(_ limits: IssuerBook.Limits = Self.strict) { book = IssuerBook(limits: limits, openedAt: Self.now) }

    static func key(_ typeDigits: Int, _ trace: Int, transmitted: Int = 1_123_143_005) -> IssuerMessageKey {
        IssuerMessageKey(
            typeDigits: typeDigits, transmitted: transmitted, traceNumber: trace, terminal: "TERM0001".utf8,
            merchant: "MERCHANT".utf8)
    }

    static func authorisation(_ trace: Int) -> IssuerMessageKey { key(10, trace) }
    static func purchase(_ trace: Int) -> IssuerMessageKey { key(20, trace) }
    static func advice(_ trace: Int) -> IssuerMessageKey { key(22, trace) }

    /// Sends a message, gives DE39.
    mutating func send(
        _ operation: IssuerRequest.Operation, _ key: IssuerMessageKey, _ amount: Int64, verdict: String = "00",
        currency: String = "USD"
    ) throws -> String {
        try reply(operation, key, amount, verdict: verdict, currency: currency).responseCode
    }

    mutating func reply(
        _ operation: IssuerRequest.Operation, _ key: IssuerMessageKey, _ amount: Int64, verdict: String = "00",
        currency: String = "USD"
    ) throws -> IssuerReply {
        let request = IssuerRequest(
            key: key, operation: operation, amount: amount, currency: try #require(Currency(code: currency)),
            retrievalReference: "R1", merchantIdentifier: "MERCHANT", cardLastFour: "4242",
            verdict: IssuerVerdict(responseCode: verdict, checks: .none))
        return book.take(request, now: now)
    }

    /// Authorised, held, captured, refunded of the first record.
    var money: [Int64] {
        guard let record = book.records.first else { return [] }
        return [record.authorised, record.held, record.captured, record.refunded]
    }

    /// The sums over the records are the totals.
    func checkTotals() {
        let records = book.records
        for totals in book.totals {
            let own = records.filter { $0.currency == totals.currency }
            #expect(own.reduce(0) { $0 + $1.held } == totals.held)
            #expect(own.reduce(0) { $0 + $1.captured } == totals.captured)
            #expect(own.reduce(0) { $0 + $1.refunded } == totals.refunded)
        }
    }
}

@Suite("Issuer's book")
struct IssuerBookTests {
    private var bench = BookBench()

    @Test("An authorisation holds, a capture takes and releases the rest, refunds give back")
    mutating func life() throws {
        let payment = BookBench.authorisation(1)
        #expect(try bench.send(.authorisation, payment, 1_000) == "00")
        #expect(bench.money == [1_000, 1_000, 0, 0])
        #expect(try bench.send(.increment(of: payment), BookBench.authorisation(2), 1_500) == "00")
        #expect(bench.money == [1_500, 1_500, 0, 0])
        #expect(try bench.send(.capture(of: payment), BookBench.advice(3), 1_200) == "00")
        #expect(bench.money == [1_500, 0, 1_200, 0])
        #expect(try bench.send(.refund(of: payment), BookBench.advice(4), 200) == "00")
        #expect(try bench.send(.refund(of: BookBench.advice(3)), BookBench.advice(5), 1_000) == "00")
        #expect(bench.money == [1_500, 0, 1_200, 1_200])
        bench.checkTotals()
    }

    @Test("What is not possible is refused and changes nothing")
    mutating func refusals() throws {
        let payment = BookBench.authorisation(1)
        let unknown = BookBench.authorisation(99)
        #expect(try bench.send(.authorisation, payment, 1_000) == "00")
        #expect(try bench.send(.capture(of: payment), BookBench.advice(10), 1_001) == "13")
        #expect(try bench.send(.capture(of: unknown), BookBench.advice(11), 1) == "25")
        #expect(try bench.send(.capture(of: payment), BookBench.advice(12), 1, currency: "EUR") == "12")
        #expect(try bench.send(.refund(of: payment), BookBench.advice(13), 1) == "13")
        #expect(try bench.send(.refund(of: unknown), BookBench.advice(14), 1) == "25")
        #expect(try bench.send(.increment(of: payment), BookBench.authorisation(15), 999) == "13")
        #expect(try bench.send(.increment(of: payment), BookBench.authorisation(16), 2_000, verdict: "51") == "51")
        #expect(bench.money == [1_000, 1_000, 0, 0])
        #expect(try bench.send(.capture(of: payment), BookBench.advice(17), 400) == "00")
        #expect(try bench.send(.capture(of: payment), BookBench.advice(18), 400) == "12")
        #expect(try bench.send(.increment(of: payment), BookBench.authorisation(19), 2_000) == "12")
        #expect(try bench.send(.refund(of: payment), BookBench.advice(20), 401) == "13")
        #expect(bench.money == [1_000, 0, 400, 0])

        #expect(try bench.send(.authorisation, BookBench.authorisation(30), 70, verdict: "51") == "51")
        #expect(try bench.send(.capture(of: BookBench.authorisation(30)), BookBench.advice(31), 70) == "12")
        #expect(try bench.send(.refund(of: BookBench.authorisation(30)), BookBench.advice(32), 70) == "13")
        #expect(bench.book.totals.first?.declines == 1)
        bench.checkTotals()
    }

    @Test("The same message gets its first answer again and never books twice")
    mutating func duplicates() throws {
        let payment = BookBench.authorisation(1)
        let first = try bench.reply(.authorisation, payment, 500)
        #expect(first.approvalCode == "000001" && first.transactionIdentifier == "480000000000001")
        #expect(try bench.reply(.authorisation, payment, 500) == first)
        #expect(try bench.reply(.authorisation, payment, 500, verdict: "51") == first)
        let captured = try bench.reply(.capture(of: payment), BookBench.advice(2), 500)
        #expect(try bench.reply(.capture(of: payment), BookBench.advice(2), 500) == captured)
        let refunded = try bench.reply(.refund(of: payment), BookBench.advice(3), 100)
        #expect(try bench.reply(.refund(of: payment), BookBench.advice(3), 100) == refunded)
        #expect(bench.money == [500, 0, 500, 100])
        #expect(bench.book.counters.duplicates == 4 && bench.book.counters.messages == 3)
        let declined = try bench.reply(.purchase, BookBench.purchase(4), 1, verdict: "51")
        #expect(try bench.reply(.purchase, BookBench.purchase(4), 1) == declined)
    }

    @Test("A reversal undoes its original, once and however often it comes")
    mutating func reversals() throws {
        let payment = BookBench.authorisation(1)
        _ = try bench.send(.authorisation, payment, 500)
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 2), 500) == "00")
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 2), 500) == "00")
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 3), 500) == "00")
        #expect(bench.money == [500, 0, 0, 0])
        #expect(bench.book.records.first?.isReversed == true)
        #expect(try bench.send(.authorisation, payment, 500) == "12", "a repeat must not hear of an approval")
        #expect(try bench.send(.capture(of: payment), BookBench.advice(4), 500) == "12")
        #expect(bench.book.totals.first?.reversals == 1)

        let purchase = BookBench.purchase(10)
        _ = try bench.send(.purchase, purchase, 300)
        _ = try bench.send(.refund(of: purchase), BookBench.advice(11), 100)
        #expect(try bench.send(.reversal(of: purchase), BookBench.key(42, 12), 300) == "12", "a refund stands")
        #expect(try bench.send(.reversal(of: BookBench.advice(11)), BookBench.key(42, 13), 100) == "00")
        #expect(try bench.send(.reversal(of: purchase), BookBench.key(42, 14), 300) == "00")
        #expect(bench.book.records.allSatisfy { $0.charged == 0 && $0.held == 0 })
        bench.checkTotals()
    }

    @Test("Captures and increments are reversed to what was held before")
    mutating func partialReversals() throws {
        let payment = BookBench.authorisation(1)
        _ = try bench.send(.authorisation, payment, 500)
        _ = try bench.send(.increment(of: payment), BookBench.authorisation(2), 800)
        _ = try bench.send(.capture(of: payment), BookBench.advice(3), 600)
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 4), 500) == "12", "the capture stands")
        #expect(try bench.send(.reversal(of: BookBench.advice(3)), BookBench.key(42, 5), 600) == "00")
        #expect(bench.money == [800, 800, 0, 0])
        #expect(try bench.send(.reversal(of: BookBench.authorisation(2)), BookBench.key(42, 6), 800) == "00")
        #expect(bench.money == [500, 500, 0, 0])
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 7), 500) == "00")
        #expect(bench.money == [500, 0, 0, 0])
        bench.checkTotals()
    }

    @Test("A reversal that comes before its original finds nothing, and the original is declined when it comes")
    mutating func reversalFirst() throws {
        let payment = BookBench.purchase(1)
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 2), 500) == "25")
        #expect(try bench.send(.reversal(of: payment), BookBench.key(42, 3), 500) == "25")
        #expect(try bench.send(.purchase, payment, 500) == "12")
        #expect(try bench.send(.purchase, payment, 500) == "12")
        #expect(bench.book.records.isEmpty)
        #expect(bench.book.counters.reversalsOfUnknown == 1 && bench.book.counters.originalsAfterReversal == 2)
    }

    @Test("A refund that fails after all is taken back, once")
    mutating func failedRefund() throws {
        let payment = BookBench.purchase(1)
        _ = try bench.send(.purchase, payment, 500)
        _ = try bench.send(.refund(of: payment), BookBench.advice(2), 500)
        var failed: [Bool] = []
        for key in [BookBench.advice(2), BookBench.advice(2), payment, BookBench.advice(9)] {
            failed.append(bench.book.failRefund(key))
        }
        #expect(failed == [true, false, false, false])
        #expect(bench.money == [500, 0, 500, 0])
        #expect(try bench.send(.refund(of: payment), BookBench.advice(3), 500) == "00")
        bench.checkTotals()
    }

    @Test("Keys tell apart kinds, times, trace numbers, terminals and merchants; a repeat has its original's key")
    func keys() {
        let key = BookBench.authorisation(1)
        let terminal = IssuerMessageKey(
            typeDigits: 10, transmitted: 1_123_143_005, traceNumber: 1, terminal: "TERM0002".utf8,
            merchant: "MERCHANT".utf8)
        let shifted = IssuerMessageKey(
            typeDigits: 10, transmitted: 1_123_143_005, traceNumber: 1, terminal: "TERM0001M".utf8,
            merchant: "ERCHANT".utf8)
        let others = [
            BookBench.purchase(1), BookBench.authorisation(2), BookBench.key(10, 1, transmitted: 1_123_143_006),
            terminal, shifted,
        ]
        #expect(Set(others + [key]).count == 6)
        #expect(key.transmitted == 1_123_143_005)
    }

    @Test("A record is one line of JSON, without the card number")
    mutating func json() throws {
        _ = try bench.send(.purchase, BookBench.purchase(1), 500)
        var bytes: [UInt8] = []
        try #require(bench.book.records.first).appendJSONLine(to: &bytes)
        let text = String(decoding: bytes, as: UTF8.self)
        let expected = #"""
            {"retrieval_reference":"R1","kind":"purchase","merchant":"MERCHANT","last4":"4242","currency":"usd",\#
            "recorded_at":1795444205000,"response_code":"00","authorised":500,"held":0,"captured":500,"refunded":0,\#
            "reversed":false}

            """#
        #expect(text == expected)
    }

    @Test("The book stays within its bounds; what it drops stays in the totals")
    mutating func bounds() throws {
        var limits = BookBench.strict
        limits.recordsMax = 100
        limits.messagesMax = 300
        bench = BookBench(limits)
        _ = try bench.send(.authorisation, BookBench.authorisation(1), 7)
        for trace in 2...1_000 { _ = try bench.send(.purchase, BookBench.purchase(trace), 10) }
        #expect(bench.book.records.count <= 100)
        #expect(bench.book.totals.first?.captured == 9_990 && bench.book.totals.first?.approvals == 1_000)
        #expect(bench.book.totals.first?.held == 7, "a record that holds money stays while there is room")
        #expect(try bench.send(.refund(of: BookBench.purchase(2)), BookBench.advice(5_000), 10) == "25")
        #expect(try bench.send(.refund(of: BookBench.purchase(1_000)), BookBench.advice(5_001), 10) == "00")
        for trace in 1_001...1_200 { _ = try bench.send(.authorisation, BookBench.authorisation(trace), 1) }
        let totals = try #require(bench.book.totals.first)
        #expect(totals.held + totals.expired == 207 && totals.expired >= 100)
        #expect(totals.held == bench.book.records.reduce(0) { $0 + $1.held })
        #expect(bench.book.records.count == 100)
    }

    @Test("Settled records are forgotten with time, those that hold money are not")
    mutating func age() throws {
        _ = try bench.send(.authorisation, BookBench.authorisation(1), 7)
        for trace in 2...10 { _ = try bench.send(.purchase, BookBench.purchase(trace), 10) }
        bench.now = BookBench.now.adding(milliseconds: 3_600_001)
        for trace in 11...20 { _ = try bench.send(.purchase, BookBench.purchase(trace), 10) }
        #expect(bench.book.records.count == 11)
        #expect(bench.book.counters.droppedRecords == 9)
        #expect(try bench.send(.capture(of: BookBench.authorisation(1)), BookBench.advice(30), 7) == "00")
    }

    @Test("With trust, captures and refunds of what came before the book's memory are taken, and only of that")
    mutating func adoption() throws {
        var limits = BookBench.strict
        limits.adoptsEarlierOriginals = true
        bench = BookBench(limits)
        let before = BookBench.key(10, 1, transmitted: 1_122_090_000)
        #expect(try bench.send(.capture(of: before), BookBench.advice(2), 400) == "00")
        #expect(try bench.send(.refund(of: before), BookBench.advice(3), 500) == "00")
        #expect(try bench.send(.refund(of: before), BookBench.advice(4), 100) == "00")
        #expect(bench.money == [400, 0, 600, 600] && bench.book.counters.adopted == 1)
        #expect(try bench.send(.refund(of: BookBench.purchase(9)), BookBench.advice(10), 1) == "25")
        let reversed = BookBench.key(10, 20, transmitted: 1_122_090_000)
        #expect(try bench.send(.reversal(of: reversed), BookBench.key(42, 21), 1) == "25")
        #expect(try bench.send(.capture(of: reversed), BookBench.advice(22), 1) == "25")
        bench.checkTotals()
    }

    @Test("DE7 numbers are ordered over the turn of the year")
    func transmissionOrder() {
        #expect(TransmissionNumber.of(BookBench.now) == 1_123_143_005)
        #expect(TransmissionNumber.isEarlier(1_231_235_959, than: 101_000_000))
        #expect(!TransmissionNumber.isEarlier(101_000_000, than: 1_231_235_959))
        #expect(TransmissionNumber.isEarlier(630_000_000, than: 1_123_000_000))
        #expect(!TransmissionNumber.isEarlier(1_123_143_005, than: 1_123_143_005))
    }
}

@Suite("Issuer's book under random messages")
struct IssuerBookPropertyTests {
    @Test("Whatever comes, however often, the totals are the sums and nothing is given out that was not held")
    func random() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let generator = SeededGenerator(seed: seed)
            var bench = BookBench()
            var sent: [(IssuerRequest.Operation, IssuerMessageKey, Int64)] = []
            for trace in 1...400 {
                if !sent.isEmpty, generator.below(3) == 0 {
                    let (operation, key, amount) = sent[generator.below(sent.count)]
                    _ = try bench.send(operation, key, amount)
                    continue
                }
                let original = BookBench.key([10, 10, 20, 22][generator.below(4)], 1 + generator.below(trace))
                let amount = Int64(generator.below(100))
                let (operation, digits): (IssuerRequest.Operation, Int) =
                    switch generator.below(7) {
                    case 0, 1: (.authorisation, 10)
                    case 2: (.purchase, 20)
                    case 3: (.increment(of: original), 10)
                    case 4: (.capture(of: original), 22)
                    case 5: (.refund(of: original), 22)
                    default: (.reversal(of: original), 42)
                    }
                sent.append((operation, BookBench.key(digits, trace), amount))
                _ = try bench.send(operation, BookBench.key(digits, trace), amount)
            }
            bench.checkTotals()
            for record in bench.book.records {
                #expect(record.captured <= record.authorised && record.refunded <= record.captured, "seed \(seed)")
                #expect(!record.isReversed || record.held == 0 && record.charged == 0, "seed \(seed)")
            }
        }
    }

    @Test("Sending every message twice ends in the same book as sending it once")
    func idempotence() throws {
        for seed in 1...10 as ClosedRange<UInt64> {
            let generator = SeededGenerator(seed: seed)
            var once = BookBench()
            var twice = BookBench()
            for trace in 1...200 {
                let payment = BookBench.authorisation(trace - trace % 3)
                let advice = BookBench.advice(trace)
                let (operation, key): (IssuerRequest.Operation, IssuerMessageKey) =
                    switch trace % 3 {
                    case 0: (.authorisation, payment)
                    case 1: (.capture(of: payment), advice)
                    default: (.refund(of: payment), advice)
                    }
                let amount = Int64(1 + generator.below(50))
                let first = try once.reply(operation, key, amount)
                #expect(try twice.reply(operation, key, amount) == first)
                #expect(try twice.reply(operation, key, amount) == first)
            }
            #expect(once.book.records == twice.book.records && once.book.totals == twice.book.totals)
        }
    }
}

import CardFormats
import Core
import Money
import NIOCore
import NIOPosix
import Payments
import Rails
import Simulator
import Synchronization
import Testing

/// The rail and the sandbox's issuer over a real socket.
@Suite("Rail and issuer host", .timeLimit(.minutes(2)))
struct RailSandboxTests {
    /// An issuer whose delays are short.
    private static func issuer(
        _ change: (inout IssuerConfiguration) -> Void = { _ in }
    ) async throws -> IssuerHost {
        var configuration = IssuerConfiguration.standard
        configuration.pendingRefundMilliseconds = 20
        configuration.failedRefundMilliseconds = 10
        configuration.adviceRepeatMilliseconds = 30
        configuration.lateMilliseconds = 4_000
        configuration.slowMilliseconds = 1...30
        configuration.adoptsEarlierOriginals = false
        change(&configuration)
        return try await IssuerHost.start(
            configuration, faultSeed: 1, environment: .live,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: LogWatch().logger)
    }

    @Test("A payment's whole life agrees with the issuer's book, in every dialect")
    func life() async throws {
        for dialect in [MessageSpecification.bcd, .asciiBinary, .asciiHex, .ebcdic] {
            let host = try await Self.issuer { $0.dialect = dialect }
            var configuration = acquirer(port: host.port)
            configuration.dialect = dialect
            configuration.answerMilliseconds = 60_000
            let rail = try makeRail(configuration)
            let amount = try money(5_000)
            let more = try money(6_000)

            let authorised = await rail.send(
                request(.authorisation, 1, amount: amount, cvc: "123", addressLine1: "1 Main", postalCode: "94105"))
            guard case .answered(let answer) = authorised else {
                Issue.record("\(authorised.word)")
                return
            }
            #expect(answer.responseCode == "00" && answer.approvalCode?.count == 6)
            #expect(answer.networkTransactionID?.count == 15)
            #expect(answer.checks == CardChecks(cvc: .pass, addressLine1: .pass, postalCode: .pass))

            let first = original(.authorisation, 1)
            #expect(await rail.send(request(.incrementalAuthorisation, 2, amount: more, of: first)).word == "00")
            #expect(await rail.send(request(.capture, 3, amount: amount, of: first)).word == "00")
            #expect(await rail.send(request(.capture, 4, amount: amount, of: first)).word == "12")
            #expect(await rail.send(request(.refund, 5, amount: try money(2_000), of: first)).word == "00")
            #expect(await rail.send(request(.refund, 6, amount: try money(3_001), of: first)).word == "13")
            let record = try #require(host.records(retrievalReference: "632714000001").first)
            #expect(record.authorised == 6_000 && record.held == 0)
            #expect(record.captured == 5_000 && record.refunded == 2_000 && record.charged == 3_000)
            await rail.shutdown()
            await host.stop()
        }
    }

    @Test(
        "Test cards are answered as their table says",
        arguments: [
            ("4242424242424242", "00"), ("4000000000000002", "Z1"), ("4000000000009995", "51"),
            ("4000000000009987", "41"), ("4000000000009979", "43"), ("4000000000000069", "54"),
            ("4000000000000127", "N7"), ("4000000000000119", "96"), ("4000000000006975", "65"),
            ("4000000000000341", "Z1"), ("4000002760003184", "1A"), ("4000000000003220", "1A"),
            ("4000000000003055", "00"), ("4111111111111111", "00"), ("4242424242424241", "14"),
        ])
    func cards(number: String, code: String) async throws {
        let host = try await Self.issuer()
        let rail = try Self.patient(host)
        #expect(await rail.send(request(.authorisation, 1, card: number, amount: try money(100))).word == code)
        #expect(await rail.send(request(.purchase, 2, card: number, amount: try money(100))).word == code)
        await rail.shutdown()
        await host.stop()
    }

    /// A rail that waits long for answers, for messages that get one.
    private static func patient(_ host: IssuerHost, log: LogWatch = LogWatch()) throws -> ISO8583Rail {
        var configuration = acquirer(port: host.port)
        configuration.answerMilliseconds = 60_000
        return try makeRail(configuration, log: log)
    }

    /// A rail that does not wait long, for messages that get no answer in time.
    private static func quick(_ host: IssuerHost, log: LogWatch = LogWatch()) throws -> ISO8583Rail {
        var configuration = acquirer(port: host.port)
        configuration.answerMilliseconds = 1_000
        return try makeRail(configuration, log: log)
    }

    @Test(
        "Each fault has its outcome, never a decline; the issuer acted or not as the fault says",
        arguments: [
            (IssuerFault.silent, "timeout", 0), (.approveThenSilent, "timeout", 700), (.lateAnswer, "timeout", 700),
            (.duplicateAnswer, "00", 700), (.garbledAnswer, "garbledAnswer", 700),
            (.disconnectBeforeActing, "disconnected", 0), (.disconnectAfterActing, "disconnected", 700),
            (.slowAnswer, "00", 700),
        ])
    func faults(fault: IssuerFault, word: String, charged: Int64) async throws {
        let host = try await Self.issuer()
        let log = LogWatch()
        let patient = try Self.patient(host, log: log)
        let quick = try Self.quick(host, log: log)
        host.faults.next(fault, count: 1)
        let amount = try money(700)
        let rail = word == "timeout" ? quick : patient
        #expect(await rail.send(request(.purchase, 1, amount: amount)).word == word)
        #expect(host.totals().reduce(0) { $0 + $1.captured } == charged)
        // What is unknown is reversed; the next payment goes through.
        let reversed = await patient.send(request(.reversal, 2, amount: amount, of: original(.purchase, 1)))
        #expect(reversed.word == (charged == 0 ? "25" : "00"))
        #expect(host.totals().reduce(0) { $0 + $1.captured } == 0)
        #expect(await patient.send(request(.purchase, 1, amount: amount, isRepeat: true)).word == "12")
        #expect(await patient.send(request(.purchase, 3, amount: amount)).word == "00")
        switch fault {
        case .lateAnswer: await log.wait(for: "A late answer was not applied")
        case .garbledAnswer: await log.wait(for: "The acquirer sent something unreadable")
        case .duplicateAnswer: await log.wait(for: "An answer to nothing in flight was dropped")
        default: break
        }
        for rail in [patient, quick] { await rail.shutdown() }
        await host.stop()
    }

    @Test(
        "Script cards do the same from the outside",
        arguments: [
            (ScriptCard.silent, "timeout", "timeout", "25"), (.approveThenSilent, "timeout", "00", "00"),
            (.lateAnswer, "timeout", "00", "00"), (.duplicateAnswer, "00", "00", "00"),
            (.garbledAnswer, "garbledAnswer", "00", "00"), (.disconnectBeforeActing, "disconnected", "00", "00"),
            (.disconnectAfterActing, "disconnected", "00", "00"), (.slowAnswer, "00", "00", "00"),
            (.reversalAnswerLost, "timeout", "00", "timeout"),
        ])
    func scripts(card: ScriptCard, first: String, repeated: String, reversed: String) async throws {
        let host = try await Self.issuer()
        let patient = try Self.patient(host)
        let quick = try Self.quick(host)
        func send(_ request: CardRequest, expecting word: String) async {
            #expect(await (word == "timeout" ? quick : patient).send(request).word == word)
        }
        let amount = try money(300)
        await send(request(.authorisation, 1, card: card.number, amount: amount), expecting: first)
        await send(
            request(.authorisation, 1, card: card.number, amount: amount, isRepeat: true), expecting: repeated)
        await send(
            request(.reversal, 2, card: card.number, amount: amount, of: original(.authorisation, 1)),
            expecting: reversed)
        let once = host.records().count { $0.retrievalReference == "632714000001" }
        #expect(once == (card == .silent ? 0 : 1), "a repeat never books twice")
        #expect(host.totals().allSatisfy { $0.held == 0 })
        for rail in [patient, quick] { await rail.shutdown() }
        await host.stop()
    }

    @Test("Script cards for captures and refunds lose the answer to the first try only")
    func lostAdvices() async throws {
        let host = try await Self.issuer()
        let patient = try Self.patient(host)
        let quick = try Self.quick(host)
        let amount = try money(300)
        var card = ScriptCard.captureAnswerLost.number
        #expect(await patient.send(request(.authorisation, 1, card: card, amount: amount)).word == "00")
        let held = original(.authorisation, 1)
        #expect(await quick.send(request(.capture, 2, card: card, amount: amount, of: held)).word == "timeout")
        let again = request(.capture, 2, card: card, amount: amount, of: held, isRepeat: true)
        #expect(await patient.send(again).word == "00")
        #expect(host.totals().map(\.captured) == [300])

        card = ScriptCard.refundAnswerLost.number
        #expect(await patient.send(request(.purchase, 3, card: card, amount: amount)).word == "00")
        let paid = original(.purchase, 3)
        #expect(await quick.send(request(.refund, 4, card: card, amount: amount, of: paid)).word == "timeout")
        let refund = request(.refund, 4, card: card, amount: amount, of: paid, isRepeat: true)
        #expect(await patient.send(refund).word == "00")
        #expect(host.totals().map(\.refunded) == [300] && host.counters().duplicates == 2)
        for rail in [patient, quick] { await rail.shutdown() }
        await host.stop()
    }

    @Test(
        "The script card for amounts answers by the amount",
        arguments: [
            (1_001, "1A"), (1_005, "05"), (1_014, "14"), (1_051, "51"), (1_091, "91"), (1_000, "00"),
            (1_068, "timeout"),
        ])
    func amounts(amount: Int64, word: String) async throws {
        let host = try await Self.issuer()
        let patient = try Self.patient(host)
        let quick = try Self.quick(host)
        let asked = request(
            .authorisation, 1, card: ScriptCard.decideByAmount.number, amount: try money(amount))
        #expect(await (word == "timeout" ? quick : patient).send(asked).word == word)
        let other = request(.authorisation, 2, amount: try money(amount))
        #expect(await patient.send(other).word == "00", "only that card")
        for rail in [patient, quick] { await rail.shutdown() }
        await host.stop()
    }

    @Test("A refund that fails after all is told by the host until it is taken care of, and only booked back once")
    func failingRefund() async throws {
        let host = try await Self.issuer()
        let told = AsyncStream.makeStream(of: UnsolicitedMessage.self)
        let attempts = Mutex(0)
        struct NotNow: Error {}
        let handler: UnsolicitedHandler = { message in
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            if attempt == 1 { throw NotNow() }
            told.continuation.yield(message)
        }
        let rail = try makeRail(acquirer(port: host.port), onUnsolicited: handler)
        let card = "4000000000005126"
        let amount = try money(900)
        #expect(await rail.send(request(.purchase, 1, card: card, amount: amount)).word == "00")
        let refund = request(.refund, 2, card: card, amount: amount, of: original(.purchase, 1))
        #expect(await rail.send(refund).word == "00")
        var iterator = told.stream.makeAsyncIterator()
        let message = try #require(await iterator.next())
        #expect(message.original.operation == .refund && message.original.reference.traceNumber == 2)
        #expect(message.original.reference.transmittedAt == testTime && message.amount == amount)
        #expect(host.records(retrievalReference: "632714000001").first?.refunded == 0)
        await rail.shutdown()
        await host.stop()
    }

    @Test("A pending refund is answered later")
    func pendingRefund() async throws {
        let host = try await Self.issuer()
        let rail = try Self.patient(host)
        let card = "4000000000007726"
        #expect(await rail.send(request(.purchase, 1, card: card, amount: try money(10))).word == "00")
        let started = Environment.monotonicNanoseconds()
        let refund = request(.refund, 2, card: card, amount: try money(10), of: original(.purchase, 1))
        #expect(await rail.send(refund).word == "00")
        #expect(Environment.monotonicNanoseconds() - started >= 19_000_000)
        await rail.shutdown()
        await host.stop()
    }

    @Test("Messages of many tasks share several links, and each gets its own answer")
    func manyLinks() async throws {
        let host = try await Self.issuer()
        var configuration = acquirer(port: host.port)
        configuration.connections = 3
        configuration.answerMilliseconds = 60_000
        let rail = try makeRail(configuration)
        await withTaskGroup(of: Void.self) { group in
            for trace in 1...600 {
                group.addTask {
                    guard let currency = Currency(code: "EUR") else { return }
                    let amount = Money(Int64(trace), currency)
                    let outcome = await rail.send(request(.purchase, trace, amount: amount))
                    #expect(outcome.word == "00")
                    let record = host.records(retrievalReference: reference(trace).retrievalReference)
                    #expect(record.map(\.captured) == [Int64(trace)])
                }
            }
        }
        #expect(host.totals().map(\.captured) == [180_300])
        #expect(rail.statistics.links.reduce(0) { $0 + $1.answered } == 600)
        await rail.shutdown()
        await host.stop()
    }

    @Test("When the host breaks its connections again and again, the rail comes back and nothing is booked twice")
    func reconnects() async throws {
        let host = try await Self.issuer()
        host.faults.setProbability(.disconnectAfterActing, perThousand: 100)
        host.faults.setProbability(.disconnectBeforeActing, perThousand: 100)
        host.faults.setProbability(.duplicateAnswer, perThousand: 200)
        let log = LogWatch()
        var configuration = acquirer(port: host.port)
        configuration.breaker.failuresMin = 1_000_000
        configuration.answerMilliseconds = 60_000
        let rail = try makeRail(configuration, log: log)
        let amount = try money(10)
        var charged: Int64 = 0
        for trace in 1...200 {
            var isRepeat = false
            while true {
                let outcome = await rail.send(request(.purchase, trace, amount: amount, isRepeat: isRepeat))
                guard case .unknown(let reason) = outcome else {
                    #expect(outcome.word == "00")
                    break
                }
                #expect(reason == .disconnected)
                isRepeat = true
            }
            charged += 10
        }
        #expect(host.totals().map(\.captured) == [charged])
        #expect(host.records().count == 200)
        #expect((rail.statistics.links.first?.reconnects ?? 0) > 10)
        await rail.shutdown()
        await host.stop()
    }
}

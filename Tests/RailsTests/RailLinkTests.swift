import CardFormats
import Core
import Money
import NIOCore
import NIOPosix
import Payments
import Synchronization
import Testing

@testable import Rails

/// The rail against hosts that do what no decent host does.
@Suite("Rail over a real socket", .timeLimit(.minutes(2)))
struct RailLinkTests {
    @Test("Ten thousand messages in flight on one link are matched under shuffled and repeated answers")
    func manyInFlight() async throws {
        let count = 10_000
        let collected = Mutex<[Message]>([])
        let host = try await PuppetHost { message, line in
            if message.mti.messageClass == 8 { return try line.send(PuppetHost.approval(of: message)) }
            let all = collected.withLock { messages in
                messages.append(message)
                return messages.count == count ? messages : []
            }
            guard !all.isEmpty else { return }
            let generator = SeededGenerator(seed: 8_583)
            var answers = all + all.filter { _ in generator.below(4) == 0 }
            for place in answers.indices.dropLast() {
                answers.swapAt(place, place + generator.below(answers.count - place))
            }
            for answer in answers { try line.send(PuppetHost.approval(of: answer)) }
        }
        var configuration = acquirer(port: host.port)
        configuration.inFlightMax = count
        configuration.answerMilliseconds = 60_000
        // The socket is full now and then; a message that waits for it must not be given up.
        configuration.connectionWaitMilliseconds = 60_000
        let rail = try makeRail(configuration)
        let amount = try money(100)
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for trace in 1...count {
                group.addTask {
                    guard case .answered(let answer) = await rail.send(request(.authorisation, trace, amount: amount))
                    else { return true }
                    return Int(answer.approvalCode ?? "") != trace
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrong == 0)
        #expect(rail.statistics.inFlight == 0)
        await rail.shutdown()
        try await host.close()
    }

    @Test("Without a host a message was certainly not sent, and the breaker stays out of it")
    func nobodyThere() async throws {
        let host = try await PuppetHost { _, _ in }
        try await host.close()
        var configuration = acquirer(port: host.port)
        configuration.connectionWaitMilliseconds = 30
        let rail = try makeRail(configuration)
        for trace in 1...30 {
            #expect(await rail.send(request(.purchase, trace, amount: try money(1))).word == "noConnection")
        }
        #expect(rail.statistics.breaker == .closed)
        await rail.shutdown()
    }

    @Test("A card that is not to be had, or cannot be written, stays at home")
    func noCard() async throws {
        let host = try await PuppetHost { message, line in
            if message.mti.messageClass == 8 { return try line.send(PuppetHost.approval(of: message)) }
            Issue.record("something was sent")
        }
        struct NoSuchCard: Error {}
        let log = LogWatch()
        let cardless = try makeRail(
            acquirer(port: host.port), log: log, cardNumbers: { _, _, _, _ in throw NoSuchCard() })
        #expect(await cardless.send(request(.purchase, 1, amount: try money(1))).word == "cardUnavailable")
        let forgetful = try makeRail(acquirer(port: host.port), cardNumbers: { _, _, _, _ in })
        #expect(await forgetful.send(request(.purchase, 1, amount: try money(1))).word == "cardUnavailable")
        let writing = try makeRail(acquirer(port: host.port), log: log)
        #expect(await writing.send(request(.purchase, 1, amount: try money(-1))).word == "cardUnavailable")
        #expect(await writing.send(request(.capture, 1, amount: try money(1))).word == "cardUnavailable")
        let letters = request(.purchase, 1, card: "4242x2424242424y", amount: try money(1))
        #expect(await writing.send(letters).word == "cardUnavailable")
        #expect(!log.text.contains("4242"))
        for rail in [cardless, forgetful, writing] { await rail.shutdown() }
        try await host.close()
    }

    @Test("An acquirer that stays silent opens the breaker, a probe finds it well again")
    func breaker() async throws {
        let isSilent = Mutex(true)
        let host = try await PuppetHost { message, line in
            if message.mti.messageClass != 8, isSilent.withLock({ $0 }) { return }
            try line.send(PuppetHost.approval(of: message))
        }
        var configuration = acquirer(port: host.port)
        configuration.answerMilliseconds = 20
        configuration.breaker = BreakerSettings(
            windowMilliseconds: 60_000, failuresMin: 3, failurePercentMin: 50, openMilliseconds: 1)
        let rail = try makeRail(configuration)
        let amount = try money(1)
        for trace in 1...3 { #expect(await rail.send(request(.purchase, trace, amount: amount)).word == "timeout") }
        #expect(rail.statistics.breaker == .open)
        isSilent.withLock { $0 = false }
        // The probe may have to wait for the open time to pass, and may itself be too slow on a busy machine.
        var word = ""
        while word != "00" {
            word = await rail.send(request(.purchase, 9, amount: amount)).word
            #expect(["00", "circuitOpen", "timeout"].contains(word))
        }
        #expect(rail.statistics.breaker == .closed)
        await rail.shutdown()
        try await host.close()
    }

    @Test("Shutting down drains: what is in flight is answered, what comes after is refused")
    func drain() async throws {
        let held = AsyncStream.makeStream(of: (Message, PuppetHost.Line).self)
        let signedOff = AsyncStream.makeStream(of: Void.self)
        let host = try await PuppetHost { message, line in
            if message[.networkManagementInformationCode] == "002" { signedOff.continuation.yield(()) }
            if message.mti.messageClass == 8 { return try line.send(PuppetHost.approval(of: message)) }
            held.continuation.yield((message, line))
        }
        let rail = try makeRail(acquirer(port: host.port))
        let amount = try money(1)
        let outcome = Task { await rail.send(request(.purchase, 1, amount: amount)) }
        var arrivals = held.stream.makeAsyncIterator()
        let (message, line) = try #require(await arrivals.next())
        let shutdown = Task { await rail.shutdown() }
        try line.send(PuppetHost.approval(of: message))
        #expect(await outcome.value.word == "00")
        await shutdown.value
        var left = signedOff.stream.makeAsyncIterator()
        await left.next()
        #expect(rail.statistics.links.first?.state == .closed)
        #expect(await rail.send(request(.purchase, 2, amount: amount)).word == "noConnection")
        await rail.shutdown()
        try await host.close()
    }

    @Test("Random bytes from the host never crash the link; it reconnects and works")
    func fuzz() async throws {
        let generator = SeededGenerator(seed: 99)
        let rounds = Mutex(60)
        let host = try await PuppetHost { message, line in
            if message.mti.messageClass == 8, message[.networkManagementInformationCode] == "001" {
                try line.send(PuppetHost.approval(of: message))
                let isNoisy = rounds.withLock { left in
                    left -= 1
                    return left >= 0
                }
                guard isNoisy else { return }
                var noise = (0..<generator.below(400)).map { _ in UInt8(generator.below(256)) }
                // Half of the time the noise is a frame, so that it reaches the message decoder.
                if generator.below(2) == 0 { noise = [0, UInt8(min(255, noise.count))] + noise.prefix(255) }
                line.send(bytes: noise)
                if generator.below(3) == 0 { line.close() }
                return
            }
            try line.send(PuppetHost.approval(of: message))
        }
        let log = LogWatch()
        var configuration = acquirer(port: host.port)
        configuration.answerMilliseconds = 50
        configuration.reconnectFirstMilliseconds = 1
        configuration.reconnectMaxMilliseconds = 2
        configuration.breaker.failuresMin = 1_000_000
        let rail = try makeRail(configuration, log: log)
        let amount = try money(1)
        var trace = 0
        while rounds.withLock({ $0 }) > 0 || trace < 10 {
            trace += 1
            let word = await rail.send(request(.purchase, trace, amount: amount)).word
            #expect(["00", "timeout", "disconnected", "garbledAnswer", "noConnection"].contains(word))
        }
        var last = ""
        while last != "00" {
            trace += 1
            last = await rail.send(request(.purchase, trace, amount: amount)).word
        }
        await rail.shutdown()
        try await host.close()
    }

    @Test("No log line shows a card number, an expiry or a code")
    func secrets() async throws {
        let host = try await PuppetHost { message, line in
            if message.mti.messageClass == 8 { return try line.send(PuppetHost.approval(of: message)) }
            // The card number, as it is, where the message type should be.
            line.send(bytes: [0, 16] + (message.bytes(of: .primaryAccountNumber) ?? []))
        }
        let log = LogWatch()
        let rail = try makeRail(acquirer(port: host.port), log: log)
        let card = "4111111111111111"
        let outcome = await rail.send(request(.purchase, 1, card: card, amount: try money(1), cvc: "987"))
        #expect(outcome.word == "garbledAnswer")
        await log.wait(for: "The acquirer sent something unreadable")
        for secret in [card, "411111", "3012", "987"] { #expect(!log.text.contains(secret)) }
        await rail.shutdown()
        try await host.close()
    }
}

import CardFormats
import Core
import Payments
import Testing

@testable import Rails

@Suite("Link state machine: messages")
struct LinkMessageTests {
    private var bench = MachineBench()

    private func received(_ message: Message) -> LinkStateMachine.Event {
        .received(InboundMessage(message, at: testTime))
    }

    @Test("Answers find their requests in any order")
    mutating func anyOrder() throws {
        try bench.signOn()
        let pairs = try (1...4).map { try linkRequest(UInt64($0)) }
        for (request, _) in pairs { #expect(bench.event(.send(request)) == [.write(frame: request.frame)]) }
        for (request, message) in pairs.reversed() {
            let answer = PuppetHost.approval(of: message)
            #expect(bench.event(received(answer)) == [.complete(request.identifier, .answered(answer))])
        }
        #expect(bench.machine.statistics.inFlight == 0 && bench.machine.statistics.answered == 4)
    }

    @Test("Each message has its own time limit; an answer after it is counted and not applied")
    mutating func timeouts() throws {
        try bench.signOn()
        let (first, message) = try linkRequest(1)
        _ = bench.event(.send(first))
        _ = bench.pass(3_000)
        _ = bench.event(.send(try linkRequest(2).0))
        #expect(bench.pass(4_999).isEmpty)
        #expect(bench.pass(1) == [.complete(1, .unknown(.timeout))])
        #expect(bench.pass(2_999).isEmpty)
        #expect(bench.pass(1) == [.complete(2, .unknown(.timeout))])
        let late = PuppetHost.approval(of: message)
        #expect(bench.event(received(late)) == [.note(.lateAnswer(traceNumber: 1))])
        #expect(bench.event(received(late)) == [.note(.unmatchedAnswer(traceNumber: 1))])
        let statistics = bench.machine.statistics
        #expect(statistics.timeouts == 2 && statistics.lateAnswers == 1 && statistics.unmatchedAnswers == 1)
    }

    @Test("A second answer to the same message, or an answer of another kind, is not applied")
    mutating func duplicates() throws {
        try bench.signOn()
        let (request, message) = try linkRequest(1)
        _ = bench.event(.send(request))
        var reversal = PuppetHost.approval(of: message)
        reversal.mti = .reversalAdviceResponse
        #expect(bench.event(received(reversal)) == [.note(.unmatchedAnswer(traceNumber: 1))])
        let answer = PuppetHost.approval(of: message)
        #expect(bench.event(received(answer)) == [.complete(1, .answered(answer))])
        #expect(bench.event(received(answer)) == [.note(.unmatchedAnswer(traceNumber: 1))])
    }

    @Test("An answer that names another payment is not applied, and the message stays in flight")
    mutating func foreign() throws {
        try bench.signOn()
        let (request, message) = try linkRequest(1)
        _ = bench.event(.send(request))
        var answer = PuppetHost.approval(of: message)
        answer[.retrievalReferenceNumber] = "999999999999"
        #expect(bench.event(received(answer)) == [.note(.foreignAnswer(traceNumber: 1))])
        #expect(bench.machine.statistics.inFlight == 1)
        answer.remove(.retrievalReferenceNumber)
        #expect(bench.event(received(answer)) == [.complete(1, .answered(answer))])
    }

    @Test("The answer to a repeat is the one that counts, whichever try it was for")
    mutating func repeats() throws {
        try bench.signOn()
        let (first, message) = try linkRequest(1, trace: 5)
        _ = bench.event(.send(first))
        _ = bench.pass(8_000)
        _ = bench.event(.send(try linkRequest(2, trace: 5).0))
        let answer = PuppetHost.approval(of: message)
        #expect(bench.event(received(answer)) == [.complete(2, .answered(answer))])
        #expect(bench.pass(8_000).isEmpty)
    }

    @Test("A trace number that is in flight is not used a second time")
    mutating func traceInUse() throws {
        try bench.signOn()
        _ = bench.event(.send(try linkRequest(1, trace: 5).0))
        #expect(
            bench.event(.send(try linkRequest(2, trace: 5).0)) == [
                .note(.traceInUse(traceNumber: 5)), .complete(2, .notSent(.bulkheadFull)),
            ])
    }

    @Test("One message more than may be in flight is refused")
    mutating func bulkhead() throws {
        try bench.signOn()
        for identifier in 1...4 { _ = bench.event(.send(try linkRequest(UInt64(identifier)).0)) }
        #expect(bench.event(.send(try linkRequest(5).0)) == [.complete(5, .notSent(.bulkheadFull))])
    }

    @Test("A disconnect leaves everything in flight unknown, and the link connects again")
    mutating func disconnect() throws {
        try bench.signOn()
        for identifier in [3, 1, 2] as [UInt64] { _ = bench.event(.send(try linkRequest(identifier).0)) }
        #expect(
            bench.event(.disconnected) == [
                .note(.disconnected(inFlight: 3)), .complete(3, .unknown(.disconnected)),
                .complete(1, .unknown(.disconnected)), .complete(2, .unknown(.disconnected)),
            ])
        #expect(bench.pass(100) == [.connect])
        let statistics = bench.machine.statistics
        #expect(statistics.lostInFlight == 3 && statistics.inFlight == 0 && statistics.disconnects == 1)
    }

    @Test("Unreadable bytes close the connection, and what is in flight is unknown")
    mutating func garbled() throws {
        try bench.signOn()
        _ = bench.event(.send(try linkRequest(1).0))
        #expect(
            bench.event(.garbled) == [
                .disconnect, .note(.garbled(inFlight: 1)), .complete(1, .unknown(.garbledAnswer)),
            ])
        #expect(bench.event(.garbled).isEmpty, "what the old connection still says is of no interest")
    }

    @Test("A message waits for a connection that was just lost, and is sent after the next sign-on")
    mutating func waits() throws {
        _ = bench.event(.start)
        let (request, message) = try linkRequest(1)
        #expect(bench.event(.send(request)).isEmpty)
        #expect(bench.machine.statistics.waiting == 1 && bench.machine.statistics.inFlight == 0)
        _ = bench.pass(900)
        _ = bench.event(.connected)
        let signOn = NetworkManagement(purpose: .signOn, transmittedAt: testTime, traceNumber: 1)
        #expect(
            bench.event(.received(try MachineBench.answer(to: signOn.message))) == [
                .note(.signedOn), .write(frame: request.frame),
            ])
        let answer = PuppetHost.approval(of: message)
        #expect(bench.event(received(answer)) == [.complete(1, .answered(answer))])
    }

    @Test("A message that waited too long was certainly not sent")
    mutating func waitsInVain() throws {
        _ = bench.event(.start)
        _ = bench.pass(500)
        _ = bench.event(.send(try linkRequest(1).0))
        #expect(bench.pass(999).isEmpty)
        #expect(bench.pass(1) == [.complete(1, .notSent(.noConnection))])
        #expect(bench.event(.send(try linkRequest(2).0)) == [.complete(2, .notSent(.noConnection))])
        #expect(bench.machine.statistics.notSent == 2)
    }

    @Test("While the socket takes no more bytes messages wait, and stay unsent if the connection is lost then")
    mutating func backpressure() throws {
        try bench.signOn()
        _ = bench.event(.send(try linkRequest(1).0))
        #expect(bench.event(.writabilityChanged(isWritable: false)).isEmpty)
        let (second, _) = try linkRequest(2)
        let (third, _) = try linkRequest(3)
        #expect(bench.event(.send(second)).isEmpty && bench.event(.send(third)).isEmpty)
        #expect(
            bench.event(.writabilityChanged(isWritable: true)) == [
                .write(frame: second.frame), .write(frame: third.frame),
            ])
        _ = bench.event(.writabilityChanged(isWritable: false))
        _ = bench.event(.send(try linkRequest(4).0))
        let lost = bench.event(.disconnected)
        #expect(!lost.contains(.complete(4, .unknown(.disconnected))))
        _ = bench.event(.close)
        #expect(bench.machine.statistics.notSent == 1)
    }

    @Test("Before it starts and after it closed the link refuses messages")
    mutating func refuses() throws {
        #expect(bench.event(.send(try linkRequest(1).0)) == [.complete(1, .notSent(.noConnection))])
        _ = bench.event(.start)
        _ = bench.event(.close)
        #expect(bench.event(.send(try linkRequest(2).0)) == [.complete(2, .notSent(.noConnection))])
    }

    @Test("What the host tells on its own is delivered, and answered when it is taken care of")
    mutating func unsolicited() throws {
        try bench.signOn()
        let advice = try unsolicitedRefundReversal()
        let inbound = InboundMessage(advice, at: testTime)
        guard case .unsolicited(let message, let reply) = inbound else {
            throw MachineBench.Unexpected(actions: [])
        }
        #expect(bench.event(.received(inbound)) == [.deliver(message, reply: reply, connection: 1)])
        #expect(bench.event(.unsolicitedHandled(connection: 1, reply: reply)) == [.reply(reply)])
        #expect(reply.mti == .reversalAdviceResponse && reply[.responseCode] == "00")

        _ = bench.event(.received(inbound))
        #expect(bench.event(.unsolicitedHandled(connection: 1, reply: nil)).isEmpty, "a handler that failed")
        _ = bench.event(.received(inbound))
        _ = bench.event(.disconnected)
        #expect(bench.event(.unsolicitedHandled(connection: 1, reply: reply)).isEmpty, "the connection is gone")
    }

    @Test("More unsolicited messages than can be in hand are left to be repeated")
    mutating func unsolicitedBound() throws {
        try bench.signOn()
        let inbound = InboundMessage(try unsolicitedRefundReversal(), at: testTime)
        _ = bench.event(.received(inbound))
        _ = bench.event(.received(inbound))
        #expect(bench.event(.received(inbound)) == [.note(.unsolicitedDropped)])
        _ = bench.event(.unsolicitedHandled(connection: 1, reply: nil))
        #expect(bench.event(.received(inbound)).count == 1)
    }

    @Test("Ten thousand messages in flight are all matched under shuffled and repeated answers")
    mutating func manyInFlight() throws {
        var settings = MachineBench.settings
        settings.inFlightMax = 10_000
        bench = MachineBench(settings: settings)
        try bench.signOn()
        let generator = SeededGenerator(seed: 2_026)
        var answers: [(UInt64, Message)] = []
        for identifier in 1...10_000 as ClosedRange<UInt64> {
            let (request, message) = try linkRequest(identifier)
            #expect(bench.event(.send(request)) == [.write(frame: request.frame)])
            answers.append((identifier, PuppetHost.approval(of: message)))
            if generator.below(3) == 0 { answers.append((identifier, PuppetHost.approval(of: message))) }
        }
        for place in answers.indices.dropLast() {
            answers.swapAt(place, place + generator.below(answers.count - place))
        }
        var completed: Set<UInt64> = []
        for (identifier, answer) in answers {
            let actions = bench.event(received(answer))
            if completed.insert(identifier).inserted {
                #expect(actions == [.complete(identifier, .answered(answer))])
            } else {
                #expect(actions == [.note(.unmatchedAnswer(traceNumber: Int(identifier)))])
            }
        }
        #expect(completed.count == 10_000 && bench.machine.statistics.inFlight == 0)
        #expect(bench.pass(8_000).isEmpty)
    }
}

/// The 0420 by which a host says that refund 700 did not happen.
func unsolicitedRefundReversal() throws -> Message {
    var advice = Message(.reversalAdvice)
    advice[.primaryAccountNumber] = "4000000000005126"
    advice[.processingCode] = "200000"
    advice[.amountTransaction] = "000000000500"
    advice[.transmissionDateTime] = "1123150000"
    advice[.systemTraceAuditNumber] = "000009"
    advice[.retrievalReferenceNumber] = reference(700).retrievalReference
    advice[.responseCode] = "76"
    advice[.cardAcceptorTerminalIdentification] = "FLORIN01"
    advice[.cardAcceptorIdentificationCode] = "MERCHANT1      "
    advice[.currencyCodeTransaction] = "840"
    advice[.originalDataElements] = "0220" + "000700" + "1123143005" + "00000012345" + "00000000000"
    return advice
}

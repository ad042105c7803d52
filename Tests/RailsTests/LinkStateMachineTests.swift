import CardFormats
import Core
import Payments
import Testing

@testable import Rails

/// A machine with a clock that stands where the test puts it.
struct MachineBench {
    static let settings = LinkStateMachine.Settings(
        answerMilliseconds: 8_000, echoAfterIdleMilliseconds: 60_000, connectionWaitMilliseconds: 1_000,
        reconnectFirstMilliseconds: 100, reconnectMaxMilliseconds: 3_200, inFlightMax: 4, unsolicitedMax: 2)

    var machine: LinkStateMachine
    var now: Int64 = 0

    init(settings: LinkStateMachine.Settings = Self.settings) {
        machine = LinkStateMachine(settings: settings, seed: 7)
    }

    mutating func event(_ event: LinkStateMachine.Event) -> [LinkStateMachine.Action] {
        machine.event(event, at: LinkMoment(monotonicMilliseconds: now, wall: testTime))
    }

    /// Lets time pass as an executor would: the timer fires when it is due, and at the end.
    mutating func pass(_ milliseconds: Int64) -> [LinkStateMachine.Action] {
        let end = now + milliseconds
        var actions: [LinkStateMachine.Action] = []
        while let next = machine.nextTimer, next <= end {
            now = max(now, next)
            actions += event(.timer)
        }
        now = end
        return actions + event(.timer)
    }

    mutating func signOn() throws {
        _ = event(.start)
        let actions = event(.connected)
        guard case .manage(let management) = actions.first else { throw Unexpected(actions: actions) }
        _ = event(.received(try Self.answer(to: management.message)))
        #expect(machine.statistics.state == .signedOn)
    }

    static func answer(to message: Message, code: String = "00") throws -> InboundMessage {
        InboundMessage(PuppetHost.approval(of: message, code: code), at: testTime)
    }

    struct Unexpected: Error { let actions: [LinkStateMachine.Action] }
}

/// A message of a payment and the request that carries it.
func linkRequest(_ identifier: UInt64, trace: Int? = nil) throws -> (LinkRequest, Message) {
    var message = Message(.authorisationRequest)
    let traceNumber = UInt64(trace ?? Int(identifier))
    try message.set(.transmissionDateTime, number: TransmissionTime.number(testTime), digits: 10)
    try message.set(.systemTraceAuditNumber, number: traceNumber, digits: 6)
    message[.retrievalReferenceNumber] = reference(Int(traceNumber)).retrievalReference
    let key = MessageKey(
        answerType: .authorisationResponse, transmitted: TransmissionTime.number(testTime), traceNumber: traceNumber)
    let request = LinkRequest(
        identifier: identifier, key: try #require(key),
        retrievalReference: reference(Int(traceNumber)).retrievalReference, frame: [UInt8(identifier & 255)])
    return (request, message)
}

@Suite("Link state machine: connection")
struct LinkConnectionTests {
    private var bench = MachineBench()

    @Test("It connects, signs on with 0800/001, and is signed on when the host approves")
    mutating func signsOn() throws {
        #expect(bench.event(.start) == [.connect])
        let actions = bench.event(.connected)
        let signOn = NetworkManagement(purpose: .signOn, transmittedAt: testTime, traceNumber: 1)
        #expect(actions == [.manage(signOn)])
        #expect(signOn.message.mti == .networkManagementRequest)
        #expect(signOn.message[.networkManagementInformationCode] == "001")
        #expect(signOn.message[.transmissionDateTime] == "1123143005")
        #expect(bench.event(.received(try MachineBench.answer(to: signOn.message))) == [.note(.signedOn)])
        #expect(bench.machine.statistics.signOns == 1)
    }

    @Test("A refused sign-on closes the connection and is tried again later")
    mutating func refusedSignOn() throws {
        _ = bench.event(.start)
        _ = bench.event(.connected)
        let signOn = NetworkManagement(purpose: .signOn, transmittedAt: testTime, traceNumber: 1)
        let actions = bench.event(.received(try MachineBench.answer(to: signOn.message, code: "91")))
        #expect(actions == [.note(.signOnRefused(responseCode: "91")), .disconnect])
        #expect(bench.pass(100) == [.connect])
    }

    @Test("A sign-on that is not answered in time closes the connection")
    mutating func silentSignOn() {
        _ = bench.event(.start)
        _ = bench.event(.connected)
        #expect(bench.machine.nextTimer == 8_000)
        #expect(bench.pass(7_999).isEmpty)
        #expect(bench.pass(1) == [.disconnect, .note(.signOnNotAnswered)])
        #expect(bench.machine.statistics.state == .waitingToReconnect)
    }

    @Test("Attempts to reconnect double their pause up to the maximum, each within its upper half")
    mutating func backoff() throws {
        _ = bench.event(.start)
        for longest in [100, 200, 400, 800, 1_600, 3_200, 3_200, 3_200] as [Int64] {
            let actions = bench.event(.connectFailed)
            guard case .note(.connectFailed) = actions.first else { throw MachineBench.Unexpected(actions: actions) }
            let pause = try #require(bench.machine.nextTimer) - bench.now
            #expect(longest / 2...longest ~= pause)
            #expect(bench.pass(pause) == [.connect])
        }
    }

    @Test("After a sign-on the pauses start small again")
    mutating func backoffResets() throws {
        _ = bench.event(.start)
        for _ in 0..<5 {
            _ = bench.event(.connectFailed)
            _ = bench.pass(3_200)
        }
        _ = bench.event(.connected)
        _ = bench.event(
            .received(
                try MachineBench.answer(
                    to: NetworkManagement(purpose: .signOn, transmittedAt: testTime, traceNumber: 1).message)))
        _ = bench.event(.disconnected)
        #expect(try #require(bench.machine.nextTimer) - bench.now <= 100)
    }

    @Test("An idle link sends an echo, and goes on when it is answered")
    mutating func echo() throws {
        try bench.signOn()
        #expect(bench.pass(59_999).isEmpty)
        let echo = NetworkManagement(purpose: .echo, transmittedAt: testTime, traceNumber: 2)
        #expect(bench.pass(1) == [.manage(echo)])
        #expect(bench.event(.received(try MachineBench.answer(to: echo.message))).isEmpty)
        #expect(bench.pass(59_999).isEmpty)
        #expect(bench.machine.statistics.state == .signedOn && bench.machine.statistics.echoes == 1)
    }

    @Test("An echo that is not answered costs the connection, and messages in flight are unknown")
    mutating func silentEcho() throws {
        try bench.signOn()
        _ = bench.pass(60_000)
        bench.now += 7_000
        let (request, _) = try linkRequest(1)
        _ = bench.event(.send(request))
        let actions = bench.pass(1_000)
        #expect(
            actions == [
                .disconnect, .note(.echoNotAnswered), .complete(1, .unknown(.disconnected)),
            ])
    }

    @Test("Whatever the host says keeps the link from being idle")
    mutating func notIdle() throws {
        try bench.signOn()
        for _ in 0..<5 {
            #expect(bench.pass(50_000).isEmpty)
            _ = bench.event(.received(.management(reply: Message(.networkManagementResponse))))
        }
        #expect(bench.machine.statistics.echoes == 0)
    }

    @Test("An echo from the host is answered, also before the sign-on is")
    mutating func echoFromHost() {
        _ = bench.event(.start)
        _ = bench.event(.connected)
        let reply = Message(.networkManagementResponse)
        #expect(bench.event(.received(.management(reply: reply))) == [.reply(reply)])
    }

    @Test("Closing waits for what is in flight, signs off, disconnects and is final")
    mutating func close() throws {
        try bench.signOn()
        let (request, message) = try linkRequest(1)
        _ = bench.event(.send(request))
        #expect(bench.event(.close).isEmpty)
        let (late, _) = try linkRequest(2)
        #expect(bench.event(.send(late)) == [.complete(2, .notSent(.noConnection))])
        let answer = PuppetHost.approval(of: message)
        let signOff = NetworkManagement(purpose: .signOff, transmittedAt: testTime, traceNumber: 2)
        #expect(
            bench.event(.received(InboundMessage(answer, at: testTime))) == [
                .complete(1, .answered(answer)), .manage(signOff), .disconnect, .closed,
            ])
        #expect(bench.machine.statistics.state == .closed)
        #expect(bench.machine.nextTimer == nil)
        #expect(bench.event(.close).isEmpty && bench.event(.disconnected).isEmpty && bench.event(.start).isEmpty)
    }

    @Test("Closing waits no longer than the time limit of what is in flight")
    mutating func closeWithoutAnswer() throws {
        try bench.signOn()
        _ = bench.event(.send(try linkRequest(1).0))
        _ = bench.event(.close)
        let actions = bench.pass(8_000)
        #expect(actions.first == .complete(1, .unknown(.timeout)))
        #expect(actions.last == .closed)
    }

    @Test("A link that is closed while it connects or waits is closed at once, and gives a late connection up")
    mutating func closeEarly() {
        _ = bench.event(.start)
        #expect(bench.event(.close) == [.closed])
        #expect(bench.event(.connected) == [.disconnect])
        var waiting = MachineBench()
        _ = waiting.event(.start)
        _ = waiting.event(.connectFailed)
        #expect(waiting.event(.close) == [.closed])
    }

    @Test("A disconnect while it closes ends it, without another connection")
    mutating func disconnectWhileClosing() throws {
        try bench.signOn()
        _ = bench.event(.send(try linkRequest(1).0))
        _ = bench.event(.close)
        #expect(
            bench.event(.disconnected) == [
                .note(.disconnected(inFlight: 1)), .complete(1, .unknown(.disconnected)), .closed,
            ])
    }
}

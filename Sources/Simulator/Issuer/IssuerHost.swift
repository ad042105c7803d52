public import Core
public import Logging
public import NIOCore
internal import NIOPosix

/// The sandbox's card network and issuer: a TCP server that speaks ISO 8583, decides by the card, keeps a book of its
/// own and goes wrong on request.
///
/// It answers sign-on, echo, authorisations (0100), increments, purchases (0200), captures and refunds (0220) and
/// reversals (0400, 0420). What the cards do: ``ScriptCard`` and the test cards of Stripe's documentation.
///
///     let host = try await IssuerHost.start(
///         .standard, faultSeed: 1, environment: .live, eventLoopGroup: group, logger: logger)
///     acquirer.port = host.port
///     …
///     let records = host.records(retrievalReference: "632714000123")
///     await host.stop()
public final class IssuerHost: Sendable {
    /// What goes wrong at this host.
    public let faults: IssuerFaults
    /// The TCP port it listens on.
    public let port: Int

    private let channel: any Channel
    private let eventLoop: any EventLoop
    private let core: NIOLoopBoundBox<IssuerCore>
    private let shelf: IssuerShelf

    private init(
        faults: IssuerFaults, port: Int, channel: any Channel, eventLoop: any EventLoop,
        core: NIOLoopBoundBox<IssuerCore>, shelf: IssuerShelf
    ) {
        self.faults = faults
        self.port = port
        self.channel = channel
        self.eventLoop = eventLoop
        self.core = core
        self.shelf = shelf
    }

    /// Opens the port and begins to answer. Throws what the system says when the port cannot be had.
    public static func start(
        _ configuration: IssuerConfiguration, faultSeed: UInt64, environment: Environment,
        eventLoopGroup: any EventLoopGroup, logger: Logger
    ) async throws -> IssuerHost {
        let loop = eventLoopGroup.next()
        let faults = IssuerFaults(seed: faultSeed)
        let shelf = IssuerShelf(
            IssuerBook(limits: IssuerBook.Limits(configuration), openedAt: environment.now()))
        let core = NIOLoopBoundBox.makeBoxSendingValue(
            IssuerCore(
                configuration: configuration, environment: environment, eventLoop: loop, shelf: shelf,
                faults: faults, logger: logger),
            eventLoop: loop)
        let framing = configuration.framing
        let channel = try await ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 1 << 20, high: 1 << 24))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        IssuerConnection(core: core.value, framing: framing))
                }
            }
            .bind(host: configuration.host, port: configuration.port)
            .get()
        return IssuerHost(
            faults: faults, port: channel.localAddress?.port ?? configuration.port, channel: channel, eventLoop: loop,
            core: core, shelf: shelf)
    }

    /// Closes the port and all connections.
    public func stop() async {
        // A port that is closed already is what is wanted.
        try? await channel.close().get()
        try? await eventLoop.submit { self.core.value.stop() }.get()
    }

    /// Breaks all connections; the acquirers may connect again.
    public func dropConnections() {
        eventLoop.execute { self.core.value.closeAll() }
    }
}

/// The book.
extension IssuerHost {
    /// What was booked under one retrieval reference (DE37), the earliest first. One payment has several when it was
    /// tried again under its reference.
    public func records(retrievalReference: String) -> [IssuerRecord] {
        shelf.read { $0.records(retrievalReference: retrievalReference) }
    }

    /// All records in memory.
    public func records() -> [IssuerRecord] { shelf.read { $0.records } }

    /// The sums of each currency, records that are no longer in memory included.
    public func totals() -> [IssuerTotals] { shelf.read { $0.totals } }

    /// How often something happened.
    public func counters() -> IssuerCounters { shelf.read { $0.counters } }

    /// All records in memory as JSON, one a line, in pieces of about 64 KB.
    public func writeJSONLines(_ write: ([UInt8]) throws -> Void) rethrows {
        var bytes: [UInt8] = []
        for record in records() {
            record.appendJSONLine(to: &bytes)
            guard bytes.count >= 65_536 else { continue }
            try write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        if !bytes.isEmpty { try write(bytes) }
    }
}

extension IssuerBook.Limits {
    init(_ configuration: IssuerConfiguration) {
        self.init(
            recordsMax: max(1, configuration.recordsMax),
            settledKeptMilliseconds: configuration.settledKeptMilliseconds,
            // A payment seldom has more messages than these: authorised, captured, refunded, reversed.
            messagesMax: max(1, configuration.recordsMax) * 4,
            adoptsEarlierOriginals: configuration.adoptsEarlierOriginals)
    }
}

internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Simulator
internal import UnixSignals

/// `florin issuer`
struct IssuerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuer",
        abstract: "Start the sandbox's card network alone, for several servers that share it.",
        discussion: """
            A server starts a card network of its own, which knows nothing of payments made through another. Where \
            several servers work on one database, start this one beside them, and each of them with --issuer. It \
            answers every card as `florin cards` says, and keeps its book in memory. SIGTERM ends it.

            Exit codes: 0 after an orderly end, 1 when it cannot start, 64 for bad options.
            """)

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "host"))
    var host: String = "127.0.0.1"

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "port"))
    var port: Int = 5150

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
    }

    func run() async throws {
        // From before the start, so that whoever sees it listen can end it in order.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var settings = IssuerConfiguration(host: host, port: port)
        // As the sandbox's own: it forgets old payments, and takes the house's word for what it forgot.
        settings.recordsMax = 100_000
        let issuer: IssuerHost
        do {
            issuer = try await IssuerHost.start(
                settings, faultSeed: Environment.live.randomWord(), environment: .live,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "florin.issuer") { StreamLogHandler.standardError(label: $0) })
        } catch {
            Terminal.standardError.say(IssuerAnnouncement.failure(error, host: host, port: port))
            throw ExitCode(1)
        }
        Terminal.standardOutput.say(IssuerAnnouncement.text(host: host, port: issuer.port))
        for await _ in signals { break }
        await issuer.stop()
        Terminal.standardOutput.say("the card network has stopped")
    }
}

/// What a card network says when it listens, and how that is read.
enum IssuerAnnouncement {
    private static let beginning = "the card network listens on "

    static func text(host: String, port: Int) -> String {
        let place = ServerAddress(host: host, port: port).authority
        return beginning + place + "\n\n  florin serve --issuer \(place) …"
    }

    /// `127.0.0.1:5150`; nil when it does not listen yet.
    static func place(in log: String) -> String? {
        log.split(separator: "\n").last { $0.hasPrefix(beginning) }.map { String($0.dropFirst(beginning.count)) }
    }

    static func failure(_ error: any Error, host: String, port: Int) -> String {
        let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? String(describing: error)
        return "Cannot listen on port \(port) of \(host): \(reason). Choose another with --port."
    }
}

internal import API
internal import AsyncHTTPClient
internal import Core
internal import Glibc
internal import Logging
internal import NIOPosix
internal import Payments
internal import Platform
internal import Rails
internal import ServiceLifecycle
internal import Simulator
internal import Storage
internal import UnixSignals
internal import Vault

/// One process with its roles: store, vault, card network, platform, workers and API.
enum Server {
    /// Starts everything, and returns when it was told to end and has.
    static func run(_ options: ServeOptions) async throws {
        try ProcessHardening.disableCoreDumps()
        umask(0o077)
        var logger = Logger(label: "florin") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.logLevel
        let environment = Environment.live
        let lock = try FolderLock(folder: options.folder)
        defer { withExtendedLifetime(lock) {} }
        if options.databases == nil { try MovedFolder.check(options.folder) }
        let store = try await Store.open(
            .server(.main(folder: options.folder, options.databases)), schema: FlorinSchema.schema,
            environment: environment)
        let vault = try await Vault.open(
            folder: options.folder, database: options.databases?.vault, environment: environment,
            passphrase: ProcessEnvironment.vaultPassphrase)
        let seat = try await Seat.take(options.node, in: store, leaseMs: options.leaseMs, environment)
        let sandbox = try await SandboxKeys.prepare(in: options, store: store, environment: environment)
        let network = try await CardNetwork.start(options, vault: vault, environment: environment, logger: logger)
        let platform = Platform(
            store: store, vault: vault, rail: network.rail, policy: .sandbox, environment: environment, logger: logger,
            seat: seat)
        network.onReturnedRefund { reference in try await platform.refundReturned(reference) }
        // A redirect is an answer other than 2xx: an endpoint that has moved says so in its settings.
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))
        let workers = Workers(
            platform: platform, client: client, roles: options.roles, leaseMs: options.leaseMs,
            render: FlorinAPI.eventRenderer(environment.now))
        try await workers.recover()
        let api = FlorinAPI.service(
            platform,
            settings: FlorinAPI.Settings(
                host: options.host, port: options.port, servesRequests: options.roles.contains(.api),
                extraMetrics: { network.metrics }),
            logger: logger,
            onRunning: { port in await announce(sandbox, options, port: port) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: WorkerService(workers: workers)),
                    .init(service: api, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            await end(client, network, store, vault)
            throw error
        }
        await end(client, network, store, vault)
        Terminal.standardOutput.say("florin has stopped; all requests in flight were answered")
    }

    private static func end(
        _ client: HTTPClient, _ network: CardNetwork, _ store: Store, _ vault: Vault
    ) async {
        try? await client.shutdown()
        await network.stop()
        await store.close()
        await vault.close()
    }

    /// Says where it listens, with a request that works.
    private static func announce(_ sandbox: SandboxKeys?, _ options: ServeOptions, port: Int) async {
        let host = options.host == "0.0.0.0" || options.host == "::" ? "127.0.0.1" : options.host
        let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        do {
            try SandboxKeys.announce(sandbox, url: url, folder: options.folder)
        } catch {
            Terminal.standardError.say("The keys could not be written to \(options.folder)/sandbox.json: \(error)")
        }
        Terminal.standardOutput.say(Announcement.text(url: url, keys: sandbox, options: options))
    }
}

/// The workers as a service: they end when the group does.
struct WorkerService: Service {
    let workers: Workers

    func run() async throws {
        await cancelWhenGracefulShutdown { await workers.run() }
    }
}

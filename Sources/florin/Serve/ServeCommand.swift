internal import ArgumentParser
internal import Core
internal import Logging
internal import Platform
internal import Storage

/// `florin serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Start everything on one data folder, with the sandbox's card network.",
        discussion: """
            The first start makes the folder, an account in test mode and its keys, which stand in DIR/sandbox.json. \
            SIGTERM ends it in order: requests in flight are answered first.

            Set FLORIN_VAULT_PASSPHRASE to seal the vault's key file with a passphrase.

            Exit codes: 0 after an orderly end, 1 when it cannot start or go on, 64 for bad options.
            """)

    @Option(help: ArgumentHelp("The data folder.", valueName: "dir"))
    var data: String

    @OptionGroup var databases: DatabaseOptions

    @Option(
        help: ArgumentHelp(
            "What this process does of: api, webhooks, jobs. All, if not said.", valueName: "roles"))
    var roles: String = Role.allCases.map(\.rawValue).joined(separator: ",")

    @Option(
        help: ArgumentHelp(
            "The number of this process among those on one database, 0 to 9; the first free one, if not said.",
            valueName: "n"))
    var node: Int?

    @Option(
        help: ArgumentHelp("How long other processes wait before they take over from this one.", valueName: "ms"))
    var leaseMs: Int64 = 10_000

    @Option(help: ArgumentHelp("The address to listen on.", valueName: "host"))
    var host: String = "127.0.0.1"

    @Option(help: ArgumentHelp("The port to listen on; 0 takes a free one.", valueName: "port"))
    var port: Int = 8420

    @Option(
        help: ArgumentHelp("A card network that runs elsewhere, instead of the sandbox's own.", valueName: "host:port"))
    var issuer: String?

    @Option(help: ArgumentHelp("How long the card network may take to answer.", valueName: "ms"))
    var networkTimeoutMs: Int64 = 5_000

    @Option(help: ArgumentHelp("Fee on domestic cards for a new account, in percent.", valueName: "percent"))
    var domesticFee: String = "2.9"

    @Option(help: ArgumentHelp("Fee on foreign cards for a new account, in percent.", valueName: "percent"))
    var crossBorderFee: String = "3.9"

    @Option(help: ArgumentHelp("Fixed fee for a new account, in hundredths of the main unit.", valueName: "n"))
    var fixedFee: Int64 = 30

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error.", valueName: "level"))
    var logLevel: String = "notice"

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
        guard (50...120_000).contains(networkTimeoutMs) else {
            throw ValidationError("--network-timeout-ms must be 50 to 120000.")
        }
        guard (1_000...60_000).contains(leaseMs) else { throw ValidationError("--lease-ms must be 1000 to 60000.") }
        guard node.map({ (0..<Seat.seatsMax).contains($0) }) ?? true else {
            throw ValidationError("--node must be 0 to \(Seat.seatsMax - 1).")
        }
        guard ServeOptions.roles(roles) != nil else {
            throw ValidationError("--roles must name some of api, webhooks, jobs, such as api,webhooks.")
        }
        guard databases.database != nil || (node == nil && ServeOptions.roles(roles) == Set(Role.allCases)) else {
            throw ValidationError("--node and --roles go with --database: a data folder has one process that does all.")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level must be trace, debug, info, notice, warning or error.")
        }
        guard (0...1_000_000).contains(fixedFee) else { throw ValidationError("--fixed-fee must be 0 to 1000000.") }
        for (name, text) in [("--domestic-fee", domesticFee), ("--cross-border-fee", crossBorderFee)] {
            guard let share = ServeOptions.partsPerMillion(percent: text), (0...1_000_000).contains(share) else {
                throw ValidationError("\(name) must be a percentage such as 2.9.")
            }
        }
        if let issuer, ServeOptions.endpoint(issuer) == nil {
            throw ValidationError("--issuer must be like 127.0.0.1:5150.")
        }
    }

    func run() async throws {
        let options = ServeOptions(
            folder: data, databases: try databases.places, roles: ServeOptions.roles(roles) ?? [], node: node,
            leaseMs: leaseMs, host: host, port: port, issuer: issuer.flatMap { ServeOptions.endpoint($0) },
            networkTimeoutMs: networkTimeoutMs,
            domesticPartsPerMillion: ServeOptions.partsPerMillion(percent: domesticFee) ?? 29_000,
            crossBorderPartsPerMillion: ServeOptions.partsPerMillion(percent: crossBorderFee) ?? 39_000,
            fixedHundredths: fixedFee, logLevel: Logger.Level(rawValue: logLevel) ?? .notice)
        do {
            try await Server.run(options)
        } catch {
            Terminal.standardError.say(StartFailure.sentence(error, options))
            throw ExitCode(1)
        }
    }
}

/// What `florin serve` was told.
struct ServeOptions: Sendable {
    var folder: String
    var databases: DatabasePlaces?
    var roles: Set<Role>
    var node: Int?
    var leaseMs: Int64
    var host: String
    var port: Int
    var issuer: (host: String, port: Int)?
    var networkTimeoutMs: Int64
    var domesticPartsPerMillion: Int64
    var crossBorderPartsPerMillion: Int64
    var fixedHundredths: Int64
    var logLevel: Logger.Level

    /// `api,jobs` as roles; nil when one is unknown or none is named.
    static func roles(_ text: String) -> Set<Role>? {
        let roles = text.split(separator: ",").map { Role(rawValue: String($0)) }
        return roles.isEmpty || roles.contains(nil) ? nil : Set(roles.compactMap { $0 })
    }

    /// `127.0.0.1:5150` as host and port.
    static func endpoint(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        let host = String(text[..<colon])
        return host.isEmpty ? nil : (host, port)
    }

    /// `2.9` as 29,000: percent with at most four decimals, without passing through floating point.
    static func partsPerMillion(percent text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Int64(parts[0]), whole >= 0, whole <= 100 else { return nil }
        guard parts.count == 2 else { return whole * 10_000 }
        let decimals = parts[1]
        guard (1...4).contains(decimals.count), decimals.allSatisfy(\.isASCII), let fraction = Int64(decimals),
            fraction >= 0
        else { return nil }
        var scaled = fraction
        for _ in decimals.count..<4 { scaled *= 10 }
        return whole * 10_000 + scaled
    }
}

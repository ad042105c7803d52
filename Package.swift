// swift-tools-version: 6.2
import PackageDescription

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")

/// The rooms of the house, lowest first. ARCHITECTURE.md says what each is, and TidyTests that nobody imports more.
let package = Package(
    name: "florin",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "Core"),
        .target(name: "Money", dependencies: ["Core"]),
        .target(name: "Ledger", dependencies: ["Core", "Money", crypto]),
        .target(name: "CardFormats", dependencies: ["Core", "Money"]),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Storage", dependencies: ["Core", "Money", "Ledger", "CLibpq", crypto, grdb, sqlite]),
        .target(name: "Vault", dependencies: ["Core", "Storage", "CardFormats", crypto, cryptoExtras]),
        .target(name: "Payments", dependencies: ["Core", "Money", "Ledger", "Storage"]),
        .target(name: "Rails", dependencies: ["Core", "Money", "CardFormats", "Payments", logging, nioCore, nioPosix]),
        .target(name: "Simulator", dependencies: ["Core", "Money", "CardFormats", logging, nioCore, nioPosix]),
        .target(
            name: "Platform",
            dependencies: [
                "Core", "Money", "Ledger", "Storage", "CardFormats", "Vault", "Payments", asyncHTTPClient, crypto,
                logging,
                nioCore, nioHTTP1,
            ]),
        .target(
            name: "API",
            dependencies: [
                "Core", "Money", "Ledger", "Storage", "Vault", "Payments", "Platform", crypto, httpTypes, hummingbird,
                hummingbirdCore, logging, nioCore, nioHTTPTypes, serviceLifecycle,
            ]),
        .executableTarget(
            name: "florin",
            dependencies: [
                "Core", "Money", "Ledger", "Storage", "Vault", "CardFormats", "Payments", "Rails", "Simulator",
                "Platform",
                "API", argumentParser, asyncHTTPClient, crypto, histogram, logging, nioCore, nioPosix,
                serviceLifecycle,
                unixSignals,
            ]),

        .testTarget(name: "MoneyTests", dependencies: ["Core", "Money"]),
        .testTarget(name: "LedgerTests", dependencies: ["Core", "Money", "Ledger"]),
        .testTarget(name: "CardFormatsTests", dependencies: ["Core", "Money", "CardFormats"]),
        .testTarget(name: "StorageTests", dependencies: ["Core", "Money", "Ledger", "Storage"]),
        .testTarget(name: "VaultTests", dependencies: ["Core", "Storage", "CardFormats", "Vault", crypto]),
        .testTarget(name: "PaymentsTests", dependencies: ["Core", "Money", "Ledger", "Storage", "Payments"]),
        .testTarget(
            name: "RailsTests",
            dependencies: [
                "Core", "Money", "CardFormats", "Payments", "Rails", "Simulator", logging, nioCore, nioPosix,
            ]),
        .testTarget(
            name: "SimulatorTests",
            dependencies: ["Core", "Money", "CardFormats", "Simulator", logging, nioCore, nioPosix]),
        .testTarget(
            name: "PlatformTests",
            dependencies: [
                "Core", "Money", "Ledger", "Storage", "Vault", "Payments", "Platform", asyncHTTPClient, logging,
            ]),
        .testTarget(
            name: "APITests",
            dependencies: [
                "Core", "Money", "Ledger", "Storage", "Vault", "Payments", "Platform", "API", httpTypes, hummingbird,
                hummingbirdTesting, logging, nioCore, nioPosix, serviceLifecycle,
            ]),
        .testTarget(
            name: "FlorinTests",
            dependencies: ["Core", "Money", "Ledger", "Storage", "florin", nioCore, nioHTTP1, nioPosix]),
        .testTarget(name: "TidyTests", dependencies: ["Core"]),
    ],
    swiftLanguageModes: [.v6]
)

/// Small pure rooms that run hot in tests: optimised in debug builds too, with their asserts on.
let optimisedInDebug: Set<String> = ["Core", "Money", "Ledger", "CardFormats"]

for target in package.targets where target.type != .system {
    var settings: [SwiftSetting] = [
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("ExistentialAny"),
        .treatAllWarnings(as: .error),
    ]
    if optimisedInDebug.contains(target.name) {
        settings.append(.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug)))
    }
    target.swiftSettings = settings
}

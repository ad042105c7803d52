import Testing

@Suite("What the sources may not use")
struct BannedTests {
    /// A pattern of code, and what to use in its place.
    struct Ban: Sendable, CustomTestStringConvertible {
        let pattern: String
        let instead: String
        /// The rooms it holds for; nil for all.
        var rooms: Set<String>?
        /// Files or folders that need it, and why.
        var allowed: [String: String] = [:]

        var testDescription: String { pattern }

        func holds(for file: SourceFile) -> Bool {
            (rooms?.contains(file.room) ?? true) && !allowed.keys.contains { file.path.hasPrefix($0) }
        }
    }

    static let bans = [
        Ban(pattern: #"\bDate(\.now\b|\(\))"#, instead: "Environment.now"),
        Ban(pattern: #"\bDateFormatter\b"#, instead: "Timestamp.utc"),
        Ban(pattern: #"\bUUID\(\)"#, instead: "Identifier(environment)"),
        Ban(
            pattern: #"(?<!IdentifierText)\.random(Element)?\("#,
            instead: "Environment.randomWord or a SeededGenerator"),
        // Nothing in Sources/florin/Terminal prints either: it writes to the descriptors.
        Ban(pattern: #"(?<![\w.])print\("#, instead: "Console, or a Logger"),
        Ban(pattern: #"\btry!"#, instead: "try, or a guard with preconditionFailure that says what is wrong"),
        Ban(pattern: #"\bfatalError\("#, instead: "invariant or preconditionFailure, with how to mend it"),
        Ban(pattern: #"\bTask\.detached\b"#, instead: "a task of a group that somebody waits for"),
        Ban(
            pattern: #"\b(Double|Float|Decimal)\b"#, instead: "minor units in Int64, and Rate",
            rooms: ["Money", "Ledger", "Payments"]),
        Ban(
            pattern: #"\bimport Foundation"#, instead: "the standard library",
            rooms: ["Core", "Money", "Ledger", "CardFormats", "Payments"]),
        Ban(
            pattern: #"\b(clock_gettime|gettimeofday|ContinuousClock|SuspendingClock|DispatchTime)\b|\btime\(nil\)"#,
            instead: "Environment.now, or Environment.monotonicNanoseconds for a duration",
            allowed: ["Sources/Core/Environment.swift": "the one clock"]),
        Ban(
            pattern: #"\b(SystemRandomNumberGenerator|getentropy|getrandom|arc4random\w*)\b"#,
            instead: "Environment.fillRandom",
            allowed: ["Sources/Core/RandomPool.swift": "the kernel's bytes behind Environment.live"]),
        Ban(
            pattern: #"\b(getenv|secure_getenv)\(|processInfo\.environment"#, instead: "an option of the command line",
            allowed: [
                "Sources/florin/Client/TemporaryFolder.swift": "TMPDIR says where temporary files go",
                "Sources/florin/Serve/SandboxKeys.swift": "a passphrase on the command line is seen by everybody",
                "Sources/florin/Terminal/Terminal.swift": "terminals are described by their environment",
            ]),
        Ban(pattern: #"\bCodable\b|\bJSONDecoder\b|\bJSONEncoder\b"#, instead: "JSONValue and JSONWriter"),
    ]

    @Test("each has something to use instead", arguments: bans)
    func banned(_ ban: Ban) {
        expectNone(
            Repository.sources.filter { ban.holds(for: $0) }.flatMap { $0.places(of: ban.pattern) }
                .map { "\($0): use \(ban.instead)" })
    }

    @Test("what is allowed to use them is still there, and still needs it")
    func allowed() {
        for ban in Self.bans {
            for path in ban.allowed.keys {
                let files = Repository.sources.filter { $0.path.hasPrefix(path) }
                #expect(!files.flatMap { $0.places(of: ban.pattern) }.isEmpty, "\(path) does not use \(ban.pattern)")
            }
        }
    }

    @Test("tests do not sleep")
    func sleeps() {
        expectNone(
            Repository.tests.flatMap { $0.places(of: #"(?<![\w.])(u|nano)?sleep\(|Task\.sleep"#) }
                .map { "\($0): wait for a condition, or move the clock" })
    }
}

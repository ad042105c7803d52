internal import Core

/// What a whole torture run came to.
struct TortureSummary: Sendable {
    var seed: UInt64
    var rounds: [Round] = []
    var violations: [TortureViolation] = []
    var folder: String
    /// The schema on PostgreSQL, and how many servers worked on it.
    var schema: String?
    var servers = 1
    var seconds = 0.0

    /// The figures of a round, without its payments.
    struct Round: Sendable {
        var number: Int
        var kills: Int
        var cuts: Int
        var failedStarts: Int
        var acknowledged: Int
        var requests: Int
        var resolved: Int
        var unresolved: Int
        var replayed: Int
        var internalErrors: Int
        var slowestSeconds: Double
        var seconds: Double
        var violations: Int
    }

    var isGood: Bool { violations.isEmpty && !rounds.isEmpty }
}

/// Rounds of torture on one folder, or one schema, until time is up or something is wrong.
struct TortureRun: Sendable {
    let seed: UInt64
    let minutes: Double
    let roundsMax: Int
    let connections: Int
    let folder: String
    var schema: OwnSchema?
    /// How many servers work on the schema.
    var servers = 1
    let console: Console

    func run() async throws -> TortureSummary {
        let watch = Stopwatch()
        let deadline = Deadline(seconds: minutes * 60)
        let issuer = try await IssuerControl.start(seed: seed)
        let site = TortureSite(folder: folder, issuerAddress: issuer.address, schema: schema, count: servers)
        let plan = TorturePlan(seed: seed, faultCards: issuer.faultCards)
        let random = SeededGenerator(seed: seed ^ 0x7067_7475_7265_2121)
        var summary = TortureSummary(seed: seed, folder: folder, schema: schema?.name, servers: servers)
        var totals: [String: IssuerPosition] = [:]
        TortureReport.begin(summary, on: console)
        repeat {
            let round = TortureRound(
                number: summary.rounds.count + 1, site: site, issuer: issuer, plan: plan, connections: connections,
                random: random, console: console)
            var result = try await round.run()
            totals.merge(TortureChecker.totals(result.house), uniquingKeysWith: +)
            if result.violations.isEmpty { result.violations = Self.compare(totals, issuer.records()) }
            let figures = TortureSummary.Round(result)
            summary.rounds.append(figures)
            summary.violations += result.violations
            TortureReport.show(figures, of: summary, on: console)
        } while summary.violations.isEmpty && !deadline.isOver && summary.rounds.count < roundsMax
        await issuer.stop()
        summary.seconds = watch.seconds
        return summary
    }

    /// Compares the sums of all rounds with the sums of the issuer's whole book.
    static func compare(_ ours: [String: IssuerPosition], _ records: [IssuerEntry]) -> [TortureViolation] {
        var theirs: [String: IssuerPosition] = [:]
        for entry in records {
            theirs[entry.currency] =
                (theirs[entry.currency] ?? IssuerPosition()) + IssuerPosition(held: entry.held, taken: entry.taken)
        }
        return Set(ours.keys).union(theirs.keys).sorted().compactMap { currency in
            let own = ours[currency] ?? IssuerPosition()
            let other = theirs[currency] ?? IssuerPosition()
            return own == other ? nil : .totalsDisagree(currency: currency, ours: own, issuer: other)
        }
    }
}

extension TortureSummary.Round {
    init(_ result: TortureRoundResult) {
        number = result.number
        kills = result.kills
        cuts = result.cuts
        failedStarts = result.failedStarts
        acknowledged = result.acknowledged
        requests = result.stories.reduce(0) { $0 + $1.steps.count }
        resolved = result.resolved
        unresolved = result.unresolved
        replayed = result.replayed
        internalErrors = result.internalErrors
        slowestSeconds = result.slowestSeconds
        seconds = result.seconds
        violations = result.violations.count
    }
}

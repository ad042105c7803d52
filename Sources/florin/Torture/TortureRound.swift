internal import Core

/// What one round of a torture run came to.
struct TortureRoundResult: Sendable {
    var number: Int
    var kills = 0
    /// Sessions with the database that were cut off.
    var cuts = 0
    /// Starts that a server gave up.
    var failedStarts = 0
    var stories: [TortureStory] = []
    var seconds = 0.0
    var replayed = 0
    var house = HouseSnapshot()
    var violations: [TortureViolation] = []

    /// Payments that were acknowledged, in whatever state.
    var acknowledged: Int { stories.filter { $0.intent != nil }.count }
    /// Requests that were not heard at first and have an answer now.
    var resolved: Int {
        stories.flatMap(\.steps).filter { $0.unheard > 0 && $0.answer != nil }.count
    }
    /// Answers of 500 before the final one.
    var internalErrors: Int { stories.flatMap(\.steps).reduce(0) { $0 + $1.internalErrors } }
    /// How long the request took that waited the longest for its final answer.
    var slowestSeconds: Double { stories.flatMap(\.steps).map(\.seconds).max() ?? 0 }
    /// Requests that have no answer.
    var unresolved: Int { stories.flatMap(\.steps).filter { $0.answer == nil }.count }
}

/// One round: load, kills, and when all is quiet again, the checks.
struct TortureRound: Sendable {
    /// How long requests are sent, in seconds.
    private static let loadSeconds = 4...9
    private static let killsMax = 3
    /// Sessions that are cut off at once.
    private static let cutsMax = 3
    /// How long a request may take to get its final answer, after the load has ended.
    private static let answerSeconds = 180.0
    /// How long the house and the issuer may take to agree.
    private static let settleSeconds = 180.0
    /// After how long it is said what is not settled yet.
    private static let settleQuicklySeconds = 40.0
    private static let pollNanoseconds: UInt64 = 500_000_000
    /// Answered requests that are sent once more.
    private static let replaysMax = 60

    let number: Int
    let site: TortureSite
    let issuer: IssuerControl
    let plan: TorturePlan
    let connections: Int
    let random: SeededGenerator
    let console: Console

    func run() async throws -> TortureRoundResult {
        var result = TortureRoundResult(number: number)
        let watch = Stopwatch()
        let (killsBefore, cutsBefore, failedBefore) = (site.kills, site.cuts, site.failedStarts)
        let startedAt = Environment.live.now().seconds
        let amountFirst = plan.nextAmount
        // The first start fails for reasons of the machine's; a later one must not fail at all.
        if number == 1 { try await site.start() }
        do {
            if number > 1 { try await site.start() }
            result.stories = try await load()
            issuer.setFaults(.none)
            (result.house, result.violations) = try await settle(
                result.stories, since: startedAt - 1, amountFrom: amountFirst)
            let (count, differences) = await replay(result.stories)
            result.replayed = count
            result.violations += differences
        } catch {
            result.violations.append(.serverLost(String(describing: error)))
        }
        await site.stop()
        if let complaint = try await site.verify() { result.violations.append(.verifyFailed(complaint)) }
        result.kills = site.kills - killsBefore
        result.cuts = site.cuts - cutsBefore
        result.failedStarts = site.failedStarts - failedBefore
        result.seconds = watch.seconds
        return result
    }

    // MARK: Load

    private func load() async throws -> [TortureStory] {
        let seconds = Double(Self.loadSeconds.lowerBound + random.below(Self.loadSeconds.count))
        issuer.setFaults(IssuerFaultRates(lostAnswers: 1, duplicateAnswers: 4, disconnects: 2))
        let end = Deadline(seconds: seconds)
        let worker = TortureWorker(site: site, deadline: Deadline(seconds: seconds + Self.answerSeconds))
        return try await withThrowingTaskGroup(of: [TortureStory].self) { group in
            for _ in 0..<connections {
                group.addTask {
                    var stories: [TortureStory] = []
                    while !end.isOver { stories.append(await worker.play(plan.next())) }
                    return stories
                }
            }
            for node in 0..<site.count {
                group.addTask {
                    try await kill(node, within: seconds)
                    return []
                }
            }
            group.addTask {
                try await cutSessions(until: end)
                return []
            }
            group.addTask {
                await watch()
                return []
            }
            var stories: [TortureStory] = []
            var waiting = connections + site.count + 1
            for try await played in group {
                stories += played
                waiting -= 1
                if waiting == 0 { group.cancelAll() }
            }
            return stories.sorted { $0.number < $1.number }
        }
    }

    /// Shows how the load goes on, until it is cancelled.
    private func watch() async {
        let first = plan.nextAmount
        while !Task.isCancelled {
            let count = NumberText.grouped(plan.nextAmount - first)
            console.live.show("  round \(number): \(count) payments, \(site.kills) kills so far")
            try? await Task.sleep(nanoseconds: Self.pollNanoseconds / 4)
        }
    }

    /// Kills and restarts a server one to three times at random moments.
    private func kill(_ node: Int, within seconds: Double) async throws {
        let count = 1 + random.below(Self.killsMax)
        for _ in 0..<count {
            let share = seconds / Double(count)
            let pause = share * Double(random.below(1_000)) / 1_000
            try await Task.sleep(nanoseconds: UInt64(pause * 1_000_000_000))
            try await site.crash(
                node, again: random.below(4) == 0 ? 1 + random.below(2) : 0, random: random)
        }
    }

    /// Cuts off sessions with the database, some at a time, if there are any.
    private func cutSessions(until end: Deadline) async throws {
        while site.schema != nil, !end.isOver {
            try await Task.sleep(nanoseconds: UInt64(200 + random.below(400)) * 1_000_000)
            try await site.cutSessions(1 + random.below(Self.cutsMax))
        }
    }

    // MARK: Checks

    /// Checks until nothing is wrong, until something is wrong for good, or until time is up.
    private func settle(
        _ stories: [TortureStory], since: Int64, amountFrom: Int64
    ) async throws -> (HouseSnapshot, [TortureViolation]) {
        let deadline = Deadline(seconds: Self.settleSeconds)
        var isNoted = false
        var last = (HouseSnapshot(), [TortureViolation]())
        while true {
            guard let client = await site.client(until: deadline) else { return last }
            let house = try await HouseSnapshot.read(client, since: since, amountFrom: amountFrom)
            let violations = TortureChecker.check(stories: stories, house: house, issuer: issuer.records())
            if violations.allSatisfy(\.isTransient), !violations.isEmpty, !deadline.isOver {
                console.live.show("  round \(number): \(violations.count) payments are not settled yet")
                if !isNoted, deadline.secondsLeft < Self.settleSeconds - Self.settleQuicklySeconds {
                    isNoted = true
                    console.note("round \(number), slow to settle: \(violations[0])")
                }
                last = (house, violations)
                try await Task.sleep(nanoseconds: Self.pollNanoseconds)
                continue
            }
            return (house, violations)
        }
    }

    /// Sends some of the answered requests once more.
    private func replay(_ stories: [TortureStory]) async -> (count: Int, [TortureViolation]) {
        let worker = TortureWorker(site: site, deadline: Deadline(seconds: Self.answerSeconds))
        var differences: [TortureViolation] = []
        var count = 0
        guard !stories.isEmpty else { return (0, []) }
        for _ in 0..<Self.replaysMax {
            let story = stories[random.below(stories.count)]
            guard let step = story.steps.last, step.answer?.isKept == true else { continue }
            count += 1
            if let difference = await worker.replay(step, of: story) {
                differences.append(.replayDiffers(story: story.number, step: step.kind.name, text: difference))
            }
        }
        return (count, differences)
    }
}

internal import Core

/// The words and the JSON of `florin torture`.
enum TortureReport {
    /// Violations that are written out.
    private static let namedMax = 20
    private static let widths = [5, 5, 9, 9, 8, 8, 8, 8]

    static func begin(_ summary: TortureSummary, on console: Console) {
        let servers = summary.servers == 1 ? "the server, start it" : "\(summary.servers) servers, start them"
        console.heading("Torture: kill \(servers) again, count the money")
        console.report(
            "  seed \(summary.seed), folder \(summary.folder)" + (summary.schema.map { ", schema \($0)" } ?? ""))
        console.report()
        var titles = ["round", "kills", "payments", "requests", "resolved", "replays", "slowest", "took"]
        if summary.schema != nil { titles.insert("cuts", at: 2) }
        console.report(console.paint.dim(line(titles, summary)))
    }

    static func show(_ round: TortureSummary.Round, of summary: TortureSummary, on console: Console) {
        let verdict = round.violations == 0 ? console.paint.green("✓") : console.paint.red("✗ \(round.violations)")
        var cells = [
            "\(round.number)", "\(round.kills)", NumberText.grouped(round.acknowledged),
            NumberText.grouped(round.requests), NumberText.grouped(round.resolved),
            NumberText.grouped(round.replayed), NumberText.fixed(round.slowestSeconds, digits: 1) + " s",
            NumberText.fixed(round.seconds, digits: 1) + " s",
        ]
        if summary.schema != nil { cells.insert("\(round.cuts)", at: 2) }
        console.report(line(cells, summary) + "  " + verdict)
    }

    private static func line(_ cells: [String], _ summary: TortureSummary) -> String {
        var widths = widths
        if summary.schema != nil { widths.insert(5, at: 2) }
        return "  " + zip(cells, widths).map { TextWidth.padLeft($0, to: $1) }.joined(separator: "  ")
    }

    static func end(_ summary: TortureSummary, on console: Console) {
        console.result { encode(summary, into: &$0) }
        let payments = summary.rounds.reduce(0) { $0 + $1.acknowledged }
        let kills = summary.rounds.reduce(0) { $0 + $1.kills }
        let resolved = summary.rounds.reduce(0) { $0 + $1.resolved }
        let cuts = summary.rounds.reduce(0) { $0 + $1.cuts }
        console.report()
        guard !summary.isGood else {
            console.report([
                "  " + console.paint.green("✓ ")
                    + "\(NumberText.grouped(payments)) payments, \(kills) kills, "
                    + (summary.schema == nil ? "" : "\(cuts) sessions cut off, ") + "\(summary.rounds.count) rounds in "
                    + NumberText.duration(nanoseconds: UInt64(summary.seconds * 1_000_000_000)),
                "    every acknowledged payment is there once, in a legal state, with its amount",
                "    \(NumberText.grouped(resolved)) lost answers were heard on asking again; none stayed unknown",
                "    nobody was charged twice; the issuer's book agrees to the cent; every posting verified",
            ])
            return
        }
        console.report(console.paint.red("  ✗ \(summary.violations.count) violations, seed \(summary.seed)"))
        console.report(summary.violations.prefix(namedMax).flatMap { indented($0.description) })
        if summary.violations.count > namedMax { console.report("    …") }
        console.report("  The folder is kept: \(summary.folder)")
        if let schema = summary.schema { console.report("  The schema is kept: \(schema)") }
        let place = summary.schema == nil ? "" : " --database … --processes \(summary.servers)"
        console.report("  The same again: florin torture --seed \(summary.seed)\(place)")
    }

    private static func indented(_ text: String) -> [String] { text.split(separator: "\n").map { "    " + $0 } }

    private static func encode(_ summary: TortureSummary, into json: inout JSONWriter) {
        json.field("ok", summary.isGood)
        json.field("seed", JSONValue.number(String(summary.seed)))
        json.field("seconds", decimal: summary.seconds, digits: 1)
        json.array("rounds") { json in
            for round in summary.rounds {
                json.object { json in
                    json.field("round", Int64(round.number))
                    json.field("kills", Int64(round.kills))
                    json.field("sessions_cut", Int64(round.cuts))
                    json.field("failed_starts", Int64(round.failedStarts))
                    json.field("payments", Int64(round.acknowledged))
                    json.field("requests", Int64(round.requests))
                    json.field("unknown_resolved", Int64(round.resolved))
                    json.field("unknown_left", Int64(round.unresolved))
                    json.field("replays", Int64(round.replayed))
                    json.field("internal_errors", Int64(round.internalErrors))
                    json.field("slowest_seconds", decimal: round.slowestSeconds, digits: 1)
                    json.field("seconds", decimal: round.seconds, digits: 1)
                    json.field("violations", Int64(round.violations))
                }
            }
        }
        json.array("violations") { json in for violation in summary.violations { json.element(violation.description) } }
        json.field("folder", summary.isGood ? nil : summary.folder)
        json.field("schema", summary.isGood ? nil : summary.schema)
    }
}

internal import ArgumentParser
internal import Core
internal import Platform
internal import Storage

/// `florin verify`
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check an installation: the database, the ledger, and that every payment has exactly its postings.",
        discussion: """
            Nothing is changed, but that a database of an older version gets the tables of this one. The server must \
            not be running on a data folder that is checked; on PostgreSQL it may.

            Exit codes: 0 when everything holds, 2 when something does not (its name is printed), 1 when it \
            cannot be read.
            """)

    @Option(help: ArgumentHelp("The data folder; not needed with --database.", valueName: "dir"))
    var data: String?

    @OptionGroup var databases: DatabaseOptions

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func run() async throws {
        let report: VerificationReport
        do {
            report = try await verify()
        } catch {
            Terminal.standardError.say(Self.sentence(error))
            throw ExitCode(1)
        }
        Terminal.standardOutput.say(json ? VerifyReport.json(report) : VerifyReport.text(report))
        if !report.isClean { throw ExitCode(2) }
    }

    func validate() throws {
        guard data != nil || databases.database != nil else {
            throw ValidationError("Say what to check: --data DIR, or --database URL.")
        }
    }

    private func verify() async throws -> VerificationReport {
        let places = try databases.places
        let folder = places == nil ? data ?? "" : ""
        if places == nil, !FileText.exists(folder + "/florin.sqlite") {
            throw StoreError.inaccessible(path: folder + "/florin.sqlite", detail: "there is no such file")
        }
        let lock = places == nil ? try FolderLock(folder: folder) : nil
        defer { withExtendedLifetime(lock) {} }
        let store = try await Store.open(
            StoreConfiguration(location: .main(folder: folder, places), readers: 1, queueMax: 1, batchMax: 1),
            schema: FlorinSchema.schema, environment: .live)
        let console = Console(isJSON: json)
        defer { console.live.clear() }
        let report = try await Verification.run(store) { console.live.show("  checking \($0) …") }
        await store.close()
        return report
    }

    private static func sentence(_ error: any Error) -> String {
        (error as? StoreError)?.description ?? "The installation cannot be verified: \(error)"
    }
}

/// A verification for people and for programs.
enum VerifyReport {
    static func text(_ report: VerificationReport) -> String {
        var lines = [
            "books \(report.books) · ledger transactions \(report.ledgerTransactions) · intents \(report.intents) · "
                + "charges \(report.charges) · refunds \(report.refunds) · events \(report.events)", "",
        ]
        for (currency, accounts) in report.trialBalance.sorted(by: { $0.key < $1.key }) {
            lines.append("trial balance, \(currency) (minor units)")
            for (name, balance) in accounts.sorted(by: { $0.key < $1.key }) {
                lines.append("  " + name.padded(to: 28) + String(balance).padded(to: 16, right: true))
            }
            let sum = accounts.values.reduce(0, +)
            lines.append("  " + "sum".padded(to: 28) + String(sum).padded(to: 16, right: true))
            lines.append("")
        }
        if report.isClean {
            lines.append("everything holds")
        } else {
            lines.append("\(report.findings.count + report.findingsOmitted) things do not hold:")
            for finding in report.findings.prefix(50) { lines.append("  \(finding.check): \(finding.sentence)") }
            if report.findings.count > 50 { lines.append("  … see --json for more") }
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ report: VerificationReport) -> String {
        var json = JSONWriter(style: .indented)
        json.object { json in
            json.field("clean", report.isClean)
            json.field("books", Int64(report.books))
            json.field("ledger_transactions", Int64(report.ledgerTransactions))
            json.field("intents", Int64(report.intents))
            json.field("charges", Int64(report.charges))
            json.field("refunds", Int64(report.refunds))
            json.field("events", Int64(report.events))
            json.field("findings_omitted", Int64(report.findingsOmitted))
            json.array("findings") { json in
                for finding in report.findings {
                    json.object { json in
                        json.field("check", finding.check)
                        json.field("sentence", finding.sentence)
                    }
                }
            }
        }
        return json.text
    }
}

extension String {
    /// Filled with blanks to a width.
    func padded(to width: Int, right: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return right ? blanks + self : self + blanks
    }
}

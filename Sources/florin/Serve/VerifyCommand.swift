internal import ArgumentParser
internal import Core
internal import Platform
internal import Storage

/// `florin verify`
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a data folder: the database, the ledger, and that every payment has exactly its postings.",
        discussion: """
            Nothing is changed, but that a folder of an older version gets the tables of this one. The server must \
            not be running on the folder.

            Exit codes: 0 when everything holds, 2 when something does not (its name is printed), 1 when the folder \
            cannot be read.
            """)

    @Option(help: ArgumentHelp("The data folder.", valueName: "dir"))
    var data: String

    @Flag(help: "Print one JSON object instead of the report.")
    var json = false

    func run() throws {
        let report: VerificationReport
        do {
            report = try verify()
        } catch {
            Terminal.standardError.say(Self.sentence(error, folder: data))
            throw ExitCode(1)
        }
        Terminal.standardOutput.say(json ? VerifyReport.json(report) : VerifyReport.text(report))
        if !report.isClean { throw ExitCode(2) }
    }

    private func verify() throws -> VerificationReport {
        guard FileText.exists(data + "/florin.sqlite") else {
            throw StoreError.inaccessible(path: data + "/florin.sqlite", detail: "there is no such file")
        }
        let lock = try FolderLock(folder: data)
        defer { withExtendedLifetime(lock) {} }
        let store = try Store.open(
            StoreConfiguration(path: data + "/florin.sqlite", readers: 1, queueMax: 1, batchMax: 1),
            schema: FlorinSchema.schema, environment: .live)
        let console = Console(isJSON: json)
        defer { console.live.clear() }
        return try Verification.run(store) { console.live.show("  checking \($0) …") }
    }

    private static func sentence(_ error: any Error, folder: String) -> String {
        (error as? StoreError)?.description ?? "The folder \(folder) cannot be verified: \(error)"
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

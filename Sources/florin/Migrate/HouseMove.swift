internal import Core
internal import Platform
internal import Storage
internal import Vault

/// Moves an embedded installation to PostgreSQL.
///
/// The order of the last steps keeps two living copies of the books from ever being there: all is compared; then the
/// folder is marked, durably, so that its databases are refused; and only then the database may be opened. A process
/// that is killed between any two steps leaves one side, or none, that takes payments, and the same command goes on.
struct HouseMove {
    let folder: String
    let main: PostgresAddress
    let vault: PostgresAddress
    let console: Console

    /// One of the two schemas, on both sides.
    private struct Part {
        /// Before the names of its tables.
        let prefix: String
        let source: Store
        let target: Store
        let moving: PostgresImport

        func close() async {
            await source.close()
            await target.close()
        }
    }

    private static let mainFile = "/florin.sqlite"
    private static let vaultFile = "/vault.sqlite"

    /// - throws: ``StoreError``, ``ImportError`` or ``MoveFailure``.
    func run() async throws {
        for file in [Self.mainFile, Self.vaultFile] where !FileText.exists(folder + file) {
            throw StoreError.inaccessible(path: folder + file, detail: "there is no such file")
        }
        let lock = try FolderLock(folder: folder)
        defer { withExtendedLifetime(lock) {} }
        let id = try await importID()
        // Both are begun first: a database that is refused is refused before anything is copied.
        let books = try await begin("", Self.mainFile, FlorinSchema.schema, at: main, id: id)
        let cards = try await begin("vault.", Self.vaultFile, Vault.schema, at: vault, id: id)
        try await move([books, cards])
        await books.close()
        await cards.close()
    }

    /// The import that goes on, or a new one.
    ///
    /// - throws: ``StoreError/folderMoved(path:to:mark:)`` when the folder has moved to other databases than these.
    private func importID() async throws -> String {
        let last = try MovedFolder.importID(of: folder)
        let books = try await PostgresImport.known(FlorinSchema.schema, at: main)
        let cards = try await PostgresImport.known(Vault.schema, at: vault)
        if let last, books?.id == last, cards?.id == last {
            // The vault is finished first: another order means that the cards went to another database than this.
            if books?.isFinished == true, cards?.isFinished != true { try MovedFolder.check(folder) }
            return last
        }
        try MovedFolder.check(folder)
        // Killed between the two, only the books' import has begun.
        if let last, let books, books.id == last, !books.isFinished, cards == nil { return last }
        return try MovedFolder.newImportID(of: folder, .live)
    }

    private func begin(
        _ prefix: String, _ file: String, _ schema: Schema, at address: PostgresAddress, id: String
    ) async throws -> Part {
        let source = try await Store.open(
            StoreConfiguration(path: folder + file, readers: 1, queueMax: 1, batchMax: 1), schema: schema,
            environment: .live)
        var configuration = StoreConfiguration(location: .postgres(address), readers: 1, queueMax: 1, batchMax: 1)
        configuration.isForImport = true
        let target = try await Store.open(configuration, schema: schema, environment: .live)
        let moving = try await PostgresImport.begin(schema, from: source, to: target, at: address, id: id)
        return Part(prefix: prefix, source: source, target: target, moving: moving)
    }

    private func move(_ parts: [Part]) async throws {
        guard !parts.allSatisfy(\.moving.isFinished) else {
            try MovedFolder.mark(folder, to: main.description, at: Environment.live.now())
            console.report("The folder \(folder) has moved to \(main) already; nothing was done.")
            return
        }
        let watch = Stopwatch()
        let progress = MoveProgress(console)
        let before = try await verify(parts[0].source, "the folder", progress)
        try await copy(parts, progress)
        try await compare(parts, progress)
        let after = try await verify(parts[0].target, "the database", progress)
        guard before.trialBalance == after.trialBalance else {
            throw MoveFailure(description: "The trial balances of the folder and of the database are not the same.")
        }
        try MovedFolder.mark(folder, to: main.description, at: Environment.live.now())
        for part in parts.reversed() { try await part.moving.finish() }
        MoveReport.show(after.trialBalance, console)
        MoveReport.show(rows: parts.map(\.moving.rows).reduce(0, +), watch, folder: folder, to: main, console)
    }

    private func verify(_ store: Store, _ side: String, _ progress: MoveProgress) async throws -> VerificationReport {
        progress.step("checking \(side)")
        let live = console.live
        let report = try await Verification.run(store) { live.show("  checking \(side): \($0) …") }
        guard report.isClean else {
            let findings = report.findings.prefix(10).map { "  \($0.check): \($0.sentence)" }
            throw MoveFailure(
                description: (["In \(side), \(report.findings.count + report.findingsOmitted) things do not hold:"]
                    + findings).joined(separator: "\n"))
        }
        return report
    }

    private func copy(_ parts: [Part], _ progress: MoveProgress) async throws {
        progress.begin(
            "copying", rows: parts.map(\.moving.rows).reduce(0, +),
            before: parts.map(\.moving.copiedBefore).reduce(0, +))
        for part in parts { try await part.moving.copy { progress.show($0, prefix: part.prefix) } }
    }

    private func compare(_ parts: [Part], _ progress: MoveProgress) async throws {
        progress.begin("comparing", rows: 2 * parts.map(\.moving.rows).reduce(0, +), before: 0)
        var tables: [(name: String, comparison: TableComparison)] = []
        for part in parts {
            let compared = try await part.moving.compare { progress.show($0, prefix: part.prefix) }
            tables += compared.map { (part.prefix + $0.table, $0) }
        }
        MoveReport.show(tables, console)
        let differences = tables.compactMap(\.comparison.difference)
        guard differences.isEmpty else {
            throw MoveFailure(
                description: "The folder and the database do not hold the same: "
                    + differences.joined(separator: "; ")
                    + ". The folder is as it was. Name an empty database, and run the command again.")
        }
    }
}

internal import Core
internal import Storage

/// What a move tells in the end.
enum MoveReport {
    /// Each table, its rows, and whether they are the same on both sides.
    static func show(_ tables: [(name: String, comparison: TableComparison)], _ console: Console) {
        var table = TextTable([.left("table"), .right("rows"), .left("verified")])
        for (name, comparison) in tables {
            let mark = comparison.isEqual ? console.paint.green("✓") : console.paint.red("✗ differs")
            table.add([name, NumberText.grouped(comparison.rows), mark])
        }
        console.report(table)
    }

    /// The balances that both sides have, by currency.
    static func show(_ trialBalance: [String: [String: Int64]], _ console: Console) {
        for (currency, accounts) in trialBalance.sorted(by: { $0.key < $1.key }) {
            console.heading("trial balance, \(currency) (minor units), the same on both sides")
            var table = TextTable([.left(""), .right("")])
            for (name, balance) in accounts.sorted(by: { $0.key < $1.key }) {
                table.add([name, NumberText.grouped(balance)])
            }
            table.add(["sum", NumberText.grouped(accounts.values.reduce(0, +))])
            console.report(table)
        }
    }

    /// What to do now.
    static func show(rows: Int, _ watch: Stopwatch, folder: String, to address: PostgresAddress, _ console: Console) {
        console.report([
            "",
            "\(NumberText.grouped(rows)) rows moved to \(address) and verified in "
                + "\(NumberText.duration(nanoseconds: watch.nanoseconds)).",
            "Start with: florin serve --data \(folder) --database URL",
            "Keep the folder: vault.key in it opens the cards, and is nowhere else.",
        ])
    }
}

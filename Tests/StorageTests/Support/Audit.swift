import Ledger
import Storage

extension Reader {
    /// What an audit of a book finds.
    func audit(_ book: BookKey) async throws -> [AuditFinding] {
        var audit = LedgerAudit(book: book)
        for account in try await accounts(of: book) { audit.check(account) }
        try await forEachTransaction(of: book, after: 0) { audit.check($0) }
        return audit.finish(head: try await head(of: book))
    }
}

import Ledger
import Storage

extension Reader {
    /// What an audit of a book finds.
    func audit(_ book: BookKey) throws -> [AuditFinding] {
        var audit = LedgerAudit(book: book)
        for account in try accounts(of: book) { audit.check(account) }
        try forEachTransaction(of: book, after: 0) { audit.check($0) }
        return audit.finish(head: try head(of: book))
    }
}

public import Core
public import Ledger
import Money

/// The accounts of a merchant's book that card payments move, and the transactions that move them.
///
/// | account | balance means |
/// |---|---|
/// | `clearing/card` | below zero: what the card network owes; above: what it is owed |
/// | `pending/<date>` | funds that become available on that day (UTC) |
/// | `available` | funds that can be paid out; below zero after refunds of what was paid out |
/// | `fees` | what the platform earned |
/// | `authorised`, `authorised/held` | amounts held on cards, not captured yet; they cancel out |
public enum Booking {
    public static let clearing = AccountName("clearing/card")
    public static let available = AccountName("available")
    public static let fees = AccountName("fees")
    public static let authorised = AccountName("authorised")
    public static let pendingPrefix = "pending/"

    /// The account of funds that become available on the day of `moment`.
    public static func pending(until moment: Timestamp) -> AccountName {
        let date = moment.utc
        var text = Array(pendingPrefix.utf8)
        DecimalText.append(date.year, paddedTo: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        DecimalText.append(date.month, paddedTo: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        DecimalText.append(date.day, paddedTo: 2, to: &text)
        return AccountName(String(decoding: text, as: UTF8.self))
    }

    /// A captured charge: gross from the network to the merchant, the fee from the merchant to the platform.
    static func charge(_ line: BalanceTransaction, id: LedgerTransactionID) -> Transaction {
        let account = line.availableOn <= line.createdAt ? available : pending(until: line.availableOn)
        var postings = [
            Posting(
                currency: line.amount.currency, source: clearing, destination: account, amount: line.amount.amount)
        ]
        if line.fee > 0 {
            postings.append(
                Posting(currency: line.amount.currency, source: account, destination: fees, amount: line.fee))
        }
        return transaction(line, id: id, postings)
    }

    /// A refund: from the merchant's available balance back to the network.
    static func refund(_ line: BalanceTransaction, id: LedgerTransactionID) -> Transaction {
        transaction(
            line, id: id,
            [
                Posting(
                    currency: line.amount.currency, source: available, destination: clearing,
                    amount: -line.amount.amount)
            ])
    }

    /// A refund that came back: to the merchant's available balance.
    static func refundFailure(_ line: BalanceTransaction, id: LedgerTransactionID) -> Transaction {
        transaction(
            line, id: id,
            [
                Posting(
                    currency: line.amount.currency, source: clearing, destination: available,
                    amount: line.amount.amount)
            ])
    }

    private static func transaction(
        _ line: BalanceTransaction, id: LedgerTransactionID, _ postings: [Posting]
    ) -> Transaction {
        Transaction(
            id: id.text, book: BookKey(line.merchant.value), kind: line.type.rawValue, reference: line.source,
            effectiveAt: line.createdAt, postings: postings)
    }

    /// An amount authorised and not captured yet.
    static func hold(_ amount: Money, charge: Charge, id: LedgerTransactionID, at now: Timestamp) -> Transaction {
        memo("authorisation", charge, id, now, .hold(amount.amount, amount.currency, of: authorised))
    }

    /// The end of an authorisation: captured, canceled or expired.
    static func release(_ amount: Money, charge: Charge, id: LedgerTransactionID, at now: Timestamp) -> Transaction {
        memo("release", charge, id, now, .release(amount.amount, amount.currency, of: authorised))
    }

    private static func memo(
        _ kind: String, _ charge: Charge, _ id: LedgerTransactionID, _ now: Timestamp, _ posting: Posting
    ) -> Transaction {
        Transaction(
            id: id.text, book: BookKey(charge.merchant.value), kind: kind, reference: charge.id.text,
            effectiveAt: now, postings: [posting])
    }

    /// Funds whose day has come: everything on a `pending/<date>` account to `available`.
    public static func mature(
        _ account: Account, id: LedgerTransactionID, at now: Timestamp
    ) -> Transaction {
        Transaction(
            id: id.text, book: account.key.book, kind: "maturity", reference: account.key.name.text,
            effectiveAt: now,
            postings: [
                Posting(
                    currency: account.key.currency, source: account.key.name, destination: available,
                    amount: account.balance)
            ])
    }
}

public import Core

/// `cus_…`
public enum CustomerKind: IdentifierKind { public static let prefix = "cus" }
/// `pm_…`
public enum PaymentMethodKind: IdentifierKind { public static let prefix = "pm" }
/// `tok_…`
public enum TokenKind: IdentifierKind { public static let prefix = "tok" }
/// `pi_…`
public enum PaymentIntentKind: IdentifierKind { public static let prefix = "pi" }
/// `ch_…`
public enum ChargeKind: IdentifierKind { public static let prefix = "ch" }
/// `re_…`
public enum RefundKind: IdentifierKind { public static let prefix = "re" }
/// `txn_…`
public enum BalanceTransactionKind: IdentifierKind { public static let prefix = "txn" }
/// `card_…`, the card object inside a token.
public enum CardKind: IdentifierKind { public static let prefix = "card" }
/// `acct_…`
public enum AccountKind: IdentifierKind { public static let prefix = "acct" }
/// `vlt_…`, what the vault gives for a card number. Never shown at the API.
public enum VaultTokenKind: IdentifierKind { public static let prefix = "vlt" }
/// `ltx_…`, a transaction in a merchant's book.
public enum LedgerTransactionKind: IdentifierKind { public static let prefix = "ltx" }

public typealias CustomerID = Identifier<CustomerKind>
public typealias PaymentMethodID = Identifier<PaymentMethodKind>
public typealias TokenID = Identifier<TokenKind>
public typealias PaymentIntentID = Identifier<PaymentIntentKind>
public typealias ChargeID = Identifier<ChargeKind>
public typealias RefundID = Identifier<RefundKind>
public typealias BalanceTransactionID = Identifier<BalanceTransactionKind>
public typealias CardID = Identifier<CardKind>
public typealias AccountID = Identifier<AccountKind>
public typealias VaultTokenID = Identifier<VaultTokenKind>
public typealias LedgerTransactionID = Identifier<LedgerTransactionKind>

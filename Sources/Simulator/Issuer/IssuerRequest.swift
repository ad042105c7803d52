internal import Core
internal import Money

/// What identifies a message at the host: its kind, DE7, DE11, DE41 and DE42. A repeat has the key of its first try.
struct IssuerMessageKey: Hashable, Sendable {
    /// DE7 as a number.
    var transmitted: Int { Int(message / 1_000_000 % 10_000_000_000) }

    private let message: UInt64
    private let acceptor: UInt64

    /// - typeDigits: the class and the function of the message type, such as 10 for 0100 and 0101, 22 for 0220.
    init(
        typeDigits: Int, transmitted: Int, traceNumber: Int, terminal: some Sequence<UInt8>,
        merchant: some Sequence<UInt8>
    ) {
        precondition((0..<100).contains(typeDigits) && (0..<1_000_000).contains(traceNumber), "Not an ISO 8583 key")
        message = (UInt64(typeDigits) * 10_000_000_000 + UInt64(transmitted)) * 1_000_000 + UInt64(traceNumber)
        // FNV-1a: two acceptors of one sandbox will not meet in 64 bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in terminal { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ 0xff) &* 0x100_0000_01b3
        for byte in merchant { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        acceptor = hash
    }
}

/// A message to the issuer, without what only the wire needs.
struct IssuerRequest: Sendable {
    enum Operation: Sendable {
        case authorisation
        case purchase
        case increment(of: IssuerMessageKey)
        case capture(of: IssuerMessageKey)
        case refund(of: IssuerMessageKey)
        case reversal(of: IssuerMessageKey)
    }

    let key: IssuerMessageKey
    let operation: Operation
    /// Minor units of `currency`.
    let amount: Int64
    let currency: Currency
    let retrievalReference: String
    let merchantIdentifier: String
    let cardLastFour: String
    /// What the card and the amount say; the book may still say no.
    let verdict: IssuerVerdict
}

/// What an issuer thinks of a card and an amount, before it looks into its book.
struct IssuerVerdict: Hashable, Sendable {
    /// DE39: `00` approves.
    var responseCode: String
    /// What DE48 answers of the data that came along.
    var checks: IssuerChecks

    var isApproval: Bool { responseCode == "00" }
}

/// Results of the checks of CVC and address, as the letters of the wire.
struct IssuerChecks: Hashable, Sendable {
    /// `M` match, `N` no match, `U` cannot be checked; nil when no CVC was sent.
    var cvc: UInt8?
    /// `Y` both match, `A` only the address line, `Z` only the postal code, `N` none, `U` cannot be checked; nil when
    /// no address was sent.
    var address: UInt8?

    static let none = IssuerChecks(cvc: nil, address: nil)
}

/// The answer to a message.
struct IssuerReply: Hashable, Sendable {
    let responseCode: String
    /// Numbers the approvals; DE38 and the network's transaction identifier are made of it.
    let approvalNumber: UInt32?
    let checks: IssuerChecks

    /// DE38.
    var approvalCode: String? { approvalNumber.map { IssuerReply.digits(UInt64($0) % 1_000_000, count: 6) } }
    /// The network's name for the transaction, 15 digits.
    var transactionIdentifier: String? {
        approvalNumber.map { IssuerReply.digits(480_000_000_000_000 + UInt64($0), count: 15) }
    }

    static func refusal(_ responseCode: String, checks: IssuerChecks = .none) -> IssuerReply {
        IssuerReply(responseCode: responseCode, approvalNumber: nil, checks: checks)
    }

    private static func digits(_ value: UInt64, count: Int) -> String {
        var bytes: [UInt8] = []
        DecimalText.append(Int(value), paddedTo: count, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

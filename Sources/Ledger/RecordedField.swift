/// A field of a recorded transaction that the hash chain protects.
public enum RecordedField: Hashable, Sendable {
    /// The book's number.
    case book
    /// The sequence in the book.
    case sequence
    /// The transaction's name.
    case id
    /// The transaction's kind.
    case kind
    /// The object that was booked.
    case reference
    /// When it took effect.
    case effectiveAt
    /// When it was recorded.
    case recordedAt
    /// The rate of an exchange.
    case rate
    /// How many postings there are.
    case postingCount
    /// A field of the posting with this number.
    case posting(Int, PostingField)
}

/// A field of a recorded posting that the hash chain protects.
public enum PostingField: String, Hashable, Sendable {
    /// The currency of the amount.
    case currency
    /// The name of the account that gave.
    case source
    /// The name of the account that received.
    case destination
    /// The minor units that moved.
    case amount
    /// The identifier of the account that gave.
    case sourceAccount
    /// The identifier of the account that received.
    case destinationAccount
    /// The balance of the source after the posting.
    case sourceBalance
    /// The balance of the destination after the posting.
    case destinationBalance
}

extension RecordedField: CustomStringConvertible {
    /// Reads as in "the field postings[1].amount".
    public var description: String {
        switch self {
        case .book: "book"
        case .sequence: "sequence"
        case .id: "id"
        case .kind: "kind"
        case .reference: "reference"
        case .effectiveAt: "effectiveAt"
        case .recordedAt: "recordedAt"
        case .rate: "rate"
        case .postingCount: "number of postings"
        case .posting(let number, let field): "postings[\(number)].\(field.rawValue)"
        }
    }
}

/// The number of a merchant in one mode (test or live): first in every primary, unique and foreign key, never updated.
///
/// The API speaks `acct_…`; inside, a small integer keeps keys and indexes short.
public struct MerchantKey: Hashable, Comparable, Sendable {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }

    public static func < (left: MerchantKey, right: MerchantKey) -> Bool { left.value < right.value }
}

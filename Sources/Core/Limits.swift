/// Named maxima of loops, queues, pages, batches and payloads that more than one room must agree on.
public enum Limits {
    /// Changes that wait for the committer before the API answers 503.
    public static let commitQueueMax = 8_192
    /// Changes in one group commit.
    public static let commitBatchMax = 512
    /// Bytes of an Idempotency-Key header.
    public static let idempotencyKeyLengthMax = 255
    /// Objects on a page of a list.
    public static let pageSizeMax = 100
    /// How often a decision is made anew after a conflict.
    public static let conflictRetriesMax = 5
    /// Captured amounts have at most this many digits, in minor units.
    public static let chargeAmountMax: Int64 = 99_999_999
    /// How long an idempotency key is remembered, in milliseconds.
    public static let idempotencyWindowMs: Int64 = 24 * 3_600 * 1_000
}

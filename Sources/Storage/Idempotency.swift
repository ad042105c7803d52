public import Core

/// Who holds an idempotency key. Small rows under scattered keys; the answer lies elsewhere, at its table's end.
struct StoredClaim {
    static let table = Table(
        "idempotency_claim",
        columns: [
            .integer("merchant"), .text("key"), .blob("fingerprint"), .text("request_id"), .integer("created_at"),
            .text("object_id").nullable,
        ],
        keyCount: 2, indexes: [])

    static func row(_ claim: IdempotencyClaim) -> [SQLValue] {
        [
            .integer(claim.merchant.value), .text(claim.key), .blob(claim.fingerprint), .text(claim.requestID),
            .integer(claim.createdAt.milliseconds), SQLValue(claim.objectID),
        ]
    }

    static func key(_ claim: IdempotencyClaim) -> [SQLValue] { [.integer(claim.merchant.value), .text(claim.key)] }

    static func claim(_ row: RowReader) throws -> IdempotencyClaim {
        try IdempotencyClaim(
            merchant: MerchantKey(row.integer(0)), key: row.text(1), fingerprint: row.blob(2),
            requestID: row.text(3), createdAt: Timestamp(milliseconds: row.integer(4)),
            objectID: row.optionalText(5))
    }
}

/// The answer given under a claim, by the time-ordered id of the request that claimed.
struct StoredAnswer {
    static let table = Table(
        "idempotency_answer",
        columns: [
            .integer("merchant"), .text("request_id"), .text("key"), .integer("status"), .blob("body"),
        ],
        keyCount: 2, isAppended: true, indexes: [])

    static func row(_ reply: IdempotentReply, to claim: IdempotencyClaim) -> [SQLValue] {
        [
            .integer(claim.merchant.value), .text(claim.requestID), .text(claim.key), .integer(Int64(reply.status)),
            .blob(reply.body),
        ]
    }
}

/// What is known of an idempotency key.
public struct StoredIdempotency: Sendable, Hashable {
    public let claim: IdempotencyClaim
    /// Nil while the request runs, or when it was cut off by a crash.
    public let reply: IdempotentReply?

    public init(claim: IdempotencyClaim, reply: IdempotentReply?) {
        self.claim = claim
        self.reply = reply
    }
}

extension Reader {
    /// What is known of a merchant's idempotency key, nil when it was never used or is forgotten.
    public func idempotency(merchant: MerchantKey, key: String) async throws -> StoredIdempotency? {
        let claims = try await rows(
            TableSQL.select(StoredClaim.table) + " WHERE merchant = ? AND key = ?",
            [.integer(merchant.value), .text(key)])
        guard let row = claims.first else { return nil }
        let claim = try StoredClaim.claim(RowReader(row))
        let answers = try await rows(
            "SELECT status, body FROM idempotency_answer WHERE merchant = ? AND request_id = ?",
            [.integer(merchant.value), .text(claim.requestID)])
        let reply = try answers.first.map { row in
            let reader = RowReader(row)
            return try IdempotentReply(status: Int(reader.integer(0)), body: reader.blob(1))
        }
        return StoredIdempotency(claim: claim, reply: reply)
    }

    /// Removes keys whose request was made before `moment`, the oldest first, at most `limit` of them; nil when there
    /// are none.
    public func forgettingIdempotency(
        merchant: MerchantKey, before moment: Timestamp, limit: Int
    ) async throws -> Change? {
        let bound = IdentifierText.lowerBound(prefix: "req", time: moment)
        let expired = try await rows(
            "SELECT request_id, key FROM idempotency_answer WHERE merchant = ? AND request_id < ? "
                + "ORDER BY request_id LIMIT ?",
            [.integer(merchant.value), .text(bound), .integer(Int64(limit))]
        )
        guard !expired.isEmpty else { return nil }
        var change = Change()
        for row in expired {
            change.delete(from: StoredAnswer.table, key: [.integer(merchant.value), row[0]])
            change.delete(from: StoredClaim.table, key: [.integer(merchant.value), row[1]])
        }
        return change
    }

    /// Removes claims from before `moment` that never got an answer: a crash cut their requests off, and nobody came
    /// back.
    ///
    /// This looks at every claim of the merchant, so it is for now and then.
    public func forgettingOrphans(
        merchant: MerchantKey, before moment: Timestamp, limit: Int
    ) async throws -> Change? {
        let orphans = try await rows(
            "SELECT key FROM idempotency_claim WHERE merchant = ? AND created_at < ? LIMIT ?",
            [.integer(merchant.value), .integer(moment.milliseconds), .integer(Int64(limit))])
        guard !orphans.isEmpty else { return nil }
        var change = Change()
        for row in orphans { change.delete(from: StoredClaim.table, key: [.integer(merchant.value), row[0]]) }
        return change
    }
}

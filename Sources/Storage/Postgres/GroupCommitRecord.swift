import Core

/// One row for each group commit on PostgreSQL, written by it: whether an unanswered COMMIT happened is whether its row
/// is there.
///
/// Who has to know puts the row in himself, as a void one. If the commit happened, its row is there already; if it is
/// still under way, the void row waits for it; and if the void row comes first, that commit can never happen any more,
/// since the key is taken.
struct GroupCommitRecord {
    static let table = Table(
        "group_commit",
        columns: [.integer("committer"), .text("id"), .integer("is_void"), .integer("asked"), .integer("created_at")],
        keyCount: 2, indexes: [])

    let committer: Int64
    /// Time-ordered.
    let id: String
    let createdAt: Timestamp

    var row: [SQLValue] {
        [.integer(committer), .text(id), .integer(0), .integer(0), .integer(createdAt.milliseconds)]
    }

    /// Asks for the outcome, and settles it. Gives 0 when the commit happened, and 1 when it never will.
    ///
    /// It always writes, so that an answer waits for the standbys as any commit does.
    static let settle =
        "INSERT INTO group_commit (committer, id, is_void, asked, created_at) VALUES ($1, $2, 1, 1, $3) "
        + "ON CONFLICT (committer, id) DO UPDATE SET asked = group_commit.asked + 1 RETURNING is_void"

    static let exists = "SELECT is_void FROM group_commit WHERE committer = $1 AND id = $2"

    /// Forgets rows with ids before a bound.
    static let forget = "DELETE FROM group_commit WHERE committer = $1 AND id < $2"

    /// How long rows are kept, in milliseconds: far longer than anyone waits for a COMMIT or than clocks differ.
    static let keptMs: Int64 = 3 * 3_600_000
    /// How long after its commit a batch is expected to be there, in milliseconds.
    static let expectedMs: Int64 = 1_800_000
}

import Glibc
import Ledger
import Storage
import Testing

@Suite("A disk that takes no more")
struct FullDiskTests {
    @Test(
        "refuses what does not fit, keeps what fits and takes all when there is room again",
        .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
    func fullDisk() async throws {
        await #expect(processExitsWith: .success) {
            // A limit on the size of files stands for a full disk: writes beyond it fail, without a signal.
            signal(SIGXFSZ, SIG_IGN)
            let folder = try TestFolder()
            let store = try await folder.open()
            _ = try await store.commit(payment("before"))
            let written = try folder.sizes()["florin.sqlite-wal"] ?? 0
            limitFileSize(to: rlim_t(written + 300_000))
            let large = payment("large", text: String(repeating: "x", count: 1_000_000))
            let results = try await store.commitTogether([payment("a"), large, payment("b")])
            #expect(results.map(\.isSuccess) == [true, false, true])
            #expect(results[1].failure?.isUnavailable == true)
            await #expect(throws: CommitError.self) { try await store.commit(large) }
            _ = try await store.commit(payment("c"))
            limitFileSize(to: rlim_t.max)
            _ = try await store.commit(large)
            await store.close()

            let reopened = try await folder.open()
            #expect(try await reopened.notes().map(\.id) == ["a", "b", "before", "c", "large"])
            #expect(try await reopened.events().map(\.sequence) == [1, 2, 3, 4, 5])
            #expect(try await reopened.read { try await $0.audit(BookKey(1)) }.isEmpty)
            await reopened.close()
        }
    }

    @Test(
        "of a server, does so too, and the refusal says what is wrong",
        .enabled(if: TestDatabase.isUsed, TestDatabase.serverOnly))
    func fullServer() async throws {
        let folder = try TestFolder()
        let store = try await folder.open()
        let session = try await TestDatabase.session(folder.schema)
        // A trigger stands for the disk: it refuses large rows with the server's own code for a full one.
        try await session.run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$
            """,
            """
            CREATE TRIGGER full_disk BEFORE INSERT ON note FOR EACH ROW WHEN (length(new.text) > 1000)
            EXECUTE FUNCTION refuse()
            """)
        let large = payment("large", text: String(repeating: "x", count: 1_001))
        let results = try await store.commitTogether([payment("a"), large, payment("b")])
        let full = CommitError.unavailable("the database server's disk is full")
        #expect(results.map(\.failure) == [nil, full, nil])
        await #expect(throws: full) { try await store.commit(large) }
        try await session.run("DROP TRIGGER full_disk ON note")
        _ = try await store.commit(large)
        #expect(try await store.notes().map(\.id) == ["a", "b", "large"])
        #expect(try await store.events().map(\.sequence) == [1, 2, 3])
        #expect(try await store.read { try await $0.audit(BookKey(1)) }.isEmpty)
        await store.close()
    }
}

private func limitFileSize(to bytes: rlim_t) {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = min(bytes, limit.rlim_max)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}

private func payment(_ id: String, text: String = "") -> Change {
    var change = Note(id, text).inserted
    change.transactions = [transaction("ltx_\(id)", [posting("clearing", "available", 1)])]
    change.events = [event()]
    return change
}

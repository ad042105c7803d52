import Glibc
import Ledger
import Storage
import Testing

@Suite("A disk that takes no more")
struct FullDiskTests {
    @Test("refuses what does not fit, keeps what fits and takes all when there is room again")
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

import Core
import Foundation
import Glibc
import Storage
import Testing

@Suite("The data folder", .enabled(if: !TestDatabase.isUsed, TestDatabase.filesOnly))
struct FolderTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder() }

    @Test("is locked for one owner, and free when the owner lets go")
    func lock() throws {
        let path = folder.path
        do {
            let lock = try FolderLock(folder: path)
            #expect(throws: StoreError.folderInUse(path)) { try FolderLock(folder: path) }
            withExtendedLifetime(lock) {}
        }
        let again = try FolderLock(folder: path)
        #expect(throws: StoreError.folderInUse(path)) { try FolderLock(folder: path) }
        withExtendedLifetime(again) {}
    }

    @Test("is free again after its owner was killed")
    func lockAfterKill() async throws {
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let lock = try FolderLock(folder: path)
            kill(getpid(), SIGKILL)
            withExtendedLifetime(lock) {}
        }
        _ = try FolderLock(folder: path)
    }

    @Test("is locked for a second process too")
    func lockInOtherProcess() async throws {
        let path = folder.path
        let lock = try FolderLock(folder: path)
        await #expect(processExitsWith: .success) { [path = path as String] in
            #expect(throws: StoreError.folderInUse(path)) { try FolderLock(folder: path) }
        }
        withExtendedLifetime(lock) {}
    }

    @Test("is made for its owner alone when it is missing")
    func made() throws {
        let path = folder.path + "/data"
        let lock = try FolderLock(folder: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        withExtendedLifetime(lock) {}
        #expect(throws: StoreError.inaccessible(path: path + "/a/b", detail: "No such file or directory")) {
            try FolderLock(folder: path + "/a/b")
        }
    }

    @Test("that may not be written is refused as inaccessible, by the lock and by the store")
    func readOnly() async throws {
        let path = folder.path
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path)
        await #expect(processExitsWith: .success) { [path = path as String] in
            // Root may write everywhere, so the child becomes nobody.
            if geteuid() == 0 { try #require(setuid(65_534) == 0) }
            let lockPath = path + "/florin.lock"
            #expect(throws: StoreError.inaccessible(path: lockPath, detail: "Permission denied")) {
                try FolderLock(folder: path)
            }
            let databasePath = path + "/florin.sqlite"
            do throws(StoreError) {
                let settings = StoreConfiguration(path: databasePath, readers: 1, queueMax: 1, batchMax: 1)
                _ = try await Store.open(settings, schema: .tests, environment: .live)
                Issue.record("opened in a folder that may not be written")
            } catch {
                guard case .inaccessible(path: databasePath, detail: _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
}

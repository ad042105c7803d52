import Glibc
import Testing

@testable import florin

@Suite("Parts of the client")
struct ClientPartsTests {
    @Test("addresses of servers")
    func address() {
        #expect(ServerAddress(url: "http://127.0.0.1:4242") == ServerAddress(host: "127.0.0.1", port: 4_242))
        #expect(ServerAddress(url: "http://localhost:80/")?.url == "http://localhost:80")
        #expect(ServerAddress(url: "http://[::1]:8420") == ServerAddress(host: "::1", port: 8_420))
        #expect(ServerAddress(url: "http://[::1]:8420")?.authority == "[::1]:8420")
        #expect(ServerAddress(url: "http://example")?.port == 80)
        for text in ["https://a:1", "http://", "http://a:0", "http://a:70000", "http://a:1/v1", "http://u@a:1", "a:1"] {
            #expect(ServerAddress(url: text) == nil, "\(text)")
        }
    }

    @Test("the line that says a server is ready")
    func readyLine() {
        let log = """
            starting
            florin is ready on http://127.0.0.1:41000
              curl http://127.0.0.1:41000/v1/payment_intents
            """
        #expect(ReadyLine.address(in: log)?.port == 41_000)
        #expect(
            ReadyLine.address(in: "Ready: see http://127.0.0.1:1234, or not\nready http://127.0.0.1:5678\n")?.port
                == 5_678)
        #expect(ReadyLine.address(in: "listening on http://127.0.0.1:1") == nil)
        #expect(ReadyLine.address(in: "") == nil)
    }

    @Test("the keys of a sandbox")
    func sandbox() {
        let file = SandboxFile(
            json: "{\"url\": null, \"secret_key\": \"sk_test_1\", \"publishable_key\": \"pk_test_1\"}")
        #expect(file?.secretKey == "sk_test_1")
        #expect(file?.publishableKey == "pk_test_1")
        #expect(SandboxFile(json: "{\"secret_key\": \"sk") == nil)
        #expect(SandboxFile(json: "{}") == nil)
    }

    @Test("metrics: series with labels, comments passed over")
    func metrics() {
        let metrics = MetricsText(
            """
            # HELP florin_store_commits_total Group commits.
            florin_store_commits_total{store="main"} 120
            florin_store_commits_total{store="vault"} 30 1700000000
            florin_store_changes_total{store="main"} 4.5e3
            florin_store_checkpoints_total{store="main"} 2
            florin_up 1
            spaced{a="b c"} 7
            broken
            """)
        #expect(metrics["florin_up"] == 1)
        #expect(metrics["spaced{a=\"b c\"}"] == 7)
        let stores = StoreFigures(metrics)
        #expect(stores == StoreFigures(commits: 150, changes: 4_500, checkpoints: 2))
        #expect(stores?.diskWaits == 154)
        #expect(StoreFigures(MetricsText("")) == nil)
    }

    @Test("what the kernel counts of a process")
    func process() throws {
        let figures = ProcessFigures.parse(
            stat: "12 (a (b) c) S 1 12 12 0 -1 4194304 500 0 0 0 150 50 0 0 20 0 4 0 1 1 1",
            status: "Name:\ta\nVmRSS:\t    2048 kB\n", io: "rchar: 1\nwrite_bytes: 4096\ncancelled_write_bytes: 0\n")
        #expect(figures?.cpuNanoseconds == 2_000_000_000)
        #expect(figures?.residentBytes == 2_097_152)
        #expect(figures?.writtenBytes == 4_096)
        #expect(ProcessFigures.parse(stat: "12 (a) S", status: "", io: nil) == nil)
        let own = try #require(ProcessFigures.own)
        #expect(own.residentBytes > 0)
    }

    @Test("processes together, their parent, and what they leave")
    func processes() throws {
        let one = ProcessFigures(cpuNanoseconds: 1, writtenBytes: 2, residentBytes: 3)
        let other = ProcessFigures(cpuNanoseconds: 10, writtenBytes: 20, residentBytes: 30)
        #expect(
            ProcessFigures.sum([one, other])
                == ProcessFigures(cpuNanoseconds: 11, writtenBytes: 22, residentBytes: 33))
        #expect(ProcessFigures.sum([one, nil]) == nil)
        #expect(ProcessFigures.sum([]) == nil)
        let stat = ProcessStat("12 (a (b) c) S 7 12 12 0 -1 4194304 500 0 0 0 150 50 100 300 20 0 4 0 1 1 1")
        #expect(stat?.command == "a (b) c")
        #expect(stat?.parent == 7)
        #expect(stat?.cpuNanoseconds == 2_000_000_000)
        #expect(stat?.endedChildrenNanoseconds == 4_000_000_000)
        let own = getpid()
        let name = try #require(FileText.read("/proc/\(own)/stat").flatMap { ProcessStat($0) }).command
        #expect(ProcessTree.parent(of: own, named: name) == getppid())
        #expect(ProcessTree.parent(of: own, named: "another") == nil)
        #expect(ProcessTree.cpuNanoseconds(below: own) != nil)
    }

    @Test("where a card network says that it listens")
    func issuer() {
        let said = IssuerAnnouncement.text(host: "127.0.0.1", port: 5_150)
        #expect(IssuerAnnouncement.place(in: said) == "127.0.0.1:5150")
        #expect(IssuerAnnouncement.place(in: "warning: something\n") == nil)
    }

    @Test("each server's folder has the keys of the first")
    func nodes() throws {
        let folder = try TemporaryFolder(named: "test")
        defer { folder.remove() }
        let folders = NodeFolders(parent: folder.path)
        try folders.make(0)
        #expect(throws: ChildProcessError.self) { try folders.make(1) }
        for name in ["vault.key", "sandbox.json"] {
            let descriptor = open("\(folders.path(0))/\(name)", O_WRONLY | O_CREAT, 0o600)
            #expect(write(descriptor, name, name.utf8.count) == name.utf8.count)
            close(descriptor)
        }
        try folders.make(1)
        #expect(FileText.read(folders.path(1) + "/vault.key") == "vault.key")
        #expect(FileText.read(folders.path(1) + "/sandbox.json") == "sandbox.json")
    }

    @Test("a child process: its output, its end, a signal")
    func child() async throws {
        let folder = try TemporaryFolder(named: "test")
        defer { folder.remove() }
        let log = folder.path + "/log"
        let good = try ChildProcess(
            arguments: ["-c", "echo out; echo err >&2; exit 3"], log: log, executable: "/bin/sh")
        #expect(await good.waitForEnd(seconds: 20) == .exited(3))
        #expect(FileText.read(log) == "out\nerr\n")
        #expect(FileText.tail(log, lines: 1) == "err")
        let endless = try ChildProcess(arguments: ["-c", "exec sleep 100"], log: log, executable: "/bin/sh")
        #expect(endless.ended == nil)
        #expect(await endless.waitForEnd(seconds: 0.01) == nil)
        #expect(await endless.killHard() == .killed(signal: 9))
        #expect(await endless.terminate(seconds: 1) == .killed(signal: 9))
        #expect(throws: ChildProcessError.self) {
            try ChildProcess(arguments: [], log: log, executable: "/nonexistent")
        }
    }

    @Test("a child process has no files open but its own")
    func childFiles() async throws {
        let folder = try TemporaryFolder(named: "test")
        defer { folder.remove() }
        let inherited = open("/dev/null", O_RDONLY)
        defer { close(inherited) }
        let log = folder.path + "/log"
        let child = try ChildProcess(
            arguments: ["-c", "test ! -e /proc/self/fd/\(inherited)"], log: log, executable: "/bin/sh")
        #expect(await child.waitForEnd(seconds: 20) == .exited(0))
    }

    @Test("folders: made, removed with all in them, links not followed, in memory or not")
    func folders() throws {
        let folder = try TemporaryFolder(named: "test")
        try FolderMaker.make(folder.path + "/a")
        try FolderMaker.make(folder.path + "/a")
        #expect(throws: ChildProcessError.self) { try FolderMaker.make(folder.path + "/b/c") }
        #expect(DiskBaseline.measure(folder: folder.path + "/a", seconds: 0.02) ?? 0 > 0)
        folder.remove()
        #expect(FileText.read(folder.path + "/a") == nil)
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp/disk ext4 rw 0 0\n"
        #expect(TemporaryFolder.isInMemory("/tmp/x", mounts: mounts))
        #expect(!TemporaryFolder.isInMemory("/tmp/disk/x", mounts: mounts))
        #expect(!TemporaryFolder.isInMemory("/tmpfiles", mounts: mounts))
        #expect(!TemporaryFolder.isInMemory("/var/tmp", mounts: mounts))
    }

    @Test("forms keep their order and escape what must be escaped")
    func form() {
        var form: Form = ["a": "b c"]
        form.add("x[y]", 12)
        form.add(["é": "&=+%"])
        #expect(String(decoding: form.encoded, as: UTF8.self) == "a=b%20c&x%5By%5D=12&%C3%A9=%26%3D%2B%25")
    }
}

import Glibc
import Synchronization

/// Why a child process is not there.
struct ChildProcessError: Error, CustomStringConvertible {
    let description: String
    /// How it ended, if it started and ended of itself.
    var end: ProcessEnd?
}

/// How a process ended.
enum ProcessEnd: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .killed(let signal): "signal \(signal)"
        }
    }
}

/// Another run of this same executable, or of another program, as a process of its own.
final class ChildProcess: Sendable {
    private static let pollNanoseconds: UInt64 = 3_000_000

    let processID: pid_t
    private let end = Mutex<ProcessEnd?>(nil)

    /// Starts `florin` with these arguments, or the program `name`; what it writes is added to the file `log`.
    init(
        arguments: [String], log: String, executable: String = ChildProcess.executable, name: String = "florin"
    ) throws(ChildProcessError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // A connection of this process that a child holds open, too, would not end when this process closes it.
        Self.closeOthers(&actions)
        var attributes = ChildProcess.usualSignals()
        defer { posix_spawnattr_destroy(&attributes) }

        var texts: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) }
        texts.append(nil)
        defer { for text in texts { free(text) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, executable, &actions, &attributes, texts, environ)
        guard result == 0 else {
            throw ChildProcessError(description: "cannot start \(executable): \(String(cString: strerror(result)))")
        }
        processID = child
    }

    /// Attributes with which signals that this process ignores or handles mean what they usually mean to a child. To be
    /// destroyed.
    static func usualSignals() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return attributes
    }

    /// Closes all but the first three files in the child. glibc has a function for that since 2.34, which Swift does
    /// not import; with an older one, those are closed that are open now.
    private static func closeOthers(_ actions: inout posix_spawn_file_actions_t) {
        typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        let first = STDERR_FILENO + 1
        if let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") {
            _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, first)
        } else {
            for file in FileText.names(in: "/proc/self/fd").compactMap({ Int32($0) }) where file >= first {
                _ = fcntl(file, F_SETFD, FD_CLOEXEC)
            }
        }
    }

    /// This executable. The kernel's link still leads to it when the file was replaced since.
    static let executable = "/proc/self/exe"

    /// How it ended; nil while it runs.
    var ended: ProcessEnd? {
        end.withLock { end in
            if let end { return end }
            var status: Int32 = 0
            guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
            let signal = status & 0x7f
            end = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            return end
        }
    }

    /// Sends a signal, unless it has ended.
    func send(signal: Int32) {
        guard ended == nil else { return }
        kill(processID, signal)
    }

    /// Waits until it has ended, at most `seconds`; nil if it runs on.
    func waitForEnd(seconds: Double) async -> ProcessEnd? {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let ended { return ended }
            if deadline.isOver { return nil }
            try? await Task.sleep(nanoseconds: Self.pollNanoseconds)
        }
    }

    /// Asks it to end, and kills it when it has not after `seconds`.
    @discardableResult
    func terminate(seconds: Double) async -> ProcessEnd? {
        send(signal: SIGTERM)
        if let end = await waitForEnd(seconds: seconds) { return end }
        return await killHard()
    }

    /// Ends it as a power cut would: without a word.
    @discardableResult
    func killHard() async -> ProcessEnd? {
        send(signal: SIGKILL)
        return await waitForEnd(seconds: 60)
    }
}

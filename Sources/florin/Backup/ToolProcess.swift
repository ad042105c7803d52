internal import Glibc

/// A program of the system's that a backup needs, with one end of a pipe.
///
/// It runs in this process's group, so that it ends with it when a person interrupts.
final class ToolProcess {
    /// Which end of the pipe this process holds.
    enum Pipe {
        /// What the program writes is read here.
        case fromTool
        /// What is written here is what the program reads.
        case toTool
        case none
    }

    private static let complaintBytesMax = 16 << 10

    let name: String
    /// This process's end of the pipe; -1 when there is none, or it is closed.
    private(set) var descriptor: Int32 = -1
    private let processID: pid_t
    private let complaints: Int32
    private var isReaped = false

    /// Starts a program with its arguments.
    ///
    /// - Parameters:
    ///   - command: The program's path, and its arguments.
    ///   - prefix: A program that starts it, and its arguments: so that it runs as another user.
    ///   - variables: Environment variables beside those of this process: what an argument would show to everybody.
    init(
        _ command: [String], prefix: [String] = [], pipe: Pipe, variables: [String: String] = [:]
    ) throws {
        name = Files.name(of: command[0])
        complaints = try Self.unnamedFile()
        var ends: [Int32] = [-1, -1]
        if pipe != .none, Glibc.pipe(&ends) != 0 {
            close(complaints)
            throw BackupError.system(name)
        }
        // No other program that is started meanwhile may keep the pipe open.
        for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (ours, theirs) = pipe == .fromTool ? (ends[0], ends[1]) : (ends[1], ends[0])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if pipe == .toTool {
            posix_spawn_file_actions_adddup2(&actions, theirs, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, pipe == .fromTool ? theirs : complaints, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO)
        let result = Self.spawn(prefix + command, actions: &actions, variables: variables)
        if theirs >= 0 { close(theirs) }
        guard let child = result.child else {
            if ours >= 0 { close(ours) }
            close(complaints)
            throw BackupError("\(command[0]) cannot be started: \(String(cString: strerror(result.code))).")
        }
        processID = child
        descriptor = ours
    }

    deinit {
        if !isReaped { kill(processID, SIGKILL) }
        closePipe()
        if !isReaped { waitpid(processID, nil, 0) }
        close(complaints)
    }

    /// A file for what the program says; it has no name and is gone when it is closed.
    private static func unnamedFile() throws -> Int32 {
        var template = Array("/tmp/florin-tool-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw BackupError.system("/tmp") }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func spawn(
        _ command: [String], actions: inout posix_spawn_file_actions_t, variables: [String: String]
    ) -> (child: pid_t?, code: Int32) {
        var attributes = ChildProcess.usualSignals()
        defer { posix_spawnattr_destroy(&attributes) }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let names = variables.keys.map { $0 + "=" }
        var environment: [UnsafeMutablePointer<CChar>?] = []
        var inherited = environ
        while let entry = inherited.pointee {
            let text = String(cString: entry)
            if !names.contains(where: { text.hasPrefix($0) }) { environment.append(strdup(text)) }
            inherited += 1
        }
        for (name, value) in variables { environment.append(strdup("\(name)=\(value)")) }
        environment.append(nil)
        defer { for entry in environment { free(entry) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, command[0], &actions, &attributes, arguments, environment)
        return (code == 0 ? child : nil, code)
    }

    /// Lets the program know that nothing more is written, or read.
    func closePipe() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// Closes the pipe and waits for the end of the program.
    ///
    /// - Throws: ``BackupError`` with the program's own words when it did not end well.
    func finish() throws {
        closePipe()
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0 && errno == EINTR {}
        isReaped = true
        guard status != 0 else { return }
        let signal = status & 0x7f
        let end = signal == 0 ? "ended with \((status >> 8) & 0xff)" : "was ended by signal \(signal)"
        throw BackupError("\(name) \(end): \(words.isEmpty ? "it said nothing" : words)")
    }

    /// What the program wrote besides what it gave: all of its words, on one line.
    var words: String {
        var bytes = [UInt8](repeating: 0, count: Self.complaintBytesMax)
        let count = max(0, pread(complaints, &bytes, bytes.count, 0))
        return String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isNewline)
            .joined(separator: "; ")
    }

    /// A program of the system's, from the places where they are.
    static func find(_ name: String, in folders: [String] = ["/usr/bin", "/bin", "/usr/local/bin"]) throws -> String {
        for folder in folders where access(folder + "/" + name, X_OK) == 0 { return folder + "/" + name }
        throw BackupError("The program \(name) is not there; it is looked for in \(folders.joined(separator: ", ")).")
    }
}

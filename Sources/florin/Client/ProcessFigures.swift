import Glibc

/// What the kernel counts of a process: CPU time, bytes written, memory.
struct ProcessFigures: Hashable, Sendable {
    /// User and system time of all its threads.
    var cpuNanoseconds: UInt64
    /// Bytes it had written to disks; nil where the kernel does not tell (another user's, or a hardened process).
    var writtenBytes: UInt64?
    var residentBytes: UInt64

    /// Reads the figures of a process; nil when it is gone.
    static func read(_ process: pid_t) -> ProcessFigures? {
        let folder = "/proc/\(process)"
        guard let stat = FileText.read(folder + "/stat"), let status = FileText.read(folder + "/status") else {
            return nil
        }
        return parse(stat: stat, status: status, io: FileText.read(folder + "/io"))
    }

    /// The figures of this process.
    static var own: ProcessFigures? { read(getpid()) }

    /// Reads the three files; see proc(5).
    static func parse(stat: String, status: String, io: String?) -> ProcessFigures? {
        // The second field is the command in parentheses, which may itself hold spaces and parentheses.
        guard let commandEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: commandEnd)...].split(separator: " ")
        let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
        return ProcessFigures(
            cpuNanoseconds: (user + system) * 1_000_000_000 / ticksPerSecond,
            writtenBytes: io.flatMap { number("write_bytes:", in: $0) },
            residentBytes: (number("VmRSS:", in: status) ?? 0) * 1_024)
    }

    private static func number(_ name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first
                .flatMap { UInt64($0) }
        }
        return nil
    }
}

/// Whole files as text.
enum FileText {
    /// The file's content; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 {
                content.append(contentsOf: buffer[..<count])
            } else if count == 0 {
                return String(decoding: content, as: UTF8.self)
            } else if errno != EINTR {
                return nil
            }
        }
    }

    /// The last lines of a file, for an error message.
    static func tail(_ path: String, lines count: Int) -> String {
        guard let text = read(path) else { return "" }
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }
}

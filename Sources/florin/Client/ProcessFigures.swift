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
        guard let line = ProcessStat(stat) else { return nil }
        return ProcessFigures(
            cpuNanoseconds: line.cpuNanoseconds,
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

extension ProcessFigures {
    /// The figures of several processes together; nil when one of them is gone, or there is none.
    static func sum(_ figures: [ProcessFigures?]) -> ProcessFigures? {
        guard var sum = figures.first ?? nil else { return nil }
        for figure in figures.dropFirst() {
            guard let figure else { return nil }
            sum.cpuNanoseconds += figure.cpuNanoseconds
            sum.writtenBytes = sum.writtenBytes.flatMap { own in figure.writtenBytes.map { own + $0 } }
            sum.residentBytes += figure.residentBytes
        }
        return sum
    }
}

/// A process and those that it started.
enum ProcessTree {
    /// The parent of a process that runs the program `name`; nil when there is none of it.
    static func parent(of process: pid_t, named name: String) -> pid_t? {
        FileText.read("/proc/\(process)/stat").flatMap { ProcessStat($0) }
            .flatMap { $0.command == name ? $0.parent : nil }
    }

    /// CPU time of a process and of all that it started, those that have ended included.
    static func cpuNanoseconds(below parent: pid_t) -> UInt64? {
        guard let own = FileText.read("/proc/\(parent)/stat").flatMap({ ProcessStat($0) }) else { return nil }
        let children = FileText.names(in: "/proc").compactMap { pid_t($0) }
            .compactMap { FileText.read("/proc/\($0)/stat").flatMap { ProcessStat($0) } }.filter { $0.parent == parent }
        return children.reduce(own.cpuNanoseconds + own.endedChildrenNanoseconds) { $0 + $1.cpuNanoseconds }
    }
}

/// The line that the kernel keeps of a process; see proc(5).
struct ProcessStat: Hashable, Sendable {
    let command: String
    let parent: pid_t
    /// User and system time of all its threads, and of its children that have ended.
    let cpuNanoseconds: UInt64
    let endedChildrenNanoseconds: UInt64

    init?(_ line: String) {
        // The second field is the command in parentheses, which may itself hold spaces and parentheses.
        guard let start = line.firstIndex(of: "("), let end = line.lastIndex(of: ")"), start < end else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 14, let parent = pid_t(fields[1]) else { return nil }
        let ticks = fields[11...14].compactMap { UInt64($0) }
        guard ticks.count == 4 else { return nil }
        let nanoseconds = 1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        command = String(line[line.index(after: start)..<end])
        self.parent = parent
        cpuNanoseconds = (ticks[0] + ticks[1]) * nanoseconds
        endedChildrenNanoseconds = (ticks[2] + ticks[3]) * nanoseconds
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

    /// What is in a folder; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Copies a file, readable by its owner alone.
    static func copy(_ path: String, to target: String) throws(ChildProcessError) {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0, let text = read(path) else {
            throw ChildProcessError(
                description: "cannot copy \(path) to \(target): \(String(cString: strerror(errno)))")
        }
        defer { Glibc.close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw ChildProcessError(description: "cannot write \(target): \(String(cString: strerror(errno)))")
        }
    }

    /// The last lines of a file, for an error message.
    static func tail(_ path: String, lines count: Int) -> String {
        guard let text = read(path) else { return "" }
        return text.split(separator: "\n").suffix(count).joined(separator: "\n")
    }
}

internal import Core
internal import Glibc

/// Sealed streams as files.
enum SealedFile {
    /// Unseals a file, and hands its clear text to `body`; what it says it is goes to `check`, before any clear text.
    ///
    /// It is known to be whole, and to be what it says, only when this returns.
    @discardableResult
    static func open(
        _ path: String, key: BackupKey, check: (SealedHeader) throws -> Void = { _ in },
        _ body: ([UInt8]) throws -> Void
    ) throws -> SealedHeader {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupError.system(path) }
        defer { close(descriptor) }
        var stream = OpeningStream(key: key)
        var isChecked = false
        do {
            try Files.forEachPiece(of: descriptor, path: path) { piece in
                try stream.feed(piece) { header, clear in
                    if !isChecked { try check(header) }
                    isChecked = true
                    try body(clear)
                }
            }
            try stream.finish()
        } catch let error as SealedStreamError {
            throw BackupError("\(path) cannot be opened: \(error).")
        }
        guard let header = stream.header else { throw BackupError("\(path) has no head.") }
        return header
    }

    /// What a file says it is, proven by its first chunk.
    static func header(_ path: String, key: BackupKey) throws -> SealedHeader {
        var found: SealedHeader?
        do {
            try open(
                path, key: key,
                check: { header in
                    found = header
                    throw Enough()
                }
            ) { _ in }
        } catch is Enough {}
        guard let found else { throw BackupError("\(path) has no head.") }
        return found
    }

    private struct Enough: Error {}
}

/// Says how a long work goes on, and what it came to.
struct ByteMeter {
    private let live: LiveLine
    private let title: String
    /// How many bytes it will be, if that is known.
    private let expected: Int64?
    private let stopwatch = Stopwatch()
    private(set) var bytes: Int64 = 0

    init(_ title: String, on live: LiveLine, expected: Int64? = nil) {
        self.title = title
        self.live = live
        self.expected = expected
    }

    var seconds: Double { stopwatch.seconds }

    mutating func add(_ count: Int) {
        bytes += Int64(count)
        guard live.isVisible else { return }
        if let expected, expected > 0 {
            live.show(title, fraction: Double(bytes) / Double(expected), detail: text)
        } else {
            live.show("  \(title) \(text)")
        }
    }

    /// `120 MiB, 85.1 MiB/s`
    private var text: String {
        let rate = Double(bytes) / max(stopwatch.seconds, 0.001)
        return "\(NumberText.bytes(Double(bytes))), \(NumberText.bytes(rate))/s"
    }
}

/// Moments in names of files, and as operators write them.
enum BackupTime {
    /// `20261124T120000.123Z`
    static func stamp(_ time: Timestamp) -> String {
        let date = time.utc
        let milliseconds = Int(time.milliseconds - time.seconds * 1_000)
        return digits(date.year, 4) + digits(date.month, 2) + digits(date.day, 2) + "T" + digits(date.hour, 2)
            + digits(date.minute, 2) + digits(date.second, 2) + "." + digits(milliseconds, 3) + "Z"
    }

    /// `2026-11-24 12:00:00 UTC`
    static func text(_ time: Timestamp) -> String {
        let date = time.utc
        return digits(date.year, 4) + "-" + digits(date.month, 2) + "-" + digits(date.day, 2) + " "
            + digits(date.hour, 2) + ":" + digits(date.minute, 2) + ":" + digits(date.second, 2) + " UTC"
    }

    /// The moment of a stamp.
    static func time(stamp: some StringProtocol) -> Timestamp? {
        let text = Array(stamp.utf8)
        guard text.count == 20, text[8] == UInt8(ascii: "T"), text[15] == UInt8(ascii: "."),
            text[19] == UInt8(ascii: "Z")
        else { return nil }
        return time([0..<4, 4..<6, 6..<8, 9..<11, 11..<13, 13..<15, 16..<19].map { number(text[$0]) })
    }

    /// The moment that an operator wrote: `2026-11-24 12:00:00+00`, with `T` or a blank, with or without a fraction,
    /// and with `Z` or a difference from UTC, which is not left to the machine's settings.
    static func time(_ text: String) -> Timestamp? {
        let pattern = /(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? ?(?:Z|UTC|([+-])(\d\d):?(\d\d)?)/
        guard let match = try? pattern.wholeMatch(in: text) else { return nil }
        let parts = match.output
        let fraction = parts.7.map { ($0 + "000").prefix(3) } ?? "000"
        let numbers = [parts.1, parts.2, parts.3, parts.4, parts.5, parts.6, fraction].map { Int($0) }
        guard let time = time(numbers) else { return nil }
        guard let sign = parts.8 else { return time }
        let minutes = (parts.9.flatMap { Int64($0) } ?? 0) * 60 + (parts.10.flatMap { Int64($0) } ?? 0)
        return time.adding(milliseconds: (sign == "+" ? -minutes : minutes) * 60_000)
    }

    private static func time(_ parts: [Int?]) -> Timestamp? {
        let parts = parts.compactMap { $0 }
        guard parts.count == 7, (1970...9999).contains(parts[0]), (1...12).contains(parts[1]),
            (1...31).contains(parts[2]), (0...23).contains(parts[3]), (0...59).contains(parts[4]),
            (0...59).contains(parts[5])
        else { return nil }
        let (year, month, day) = (parts[0], parts[1], parts[2])
        var lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { lengths[1] = 29 }
        guard day <= lengths[month - 1] else { return nil }
        let days = Timestamp.daysBeforeYear(year) + Int64(lengths[..<(month - 1)].reduce(0, +) + day - 1)
        let seconds = days * 86_400 + Int64(parts[3] * 3_600 + parts[4] * 60 + parts[5])
        return Timestamp(milliseconds: seconds * 1_000 + Int64(parts[6]))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? Int(String(decoding: digits, as: UTF8.self)) : nil
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        var bytes: [UInt8] = []
        DecimalText.append(value, paddedTo: width, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

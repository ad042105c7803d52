import Glibc

/// What a client needs of a status line and headers.
struct ResponseHead: Sendable {
    /// What became of reading a head.
    enum Parsed: Sendable {
        case incomplete
        case malformed
        case head(ResponseHead)
    }

    private(set) var status = 0
    /// Bytes up to where the body starts.
    private(set) var length = 0
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var keepsAlive = true
    private(set) var isReplay = false
    /// Where the value of `Request-Id` stands.
    private(set) var requestID: Range<Int>?

    /// Reads the head at the front of `bytes`.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> Parsed {
        var head = ResponseHead()
        var start = 0
        while let end = lineEnd(bytes, from: start) {
            let contentEnd = end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
            if head.status == 0 {
                guard head.readStatus(bytes, start..<contentEnd) else { return .malformed }
            } else if contentEnd == start {
                head.length = end + 1
                return .head(head)
            } else {
                guard head.readField(bytes, start..<contentEnd) else { return .malformed }
            }
            start = end + 1
        }
        return .incomplete
    }

    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, 0x0a, bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// `HTTP/1.1 200 OK`
    private mutating func readStatus(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        guard line.count >= 12, bytes[line.lowerBound] == UInt8(ascii: "H"),
            bytes[line.lowerBound + 5] == UInt8(ascii: "1"), bytes[line.lowerBound + 8] == UInt8(ascii: " "),
            let code = Self.decimal(bytes, line.lowerBound + 9..<line.lowerBound + 12), (100...599).contains(code)
        else { return false }
        status = code
        keepsAlive = bytes[line.lowerBound + 7] == UInt8(ascii: "1")
        return true
    }

    private mutating func readField(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        guard let base = bytes.baseAddress,
            let found = memchr(base + line.lowerBound, 0x3a, line.count)
        else { return false }
        let colon = UnsafeRawPointer(found) - base
        let name = line.lowerBound..<colon
        var value = colon + 1..<line.upperBound
        while let first = value.first, bytes[first] == 0x20 || bytes[first] == 0x09 { value = value.dropFirst() }
        while let last = value.last, bytes[last] == 0x20 || bytes[last] == 0x09 { value = value.dropLast() }
        // The length tells most headers apart before a byte is compared.
        switch name.count {
        case 10:
            if Self.matches(bytes, name, "request-id") { requestID = value }
            if Self.matches(bytes, name, "connection") { keepsAlive = !Self.matches(bytes, value, "close") }
        case 14 where Self.matches(bytes, name, "content-length"):
            guard let length = Self.decimal(bytes, value) else { return false }
            contentLength = length
        case 17 where Self.matches(bytes, name, "transfer-encoding"):
            isChunked = Self.matches(bytes, value, "chunked")
        case 19 where Self.matches(bytes, name, "idempotent-replayed"):
            isReplay = Self.matches(bytes, value, "true")
        default: break
        }
        return true
    }

    /// Whether the bytes are these lower-case letters in either case.
    private static func matches(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ letters: StaticString
    ) -> Bool {
        guard range.count == letters.utf8CodeUnitCount else { return false }
        return letters.withUTF8Buffer { letters in
            for index in 0..<letters.count where bytes[range.lowerBound + index] | 0x20 != letters[index] | 0x20 {
                return false
            }
            return true
        }
    }

    private static func decimal(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
        guard (1...12).contains(range.count) else { return nil }
        var value = 0
        for index in range {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return value
    }
}

import Glibc
internal import NIOCore

/// Finds a few members of JSON objects without building a tree: of one object, or of each object on a page of a list.
///
/// Proving a hundred thousand payments means reading as many objects; this looks at each byte once and copies nothing
/// but what was asked for. The text comes from a server under test, so it may be anything: what is no JSON gives fewer
/// members, never a trap.
struct ObjectScanner: Sendable {
    /// Members of one object. Texts are the bytes between the quotes, escapes as they are: ids and words have none.
    struct Object: Sendable, Hashable {
        var id: CompactID?
        var status: StatusWord?
        var amount: Int64?
    }

    /// Depth of a single object's members.
    static let single = 1
    /// Depth of the members of the objects in `data` of a list.
    static let list = 3

    /// Calls `body` for each object at `depth` of the body; gives the member `has_more` of the outermost object.
    @discardableResult
    static func scan(_ text: ByteBuffer, depth: Int, _ body: (Object) -> Void) -> Bool {
        text.withUnsafeReadableBytes { bytes in
            var scanner = ObjectScanner(target: depth)
            scanner.run(bytes, body)
            return scanner.hasMore
        }
    }

    /// The members of a body that is one object.
    ///
    /// Stripe's answers, and Florin's, are laid out with two spaces a level. Then the outermost members are the lines
    /// that begin with exactly two, and the rest is passed over a line at a time, several times as fast. A body that is
    /// laid out in another way is scanned as above.
    static func object(_ text: ByteBuffer) -> Object {
        var object = text.withUnsafeReadableBytes { members(ofLines: $0) }
        if object.id == nil || object.status == nil { scan(text, depth: single) { object = $0 } }
        return object
    }

    private static func members(ofLines bytes: UnsafeRawBufferPointer) -> Object {
        var scanner = ObjectScanner(target: single)
        var line = 0
        while let base = bytes.baseAddress, line < bytes.count,
            let found = memchr(base + line, 0x0a, bytes.count - line)
        {
            line = UnsafeRawPointer(found) - base + 1
            guard line + 3 < bytes.count, bytes[line] == 0x20, bytes[line + 1] == 0x20,
                bytes[line + 2] == UInt8(ascii: "\"")
            else { continue }
            line = min(scanner.string(bytes, from: line + 3, depth: single), bytes.count)
        }
        return scanner.object
    }

    private let target: Int
    private var object = Object()
    private var hasMore = false

    private init(target: Int) { self.target = target }

    private mutating func run(_ bytes: UnsafeRawBufferPointer, _ body: (Object) -> Void) {
        var position = 0
        var depth = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position = string(bytes, from: position + 1, depth: depth)
                continue
            }
            // Brackets and braces stand above all that lies between strings but the letters of true, false and null.
            if byte >= UInt8(ascii: "[") {
                switch byte {
                case UInt8(ascii: "{"):
                    depth += 1
                    if depth == target { object = Object() }
                case UInt8(ascii: "}"):
                    if depth == target { body(object) }
                    depth -= 1
                case UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "]"): depth -= 1
                default: break
                }
            }
            position += 1
        }
    }

    /// Passes a string whose first character is at `start`, and reads the value if it names a member that is wanted.
    private mutating func string(_ bytes: UnsafeRawBufferPointer, from start: Int, depth: Int) -> Int {
        let end = Self.stringEnd(bytes, from: start)
        // Where nothing is wanted, what follows is passed over like everything else.
        guard depth == target || depth == 1 else { return end + 1 }
        let length = end - start
        guard length == 2 || length == 6 || length == 8 else { return end + 1 }
        var next = Self.skipSpace(bytes, from: end + 1)
        guard next < bytes.count, bytes[next] == UInt8(ascii: ":") else { return next }
        next = Self.skipSpace(bytes, from: next + 1)
        guard next < bytes.count else { return next }
        if depth == target {
            switch length {
            case 2 where Self.matches(bytes, start, "id"): object.id = Self.text(bytes, next).flatMap { CompactID($0) }
            case 6 where Self.matches(bytes, start, "status"):
                object.status = Self.text(bytes, next).flatMap { StatusWord($0) }
            case 6 where Self.matches(bytes, start, "amount"): object.amount = Self.integer(bytes, next)
            default: break
            }
        }
        if depth == 1, length == 8, Self.matches(bytes, start, "has_more") {
            hasMore = bytes[next] == UInt8(ascii: "t")
        }
        return next
    }

    private static func stringEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position, bytes.count)
    }

    private static func skipSpace(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
        return position
    }

    private static func matches(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            for index in 0..<word.count where bytes[start + index] != word[index] { return false }
            return true
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UnsafeRawBufferPointer? {
        guard bytes[start] == UInt8(ascii: "\"") else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start + 1..<stringEnd(bytes, from: start + 1)])
    }

    private static func integer(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int64? {
        var value: Int64 = 0
        var position = start
        while position < bytes.count, position - start < 18,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
        {
            value = value * 10 + Int64(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position > start ? value : nil
    }
}

/// An object's id in 32 bytes without an allocation: what a bench remembers of each payment.
struct CompactID: Hashable, Sendable {
    static let lengthMax = 32

    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Takes 1…32 bytes without a zero among them; nil for anything else.
    init?(_ bytes: some Collection<UInt8>) {
        guard (1...Self.lengthMax).contains(bytes.count), !bytes.contains(0) else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    var text: String {
        withUnsafeBytes(of: words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    static func == (left: CompactID, right: CompactID) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// The status of a payment intent.
enum StatusWord: String, Sendable, Hashable {
    case succeeded
    case processing
    case canceled
    case requiresCapture = "requires_capture"
    case requiresPaymentMethod = "requires_payment_method"
    case requiresConfirmation = "requires_confirmation"
    case requiresAction = "requires_action"

    fileprivate init?(_ bytes: UnsafeRawBufferPointer) {
        // The word that nearly all answers have is known without making a String.
        if bytes.count == 9, bytes.elementsEqual("succeeded".utf8) {
            self = .succeeded
        } else {
            self.init(rawValue: String(decoding: bytes, as: UTF8.self))
        }
    }
}
